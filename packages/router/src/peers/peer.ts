// What every kind of peer leaves to the life of its sessions.

import type { ProtocolError } from '@trunkline/protocol'
import type { SessionLife } from './session-life.ts'

export abstract class Peer {
  abstract readonly life: SessionLife

  abort(error: ProtocolError): void {
    this.life.abort(error)
  }

  goodbye(reason: string, message: string | undefined): void {
    this.life.goodbye(reason, message)
  }

  answerGoodbye(): void {
    this.life.answerGoodbye()
  }

  expireAt(at: number): void {
    this.life.expireAt(at)
  }
}
