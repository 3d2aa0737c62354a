// The way to one peer. Types only.

import type { EncodedMessage, Message, PayloadFormat, ProtocolError } from '@trunkline/protocol'

/**
 * What became of a message handed to a link.
 * - `queued`: it will reach the peer unless the connection goes.
 * - `unencodable`: the peer's serializer cannot hold the payload; nothing was sent.
 * - `too_large`: the message is longer than the peer accepts; nothing was sent.
 * - `full`: as much waits for the peer as may; nothing was sent, and the session stays.
 * - `closed`: the connection is going or gone.
 */
export type SendOutcome = 'queued' | 'unencodable' | 'too_large' | 'full' | 'closed'

/** The way to one peer. `send` only queues: it never calls back into the realm in the same turn. */
export interface Link {
  /** The serializer in which the peer takes payloads. */
  readonly format: PayloadFormat
  /**
   * Queues a message.
   * @param isOffer the sender can be told that it does not fit: then it is refused with `full`, and never costs the peer its session
   */
  send(message: Message, isOffer?: boolean): SendOutcome
  /**
   * Queues an event that goes to many: its bytes are made once for each serializer.
   * @param delivery given only where events may be given up
   * @param isOffer as of {@link send}
   */
  sendEvent(event: EncodedMessage, delivery?: Delivery, isOffer?: boolean): SendOutcome
  /** Why an offered event with so many octets of payload would not be queued now; absent where any would be. */
  refusalOf?(octets: number): 'too_large' | 'full' | undefined
  /** What waits for the peer now; absent where nothing can. */
  backlog?(now: number): Backlog
  /** Whether a result may still fit into what may wait for the peer; absent where all do. */
  takesResults?(): boolean
  /** Ends the session with ABORT, because the peer broke the protocol. The session has left its realm before. */
  abort(error: ProtocolError): void
  /** Ends the session with GOODBYE. The session has left its realm before. */
  goodbye(reason: string, message: string | undefined): void
  /** The peer said GOODBYE, and all that it said before is done. */
  answerGoodbye(): void
  /** The session ends at this time, in milliseconds since 1970, and no longer at an earlier one. */
  expireAt?(at: number): void
}

/**
 * What is done when more waits for a session than may.
 * - `disconnect`: the session is closed.
 * - `drop_oldest`: the oldest events that may be are given up.
 * - `conflate`: like `drop_oldest`, and at any time only the newest event of each topic waits.
 */
export type SlowConsumerPolicy = 'disconnect' | 'drop_oldest' | 'conflate'

/** What a queue has to know of an event to give it up; the same for all receivers that missed nothing. */
export interface Delivery {
  /** The id of the subscription. */
  readonly subscription: number
  readonly topic: string
  readonly policy: SlowConsumerPolicy
  /** The `_gap` that the event carries; 0 when none. */
  readonly missed: number
}

/** What waits for one peer, by class: events, and replies, which are all other messages. */
export interface Backlog {
  readonly events: number
  readonly eventBytes: number
  readonly replies: number
  readonly replyBytes: number
  /** Events given up since the session began. */
  readonly dropped: number
  /** How long nothing was taken of what waits, as far as the router's look once a second can tell. */
  readonly stalledMs: number
}
