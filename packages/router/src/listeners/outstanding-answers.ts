// Which connections still owe an answer to a request: what is written on them now would take its place, and later requests
// wait until then. Answers nothing itself.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** About how much memory a name or a value takes besides its octets. */
const TEXT_OCTETS = 32

interface Owed {
  answers: number
  /** Octets of the heads of requests behind the first. */
  octets: number
}

export class OutstandingAnswers {
  readonly #most: number
  readonly #owed = new WeakMap<Duplex, Owed>()

  /** @param most octets of the heads of all requests that wait behind one */
  constructor(most: number) {
    this.#most = most
  }

  /** Notes a request: its answer is owed until it has been sent. Returns false when too much waits on its connection. */
  add(request: IncomingMessage, response: ServerResponse): boolean {
    const owed = this.#owed.get(request.socket) ?? { answers: 0, octets: 0 }
    this.#owed.set(request.socket, owed)
    owed.octets = owed.answers === 0 ? 0 : owed.octets + headOctets(request)
    owed.answers++
    response.once('finish', () => owed.answers--)
    return owed.octets <= this.#most
  }

  /** Whether a connection owes an answer. */
  isOwedBy(stream: Duplex): boolean {
    return (this.#owed.get(stream)?.answers ?? 0) > 0
  }
}

function headOctets({ url = '', rawHeaders }: IncomingMessage): number {
  return rawHeaders.reduce((sum, text) => sum + text.length + TEXT_OCTETS, url.length + TEXT_OCTETS)
}
