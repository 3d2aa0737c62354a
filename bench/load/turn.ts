// One turn of the event loop: what was written in it is sent together at its end. Knows no messages.

const READ_BUFFER = 256 * 1024

/** A writer that gathers what it writes. */
export interface Batch {
  flush(): void
}

/** Shared by all connections of a run. */
export class Turn {
  /** All sockets read into this one buffer: its content is processed before the next socket reads. */
  readonly buffer = Buffer.allocUnsafeSlow(READ_BUFFER)
  /** Called at the end of each turn, before the writing. */
  onEnd: (() => void) | undefined
  #touched: Batch[] = []
  #hasBegun = false

  /** Schedules the end of the turn. */
  begin(): void {
    if (this.#hasBegun) return
    this.#hasBegun = true
    setImmediate(() => this.#end())
  }

  /** A batch has something to write, for the first time in this turn. */
  touch(batch: Batch): void {
    this.#touched.push(batch)
    this.begin()
  }

  #end(): void {
    this.onEnd?.()
    this.#hasBegun = false
    const touched = this.#touched
    this.#touched = []
    for (const batch of touched) batch.flush()
  }
}
