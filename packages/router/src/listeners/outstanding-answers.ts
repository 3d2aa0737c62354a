// Which connections still owe an answer to a request: what is written on them now would take its place, and later requests
// wait until then. Answers nothing itself.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { requestOctets } from './request-octets.ts'

/** More requests wait for the answer to an earlier one only at clients that read no answers. */
const MOST_REQUESTS = 32

interface Owed {
  answers: number
  /** Octets of the requests behind the first. */
  octets: number
}

export class OutstandingAnswers {
  readonly #most: number
  readonly #owed = new WeakMap<Duplex, Owed>()

  /** @param most octets of all requests that wait behind one */
  constructor(most: number) {
    this.#most = most
  }

  /** Notes a request: its answer is owed until it has been sent. Returns false when too much waits on its connection. */
  add(request: IncomingMessage, response: ServerResponse): boolean {
    const known = this.#owed.get(request.socket)
    const owed = known ?? { answers: 0, octets: 0 }
    if (known === undefined) this.#owed.set(request.socket, owed)
    owed.octets = owed.answers === 0 ? 0 : owed.octets + requestOctets(request)
    owed.answers++
    response.once('finish', () => owed.answers--)
    return owed.octets <= this.#most && owed.answers <= MOST_REQUESTS
  }

  /** Whether a connection owes an answer besides that to its last request. */
  owesEarlier(stream: Duplex): boolean {
    return (this.#owed.get(stream)?.answers ?? 0) > 1
  }

  /** Whether a connection owes an answer. */
  isOwedBy(stream: Duplex): boolean {
    return (this.#owed.get(stream)?.answers ?? 0) > 0
  }
}
