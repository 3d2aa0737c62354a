// The open connections of one listener, and the one timer for all their deadlines. Knows no protocol.

/** A connection with deadlines: it counts ticks, so that a suspended process does not find masses of dead peers on waking. */
export interface Sweepable {
  /** Called once every tick while the connection is open. */
  onTick(): void
  /** Ends the connection at once. */
  destroy(): void
}

const SLOWEST_TICK_MS = 1_000
const QUICKEST_TICK_MS = 5

export class Connections {
  readonly #open = new Set<Sweepable>()
  readonly tickMs: number
  #timer: NodeJS.Timeout | undefined

  /** @param deadlinesMs all durations that will be used; the tick is a quarter of the shortest, at most a second */
  constructor(deadlinesMs: readonly number[]) {
    this.tickMs = Math.max(QUICKEST_TICK_MS, Math.min(SLOWEST_TICK_MS, ...deadlinesMs.map((ms) => ms / 4)))
  }

  get size(): number {
    return this.#open.size
  }

  /** How many ticks a duration takes; at least one, rounded up. */
  ticks(ms: number): number {
    return Math.max(1, Math.ceil(ms / this.tickMs))
  }

  add(connection: Sweepable): void {
    this.#open.add(connection)
    this.#timer ??= setInterval(() => this.#sweep(), this.tickMs)
  }

  remove(connection: Sweepable): void {
    this.#open.delete(connection)
    if (this.#open.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  destroyAll(): void {
    for (const connection of this.#open) connection.destroy()
  }

  #sweep(): void {
    for (const connection of this.#open) connection.onTick()
  }
}
