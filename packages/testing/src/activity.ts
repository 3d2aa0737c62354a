// Knows when nothing happens any more in a test router that needs no time.

/** Taken when the module is loaded: fake timers of a test runner, installed later, do not stop it. */
const nextTurn = globalThis.setImmediate

/** The turns of the event loop without activity after which everything has followed. */
const QUIET_TURNS = 10

export class Activity {
  #count = 0

  /** A message was sent or has arrived, or a timer was set. */
  note(): void {
    this.#count++
  }

  /** Resolves when nothing has happened for some turns. Never, if messages cause further messages without end. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_TURNS; quiet++) {
      const before = this.#count
      await new Promise<void>((resolve) => nextTurn(resolve))
      if (this.#count !== before) quiet = -1
    }
  }
}
