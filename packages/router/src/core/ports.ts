// What the inside of the router needs from outside. Types only.

import type {
  AuthenticationNext,
  EncodedMessage,
  JoinRequest,
  MatchPolicy,
  Message,
  PayloadFormat,
  ProtocolError,
  SerializerName,
} from '@trunkline/protocol'

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
  /** What waits for the peer now; absent where nothing can. */
  backlog?(now: number): Backlog
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

/** Runs a task in a later turn, tasks in the order of their calls. */
export interface Scheduler {
  defer(task: () => void): void
}

/** Time: dates and durations are counted by clocks of their own, since the first is set from outside. */
export interface Clock {
  /** Milliseconds since 1970, UTC: only for what is a date, such as the end of a token. It may jump, also backwards. */
  now(): number
  /** Milliseconds since an unknown beginning: for all durations and limits of time. Never goes back. */
  monotonic(): number
}

/** One timer, which wakes the router. */
export interface Alarm {
  /** Has the router's `tick` called at this time of {@link Clock.monotonic} or soon after, in place of any time set before. */
  set(at: number): void
}

/** Random identifiers. */
export interface Ids {
  /** A random id of global scope, uniform over 1 … 2^53-1 (specification: "Identifiers"). */
  random(): number
  /** An id of router scope: never given before by this router. */
  sequential(): number
  /** An integer from 0 to `below` - 1, uniform. */
  choose(below: number): number
}

/** What an authorizer is asked about; `see` means to be shown by the meta API what is there, which `call`, `register`, `publish` and `subscribe` include. */
export type Action = 'call' | 'register' | 'publish' | 'subscribe' | 'see'

/** Whose rights are asked for. Several sessions may be of one authid and authrole (specification: "Authorization"). */
export interface Principal {
  /** The session's id. */
  readonly id: number
  readonly authid: string
  readonly authrole: string
  readonly authmethod: string
}

export interface AuthorizationRequest {
  readonly action: Action
  readonly uri: string
  /** `exact` for calls and publications. */
  readonly match: MatchPolicy
  readonly session: Principal
}

/**
 * Whether the receiver learns who called or published.
 * - `asked`: if the sender asks for it by `disclose_me`.
 * - `always`: also unasked.
 * - `never`: who asks for it is refused.
 */
export type Disclosure = 'asked' | 'always' | 'never'

/** A yes that says more. The plain `true` is `asked`, no force, retained events. */
export interface Grant {
  readonly disclose: Disclosure
  /** REGISTER may take the procedure from whoever holds it (`force_reregister`). */
  readonly mayForce: boolean
  /** PUBLISH may leave its event behind for later subscribers (`retain`). */
  readonly mayRetain: boolean
}

export type Verdict = boolean | Grant

/** What one session may do, as far as it is known without asking anybody. */
export interface Rights {
  /** The verdict, or undefined where the authorizer must be asked. Asked for every message: allocates nothing. */
  judge(action: Action, uri: string, match: MatchPolicy): Verdict | undefined
}

/**
 * Decides what a session may do. Answers at once where it can; else answers `undefined` and calls `answer` exactly
 * once in a later turn. Meanwhile the session's input waits, in order.
 */
export interface Authorizer {
  /** Asked only about what {@link rightsOf} does not know. */
  allows(request: AuthorizationRequest, answer: (verdict: Verdict | 'failed') => void): Verdict | undefined
  /** Whether a plain yes to REGISTER is also one to `force_reregister`: to take the procedure from those who have it. Absent: it is not. */
  mayForce?(request: AuthorizationRequest): boolean
  /** What is known of a session's rights beforehand; kept until the rights change. Without it `allows` is asked for everything. */
  rightsOf?(session: Principal): Rights
  /** Looks whose answer is overdue. Called about once a second. */
  tick?(): void
  /** It is asked no more: whoever waits gets `failed`. */
  close?(): void
}

/** What became of a call of the router's own. */
export type CallOutcome =
  | { readonly args: readonly unknown[]; readonly kwargs: Readonly<Record<string, unknown>> }
  | { readonly error: string }

/** Calls procedures of a realm in the router's own name. */
export interface ProcedureCaller {
  /**
   * Calls a procedure. `done` is called exactly once in a later turn, unless the call is given up before.
   * @param timeoutMs told to the dealer
   * @returns gives the call up
   */
  call(procedure: string, args: readonly unknown[], timeoutMs: number, done: (outcome: CallOutcome) => void): () => void
}

/** What became of one request that needs a right (specification: "Authorization"). */
export interface Decision extends AuthorizationRequest {
  readonly realm: string
  /** The error of a refusal; undefined: it was allowed. */
  readonly refused: string | undefined
}

/** Is told of each decision, once, before the request is done. Returns at once and never throws. */
export type Audit = (decision: Decision) => void

/** What became of one client, for an access log. */
export interface Visit {
  readonly event: 'joined' | 'left' | 'refused'
  readonly realm: string | undefined
  /** Of a refused client: what it said. */
  readonly authid: string | undefined
  readonly session?: number
  readonly authrole?: string
  readonly authmethod?: string
  readonly transport: TransportInfo['kind']
  readonly peer: string
  readonly address: string | undefined
  readonly userAgent: string | undefined
  /** Why it was refused, or how it left. */
  readonly reason?: string
  readonly durationMs?: number
  /** Refused clients of the same address before this one, which were not told: they were too many. */
  readonly suppressed?: number
}

/** Is told of each client that joins, leaves or is refused. Returns at once and never throws. */
export type Access = (visit: Visit) => void

/** Looks who a client is and says so by `next`, at once or in a later turn. */
export type Authenticate = (request: JoinRequest, info: TransportInfo, next: AuthenticationNext) => void

/** A line for the log: one input makes at most one. `fields` never hold payload or secrets. */
export interface Log {
  warn(event: string, fields: Readonly<Record<string, unknown>>): void
  info(event: string, fields: Readonly<Record<string, unknown>>): void
}

/** What TLS says of a connection. */
export interface TlsFacts {
  /** The certificate that the client showed and holds the key of; only where the listener asks for one. */
  readonly clientCertificate?: ClientCertificate | undefined
  /** What both ends of this connection see alike and no other has (RFC 5929, RFC 9266); undefined where there is none. */
  channelBinding(type: 'tls-unique' | 'tls-exporter' | 'tls-server-end-point'): Uint8Array | undefined
}

export interface ClientCertificate {
  /** Of the whole certificate, in lower-case hex. */
  readonly sha256: string
  /** The common name of its subject. */
  readonly subject: string | undefined
  /** Whether an authority that the listener trusts vouches for it. */
  readonly isTrusted: boolean
}

/** Whom a listener lets in, out of those whom the realms let in. What is absent is left to the realms. */
export interface ListenerLogins {
  /** Other realms are not there. */
  readonly realms?: readonly string[] | undefined
  /** Other methods are not there. */
  readonly methods?: readonly string[] | undefined
  /** Who has another role is refused. */
  readonly roles?: readonly string[] | undefined
  /** The role of sessions without a login, whatever the realm says of them. */
  readonly anonymous?: { readonly role: string } | undefined
  /** Judges clients that name no realm in HELLO; they join it, unless their login assigns another. Default: they are refused. */
  readonly defaultRealm?: string | undefined
}

/** A cookie for the answer that opens a connection. */
export interface IssuedCookie {
  readonly name: string
  readonly value: string
  /** The value of `Set-Cookie`. */
  readonly header: string
}

/** Who is at the other end of a transport, as far as the transport can tell. */
export interface TransportInfo {
  readonly kind: 'websocket' | 'rawsocket' | 'longpoll' | 'local'
  /** Remote address and port, or the path of a Unix socket. */
  readonly peer: string
  /** The client's IP address, by the word of a trusted proxy where there is one; for limits by address. */
  readonly address?: string | undefined
  /** Over TLS, also where a trusted proxy ends it. */
  readonly isSecure: boolean
  /** Over TLS only. */
  readonly tls?: TlsFacts | undefined
  /** Whom the listener lets in. */
  readonly logins?: ListenerLogins | undefined
  /** WebSocket only. */
  readonly origin?: string | undefined
  readonly cookie?: string | undefined
  /** The cookies by name that the answer which opened the connection set. */
  readonly issuedCookies?: ReadonlyMap<string, string> | undefined
  readonly userAgent?: string | undefined
  /** Local only: who the session is, by the word of the program that runs the router. */
  readonly identity?: { readonly authid: string; readonly authrole: string; readonly isInternal?: true } | undefined
}

/** Why a transport is closed; a listener translates it into what its protocol has. WebSocket close codes in brackets. */
export type CloseCause =
  | 'normal' // [1000]
  | 'going_away' // [1001] the router shuts down
  | 'protocol_violation' // [1002]
  | 'invalid_text' // [1007]
  | 'policy' // [1008] slow consumer, not authorized, timeouts
  | 'too_large' // [1009]

/** One message-oriented, ordered, reliable connection. */
export interface Transport {
  readonly serializer: SerializerName
  /** The longest message that the peer accepts, in octets. */
  readonly maxSendBytes: number
  /** The longest message that it takes from the peer, in octets; absent where none is too long. */
  readonly maxReceiveBytes?: number | undefined
  readonly info: TransportInfo
  /** False while the connection does not take more; then nothing is to be sent until `onDrain`. */
  readonly isWritable: boolean
  /** Octets that were handed over and that the kernel, or the client, has not taken. */
  readonly pendingBytes: number
  /**
   * Queues one message into the connection's write batch, which goes out once a turn. Messages shorter than
   * LARGE_MESSAGE are copied at once; a longer one is handed over and must not be changed afterwards.
   */
  send(message: Uint8Array): void
  /** Sends what was queued, then closes. Idempotent; nothing is received any more. */
  close(cause: CloseCause): void
  /** Ends the connection at once; what was queued is lost. */
  destroy(): void
  /**
   * A message longer than so many octets is not taken, and `onTooLong` told; without octets the limit is again that of the
   * transport. Absent where messages come whole.
   */
  limit?(octets: number | undefined): void
  /** Reads nothing more until {@link resume}; what has been read already is still delivered. Absent where that is not possible. */
  pause?(): void
  /** Reads again. */
  resume?(): void
}

/** Why a connection is gone, where that was the doing of our side: nothing came for too long. */
export type Loss = 'silence'

/** What a transport tells its owner. */
export interface TransportOwner {
  /** One complete message, a view that holds during the call only. */
  onMessage(message: Uint8Array): void
  /** A message came that the agreed subprotocol forbids (text on a binary subprotocol, or the reverse). */
  onWrongKind(): void
  /** So many octets have come, while `limit` holds; told before what they are. */
  onOctets?(octets: number): void
  /** A message was longer than `limit` allows; nothing more comes. */
  onTooLong?(): void
  /** Nothing has come for too long: the owner says so if it likes, and closes the transport. Absent: the transport is destroyed. */
  onSilent?(): void
  /** `isWritable` is false from now on, with something pending. */
  onFull?(): void
  /** `isWritable` is true again. */
  onDrain(): void
  /** The connection is gone; called exactly once, last, also after `close` and `destroy`. */
  onClose(loss?: Loss): void
}

/** How a listener hands over a connection. */
export type Accept = (transport: Transport) => TransportOwner
