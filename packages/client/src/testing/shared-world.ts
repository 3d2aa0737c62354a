// For tests: a shared session of two peers, whose messages a test sends and reads. Not part of the package.

import type { Message } from '@trunkline/protocol'
import { messageFromArray, messageToArray } from '@trunkline/protocol'
import type { Peer } from '../shared/shared-session.ts'
import { SharedSession } from '../shared/shared-session.ts'
import { WELCOME_DETAILS } from './scripted-router.ts'

/** A peer that keeps what it receives. */
export class FakePeer implements Peer {
  readonly #received: unknown[][] = []

  receive(message: Message): void {
    this.#received.push(messageToArray(message))
  }

  take(): unknown[][] {
    return this.#received.splice(0)
  }
}

export class SharedWorld {
  readonly #sent: unknown[][] = []
  readonly session: SharedSession
  readonly a = new FakePeer()
  readonly b = new FakePeer()
  /** What the router's serializer refuses. */
  refusal: Error | undefined

  constructor(details: object = WELCOME_DETAILS) {
    this.session = new SharedSession(
      (message) => {
        if (this.refusal !== undefined) throw this.refusal
        this.#sent.push(messageToArray(message))
      },
      details as Record<string, unknown>,
    )
    this.session.join(this.a)
    this.session.join(this.b)
  }

  asks(peer: Peer, ...list: unknown[]): void {
    this.session.send(peer, messageFromArray(list))
  }

  says(...list: unknown[]): boolean {
    return this.session.receive(messageFromArray(list))
  }

  takeSent(): unknown[][] {
    return this.#sent.splice(0)
  }
}
