// A queue for each caller, served in turns: owner after owner, and of each one caller after the other, so that an owner with
// thousands of calls or sessions delays others by one entry.

/** Whose turn it is: the owner of a session, and its id. */
export interface Caller {
  readonly owner: string
  readonly caller: number
}

export class CallerTurns<T> {
  readonly #byOwner = new Map<string, Map<number, T[]>>()
  /** The same of owners who have no turns for a while. */
  readonly #paused = new Map<string, Map<number, T[]>>()

  /** Whether nobody has a turn. */
  get isEmpty(): boolean {
    return this.#byOwner.size === 0
  }

  /** Entries of one caller keep their order. */
  add(who: Caller, what: T): void {
    this.#of(who).push(what)
  }

  /** Adds an entry in front, for the next turn of its caller. */
  addFirst(who: Caller, what: T): void {
    this.#of(who).unshift(what)
  }

  /** An owner has no turns until {@link resume}; what it adds is kept. */
  pause(owner: string): void {
    const callers = this.#byOwner.get(owner)
    if (callers === undefined) return
    this.#byOwner.delete(owner)
    this.#paused.set(owner, callers)
  }

  resume(owner: string): void {
    const callers = this.#paused.get(owner)
    if (callers === undefined) return
    this.#paused.delete(owner)
    this.#byOwner.set(owner, callers)
  }

  /** Owners without turns. */
  get paused(): readonly string[] {
    return [...this.#paused.keys()]
  }

  /** Removes and returns the first entry of the caller whose turn it is. */
  next(): T | undefined {
    const owner = takeFirst(this.#byOwner)
    if (owner === undefined) return undefined
    const [name, callers] = owner
    const first = takeFirst(callers)
    if (first !== undefined && first[1].length > 1) callers.set(first[0], first[1])
    if (callers.size > 0) this.#byOwner.set(name, callers)
    return first?.[1].shift()
  }

  #of({ owner, caller }: Caller): T[] {
    const paused = this.#paused.get(owner)
    const callers = paused ?? this.#byOwner.get(owner) ?? new Map<number, T[]>()
    if (paused === undefined) this.#byOwner.set(owner, callers)
    const waiting = callers.get(caller) ?? []
    callers.set(caller, waiting)
    return waiting
  }
}

function takeFirst<Key, Value>(map: Map<Key, Value>): [Key, Value] | undefined {
  for (const first of map) {
    map.delete(first[0])
    return first
  }
  return undefined
}
