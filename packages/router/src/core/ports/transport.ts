// Connections, and who is at their other end. Types only.

import type { SerializerName } from '@trunkline/protocol'

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
  | 'too_large'

// [1009]

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
  /**
   * Delivers nothing more until {@link resume}, also not of what has been read already, and reads no more. Called also in the
   * middle of a delivery. Absent where that is not possible.
   */
  pause?(): void
  /** Delivers and reads again, in the same order; never before it has returned. */
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

/** A limit that a connection or a session would pass. */
export interface ReachedLimit {
  readonly limit: string
  readonly value: number
}

/** The one place of a connection among those that have not logged in: first as a socket, then as a connection of WAMP. */
export interface Place {
  /** Counts octets that came; answers the limit that stands against them, if any. */
  take(octets: number): ReachedLimit | undefined
  /** What was sent is held no more. */
  release(): void
  /** The socket begins TLS, for which there are fewer places; answers the limit that stands against it, if any. Idempotent. */
  beginTls(): ReachedLimit | undefined
  /**
   * The socket becomes a connection of WAMP, and what it sent is held no more.
   * @param address the client's, now that it is known
   * @returns the limit that stands against it, if any; then all stays as it was
   */
  connect(address: string | undefined): ReachedLimit | undefined
  /** Idempotent. */
  leave(): void
}

/**
 * How a listener hands over a connection.
 * @param place the one that the connection has already; from then on it is the owner's to leave
 */
export type Accept = (transport: Transport, place?: Place) => TransportOwner
