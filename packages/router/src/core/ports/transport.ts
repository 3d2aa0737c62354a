// Connections, and what is known about the peer. Types only.

import type { SerializerName } from '@trunkline/protocol'

/** The facts of a TLS connection. */
export interface TlsFacts {
  /** The certificate that the client presented and whose key it has; only where the listener asks for one. */
  readonly clientCertificate?: ClientCertificate | undefined
  /** A value that both ends of this connection share and no other connection has (RFC 5929, RFC 9266); undefined where there is none. */
  channelBinding(type: 'tls-unique' | 'tls-exporter' | 'tls-server-end-point'): Uint8Array | undefined
}

export interface ClientCertificate {
  /** The digest of the whole certificate, in lower-case hex. */
  readonly sha256: string
  /** The common name of its subject. */
  readonly subject: string | undefined
  /** Whether an authority that the listener trusts has signed it. */
  readonly isTrusted: boolean
}

/** Restricts which logins a listener accepts. An absent setting leaves the decision to the realms. */
export interface ListenerLogins {
  /** For the listener's clients, no other realms exist. */
  readonly realms?: readonly string[] | undefined
  /** For the listener's clients, no other methods exist. */
  readonly methods?: readonly string[] | undefined
  /** A client with another role is refused. */
  readonly roles?: readonly string[] | undefined
  /** The role of sessions without a login, whatever the realm assigns. */
  readonly anonymous?: { readonly role: string } | undefined
  /** The realm that authenticates clients without a realm in HELLO; they join it, unless their login assigns another. Default: refused. */
  readonly defaultRealm?: string | undefined
}

/** A cookie for the HTTP response that opens a connection. */
export interface IssuedCookie {
  readonly name: string
  readonly value: string
  /** The value of `Set-Cookie`. */
  readonly header: string
}

/** The peer of a transport, as far as the transport knows it. */
export interface TransportInfo {
  readonly kind: 'websocket' | 'rawsocket' | 'longpoll' | 'http' | 'local'
  /** Remote address and port, or the path of a Unix socket. */
  readonly peer: string
  /** The client's IP address, as a trusted proxy reports it where there is one; for limits by address. */
  readonly address?: string | undefined
  /** Whether the client uses TLS, also where a trusted proxy ends it. */
  readonly isSecure: boolean
  /** TLS only. */
  readonly tls?: TlsFacts | undefined
  /** The logins that the listener accepts. */
  readonly logins?: ListenerLogins | undefined
  /** WebSocket only. */
  readonly origin?: string | undefined
  readonly cookie?: string | undefined
  /** The cookies, by name, that the HTTP response set which opened the connection. */
  readonly issuedCookies?: ReadonlyMap<string, string> | undefined
  readonly userAgent?: string | undefined
  /** Local only: the identity that the program which runs the router gave to the session. */
  readonly identity?: { readonly authid: string; readonly authrole: string; readonly isInternal?: true } | undefined
}

/** Why a transport is closed; a listener translates it for its protocol. WebSocket close codes in brackets. */
export type CloseCause =
  | 'normal' // [1000]
  | 'going_away' // [1001] the router shuts down
  | 'protocol_violation' // [1002]
  | 'invalid_text' // [1007]
  | 'policy' // [1008] slow consumer, not authorized, timeouts
  | 'too_large'

// [1009]

/** One message-oriented, ordered, reliable connection. */
export interface Transport {
  readonly serializer: SerializerName
  /** The longest message that the peer accepts, in octets. */
  readonly maxSendBytes: number
  /** The longest message that the router accepts from the peer, in octets. Absent: no limit. */
  readonly maxReceiveBytes?: number | undefined
  readonly info: TransportInfo
  /** False while the connection takes no more; then the owner sends nothing until `onDrain`. */
  readonly isWritable: boolean
  /** Octets that were sent here and that the kernel, or the client, has not taken yet. */
  readonly pendingBytes: number
  /** Octets that the kernel has taken and that the client, if its link is slow, may not have read yet; an estimate. Absent: none. */
  readonly octetsOnTheWay?: number
  /**
   * Adds one message to the connection's write batch, which is written once a turn. Messages shorter than
   * LARGE_MESSAGE are copied at once; a longer one belongs to the transport and must not change afterwards.
   */
  send(message: Uint8Array): void
  /** Sends what was queued, then closes. Idempotent; no message is received afterwards. */
  close(cause: CloseCause): void
  /** Ends the connection at once; what was queued is dropped. */
  destroy(): void
  /**
   * Sets the length from which a message is not accepted and `onTooLong` is called; undefined restores the transport's own limit.
   * Absent where messages come whole.
   */
  limit?(octets: number | undefined): void
  /**
   * Stops reading, and delivers no message until {@link resume}, not even one already read. May be called in the middle of a
   * delivery. Absent where that is not possible.
   */
  pause?(): void
  /** Delivers and reads again, in the same order; delivers no message before it has returned. */
  resume?(): void
}

/** Why the router itself ended a connection: nothing came for too long. */
export type Loss = 'silence'

/** What a transport reports to its owner. */
export interface TransportOwner {
  /** Whose share the octets of its messages count to. Absent: that of the peer. */
  readonly holder?: string | undefined
  /** One complete message; the view is valid during the call only. */
  onMessage(message: Uint8Array): void
  /** A message came whose kind the agreed subprotocol forbids (text on a binary subprotocol, or the reverse). */
  onWrongKind(): void
  /** Octets have come while `limit` holds; called with their number, before the message that they belong to. */
  onOctets?(octets: number): void
  /** A message was longer than `limit` allows; no message follows. */
  onTooLong?(): void
  /** All connections hold too many octets of messages that have not come whole, and this one the most; no message follows. */
  onTooMuchHeld?(): void
  /** Nothing has come for too long: the owner may send a reason, and closes the transport. Absent: the transport is destroyed. */
  onSilent?(): void
  /** `isWritable` has become false; octets are pending. */
  onFull?(): void
  /** `isWritable` is true again. */
  onDrain(): void
  /** The connection has ended; called exactly once, last, also after `close` and `destroy`. */
  onClose(loss?: Loss): void
}

/** A limit that a connection or a session would exceed. */
export interface ReachedLimit {
  readonly limit: string
  readonly value: number
}

/** The place of a connection among those without a login: first as a socket, then as a WAMP connection. */
export interface Place {
  /** Counts octets that came; returns the limit that they exceed, if any. Another place gives way first that holds clearly more. */
  take(octets: number): ReachedLimit | undefined
  /**
   * Lets it give way to others where it holds more than they do, or has waited longest.
   * @param end ends the connection at once; its place has been left then. Undefined: it gives way to no other
   */
  yieldBy(end: ((reached: ReachedLimit) => void) | undefined): void
  /** What the client sent is no longer held in memory. */
  release(): void
  /** The socket begins TLS, for which there are fewer places; returns the limit that it would exceed, if any. Idempotent. */
  beginTls(): ReachedLimit | undefined
  /**
   * The socket becomes a WAMP connection, and what it sent is no longer held in memory.
   * @param address the client's, now that it is known
   * @returns the limit that it would exceed, if any; then nothing changes
   */
  connect(address: string | undefined): ReachedLimit | undefined
  /**
   * It counts to a client from now on, with what it holds: a proxy's request has said whose it is.
   * @returns the limit that it would exceed, if any; then it has to end
   */
  moveTo(address: string | undefined): ReachedLimit | undefined
  /** Idempotent. */
  leave(): void
}

/**
 * Passes a connection from a listener to its owner.
 * @param place the place that the connection already has; from now on the owner has to leave it
 */
export type Accept = (transport: Transport, place?: Place) => TransportOwner
