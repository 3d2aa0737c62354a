// How far a long command is, now and then, on stderr where a person sees it.

import type { Terminal } from '../terminal.ts'

const EVERY_MS = 2_000

export class Progress {
  readonly #terminal: Pick<Terminal, 'showsProgress' | 'complain'>
  readonly #what: string
  readonly #now: () => number
  #shownAt: number

  /**
   * @param what is counted: `events read`
   * @param now in milliseconds
   */
  constructor(terminal: Pick<Terminal, 'showsProgress' | 'complain'>, what: string, now = () => performance.now()) {
    this.#terminal = terminal
    this.#what = what
    this.#now = now
    this.#shownAt = now()
  }

  note(count: number): void {
    if (!this.#terminal.showsProgress || this.#now() - this.#shownAt < EVERY_MS) return
    this.#shownAt = this.#now()
    this.#terminal.complain(`${count.toLocaleString('en')} ${this.#what}\n`)
  }
}
