// Which connections still owe an answer to a request: what is written on them now would stand in its place. Answers
// nothing itself.

import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

export class OutstandingAnswers {
  readonly #owed = new WeakMap<Duplex, number>()

  /** A request came: its answer is owed until it has been handed over. */
  add(stream: Duplex, response: ServerResponse): void {
    this.#owed.set(stream, this.#count(stream) + 1)
    response.once('finish', () => this.#owed.set(stream, this.#count(stream) - 1))
  }

  /** Whether a connection owes an answer. */
  isOwedBy(stream: Duplex): boolean {
    return this.#count(stream) > 0
  }

  #count(stream: Duplex): number {
    return this.#owed.get(stream) ?? 0
  }
}
