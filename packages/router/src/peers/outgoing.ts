// The way out to one peer, as its connection uses it. Types only.

import type { EncodedMessage, Message, PayloadFormat } from '@trunkline/protocol'
import type { Backlog, CloseCause, Delivery, SendOutcome, TransportInfo } from '../core/ports/index.ts'

/** The way out to the peer. */
export interface Outgoing {
  readonly format: PayloadFormat
  readonly info: TransportInfo
  /** The longest message that the peer may send, in octets; absent where none is too long. */
  readonly maxReceiveBytes?: number | undefined
  send(message: Message, isOffer?: boolean): SendOutcome
  sendEvent(event: EncodedMessage, delivery?: Delivery, isOffer?: boolean): SendOutcome
  /** As of a link. */
  refusalOf?(octets: number): 'too_large' | 'full' | undefined
  /** What waits for the peer; absent where nothing can. */
  backlog?(now: number): Backlog
  /** As of {@link Link.takesResults}. */
  takesResults?(): boolean
  /** A session is open, or another may follow it. */
  setOpen?(isOpen: boolean): void
  /** The session is over: what waits belongs to none that may follow. */
  seal?(): void
  /** Reads no more until `resume`; answers whether that is possible. Absent where it is not. */
  pause?(): boolean
  resume?(): void
  /** Sends what is queued and a last message, if any, then closes. Idempotent. */
  close(cause: CloseCause, last?: Message): void
}
