// Sending to one peer. Types only.

import type { EncodedMessage, InvocationMessage, Message, Payload, PayloadFormat, ProtocolError } from '@trunkline/protocol'

/**
 * The outcome of a message handed to a link.
 * - `queued`: it will reach the peer unless the connection ends first.
 * - `unencodable`: the peer's serializer cannot hold the payload; nothing was sent.
 * - `too_large`: the message is longer than the peer accepts; nothing was sent.
 * - `full`: the peer's queue has no room; nothing was sent, and the session stays open.
 * - `closed`: the connection is closing or closed.
 */
export type SendOutcome = 'queued' | 'unencodable' | 'too_large' | 'full' | 'closed'

/**
 * Whose share of what may be on its way between two nodes a message counts to: that of a caller of this node, or of an owner to whom another
 * node gave a number. Links to clients do not heed it.
 */
export type ShareOwner = InvokingCaller | number

/** Sends to one peer. `send` only queues: it never calls back into the realm in the same turn. */
export interface Link {
  /** The serializer of the peer's connection. */
  readonly format: PayloadFormat
  /**
   * Queues a message.
   * @param isOffer the sender can handle a refusal: a message that does not fit is refused with `full`, and the session stays open
   * @param owner of an offer that may cross nodes
   */
  send(message: Message, isOffer?: boolean, owner?: ShareOwner): SendOutcome
  /**
   * Queues an event for one of many subscribers: the event is encoded once for each serializer.
   * @param delivery given only where events may be dropped
   * @param isOffer as of {@link send}
   */
  sendEvent(event: EncodedMessage, delivery?: Delivery, isOffer?: boolean): SendOutcome
  /**
   * Reads no more of the peer until `goOn` is called: much that its owner sent is on its way to another node, or to the store. Absent where reading never pauses.
   * @param wait called once, unless the peer waits already or cannot; gets `goOn`, which may be called at any time
   * @returns whether it was called
   */
  waitForRoom?(wait: (goOn: () => void) => void): boolean
  /** Why an offered event whose payload has this many octets would not be queued now. Absent: every event would be queued. */
  refusalOf?(octets: number): 'too_large' | 'full' | undefined
  /** What is queued for the peer now. Absent: nothing is ever queued. */
  backlog?(now: number): Backlog
  /** What has come from the peer and gone to it since its session began. Absent: nothing is counted. */
  traffic?(): SessionTraffic
  /** Whether the peer's queue has room for results. Absent: it always has. */
  takesResults?(): boolean
  /** Ends the session with ABORT, because the peer broke the protocol. The session has left its realm before. */
  abort(error: ProtocolError): void
  /** Ends the session with GOODBYE. The session has left its realm before. */
  goodbye(reason: string, message: string | undefined): void
  /** Answers the peer's GOODBYE, after every message before it has been processed. */
  answerGoodbye(): void
  /**
   * Queues the INVOCATION with which a call begins. Only of links to callees of other nodes; without it {@link send} does.
   */
  invoke?(message: InvocationMessage, caller: InvokingCaller): SendOutcome
  /** The callee of a call has left before it answered. Only of links to callers of other nodes, which count that and answer the client. */
  calleeLeft?(request: number): void
  /** The callee of a call did not get it: its payload goes back. Only of links to callers of other nodes, which may give it to another callee. */
  giveBack?(request: number, payload: Payload | undefined, owner?: ShareOwner): void
  /** A call is over for its caller: the callee's answer to this invocation has no use any more. Only of links to other nodes. */
  callEnded?(invocation: number): void
  /** Calls back once nothing is queued for the peer; in this turn where that is so. Absent: nothing is ever queued. */
  whenEmpty?(then: () => void): void
  /** Sets when the session expires, in milliseconds since 1970; replaces an earlier time. */
  expireAt?(at: number): void
}

/** What another node has to know of a caller. */
export interface InvokingCaller {
  /** Whether it has announced payload passthru. */
  readonly takesPassthru: boolean
  /** To whose share of a link its calls and their answers count; undefined where to none. */
  readonly share: string | undefined
  /** The caller waits there while much is on its way. */
  readonly link: Pick<Link, 'waitForRoom'>
}

/**
 * What the router does when more is queued for a session than its limit allows.
 * - `disconnect`: it closes the session.
 * - `drop_oldest`: it drops the oldest events whose topics allow that.
 * - `conflate`: like `drop_oldest`; besides, only the newest event of each topic stays queued at any time.
 */
export type SlowConsumerPolicy = 'disconnect' | 'drop_oldest' | 'conflate'

/** What a queue needs to know about an event to drop it; the same for all receivers that missed no event. */
export interface Delivery {
  /** The id of the subscription. */
  readonly subscription: number
  /** The key of its topic in a table: clients choose topics. */
  readonly topic: string
  readonly policy: SlowConsumerPolicy
  /** The `_gap` that the event carries; 0 for none. */
  readonly missed: number
}

/** What is queued for one peer: events, and replies, which are all other messages. */
export interface Backlog {
  readonly events: number
  readonly eventBytes: number
  readonly replies: number
  readonly replyBytes: number
  /** Events dropped since the session began. */
  readonly dropped: number
  /** For how long the transport has taken nothing from the queue, as seen by the router's check once a second. */
  readonly stalledMs: number
}

/** Messages and their octets, without the framing of the transport. */
export interface SessionTraffic {
  readonly messagesIn: number
  readonly octetsIn: number
  /** Sent or queued. */
  readonly messagesOut: number
  readonly octetsOut: number
}
