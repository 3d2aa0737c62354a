// Gathers changes that are committed together, since to make one durable costs as much as to make hundreds durable. One group at a time is on its
// way; the next gathers meanwhile.

/** A change that waits. */
export interface Queued {
  /** Octets that it will write. */
  readonly octets: number
}

export interface GroupOptions<T extends Queued> {
  /** Carries out a group, in the order of its changes. Never rejects. */
  readonly commit: (group: readonly T[]) => Promise<void>
}

/** A group is committed when so many changes or octets wait, or the first has waited so long. */
const [ENOUGH, ENOUGH_OCTETS, ENOUGH_MS] = [256, 262_144, 2]
/** A group takes so many at most. */
const [MOST, MOST_OCTETS] = [4_096, 4 * 1024 * 1024]
/** Octets that may wait. */
const MOST_WAITING = 64 * 1024 * 1024

export class Group<T extends Queued> {
  readonly #commit: (group: readonly T[]) => Promise<void>
  #waiting: T[] = []
  #octets = 0
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined

  constructor({ commit }: GroupOptions<T>) {
    this.#commit = commit
  }

  /** Whether so much waits that no more should come. */
  get isFull(): boolean {
    return this.#octets >= MOST_WAITING
  }

  add(change: T): void {
    this.#waiting.push(change)
    this.#octets += change.octets
    if (this.#running !== undefined) return
    if (this.#waiting.length >= ENOUGH || this.#octets >= ENOUGH_OCTETS) this.#start()
    else this.#timer ??= setTimeout(() => this.#start(), ENOUGH_MS)
  }

  /** Commits what waits. */
  async drain(): Promise<void> {
    if (this.#running === undefined && this.#waiting.length > 0) this.#start()
    await this.#running
  }

  #start(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#running ??= this.#run()
  }

  async #run(): Promise<void> {
    // Not in the turn of the call that made the group large enough.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      let [count, octets] = [0, 0]
      for (const change of this.#waiting) {
        if (count >= MOST || (count > 0 && octets + change.octets > MOST_OCTETS)) break
        count++
        octets += change.octets
      }
      const group = this.#waiting.splice(0, count)
      this.#octets -= octets
      await this.#commit(group)
    }
    // In the same turn in which nothing waits any more: what comes next begins anew.
    this.#running = undefined
  }
}
