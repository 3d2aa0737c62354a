// A queue for each session, served in turns: owner after owner, and of each one session after the other, so that an owner with
// thousands of entries or sessions delays others by one entry.

/** Whose turn it is. */
export interface TurnOf {
  readonly owner: string
  /** The id of a session of that owner. */
  readonly session: number
}

export class SessionTurns<T> {
  readonly #byOwner = new Map<string, Map<number, T[]>>()
  /** The same of owners who have no turns for a while. */
  readonly #paused = new Map<string, Map<number, T[]>>()

  /** Whether no session has a turn. */
  get isEmpty(): boolean {
    return this.#byOwner.size === 0
  }

  /** Entries of one session keep their order. */
  add(of: TurnOf, what: T): void {
    this.#queueOf(of).push(what)
  }

  /** Adds an entry in front, for the next turn of its session. */
  addFirst(of: TurnOf, what: T): void {
    this.#queueOf(of).unshift(what)
  }

  /** An owner has no turns until {@link resume}; what it adds is kept. */
  pause(owner: string): void {
    const sessions = this.#byOwner.get(owner)
    if (sessions === undefined) return
    this.#byOwner.delete(owner)
    this.#paused.set(owner, sessions)
  }

  resume(owner: string): void {
    const sessions = this.#paused.get(owner)
    if (sessions === undefined) return
    this.#paused.delete(owner)
    this.#byOwner.set(owner, sessions)
  }

  /** Owners without turns. */
  get paused(): readonly string[] {
    return [...this.#paused.keys()]
  }

  /** Removes and returns the first entry of the session whose turn it is. */
  next(): T | undefined {
    const owner = takeFirst(this.#byOwner)
    if (owner === undefined) return undefined
    const [name, sessions] = owner
    const first = takeFirst(sessions)
    if (first !== undefined && first[1].length > 1) sessions.set(first[0], first[1])
    if (sessions.size > 0) this.#byOwner.set(name, sessions)
    return first?.[1].shift()
  }

  #queueOf({ owner, session }: TurnOf): T[] {
    const paused = this.#paused.get(owner)
    const sessions = paused ?? this.#byOwner.get(owner) ?? new Map<number, T[]>()
    if (paused === undefined) this.#byOwner.set(owner, sessions)
    const waiting = sessions.get(session) ?? []
    sessions.set(session, waiting)
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
