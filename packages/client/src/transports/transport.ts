// The interface between a session and a connection, which carries whole messages, and the error of opening one.

import type { Dict, Message, ProtocolError, Serializer } from '@trunkline/protocol'
import type { MessageSocket } from './message-socket.ts'
import type { WayOptions } from './way.ts'

export type { TlsOptions, WayOptions } from './way.ts'

/** How a connection ended. */
export interface TransportCloseInfo {
  /** False when the connection broke or was cut. */
  readonly wasClean: boolean
  /** The WebSocket close code. */
  readonly code?: number | undefined
  readonly reason?: string | undefined
  readonly error?: unknown
}

/** Is notified of events on a connection. No method is called during `attach`, `send`, `close` or `destroy`. */
export interface TransportOwner {
  onMessage(message: Message): void
  /** Malformed data arrived; the owner sends ABORT and closes. The transport receives no more. */
  onProtocolError(error: ProtocolError): void
  /** The connection has ended. Called exactly once, as the last call, also after `close` and `destroy`. */
  onClose(info: TransportCloseInfo): void
}

/**
 * One connection that carries messages, in order. A router in the same process provides one directly; all others are opened
 * from {@link OpenTransportOptions | a URL}.
 */
export interface ClientTransport {
  /** Sets the owner, in place of an earlier one. Messages that arrived before the first call are kept for it. */
  attach(owner: TransportOwner): void
  /**
   * Queues a message. Has no effect after `close`.
   * @throws {PayloadError} when the message cannot be encoded or is longer than the router accepts; nothing was sent
   */
  send(message: Message): void
  /** Sets the longest message that the router accepts, in octets. Absent where there is no limit. */
  limit?(octets: number): void
  /** Sends the queued messages, then closes. The transport receives no more. Idempotent. */
  close(): void
  /** False as soon as the connection can send no more, even before the owner is notified; absent if that is not known. */
  readonly isOpen?: boolean
  /** Ends the connection at once; queued messages may be lost. */
  destroy?(): void
  /** Data that both ends of this TLS connection share and no other connection has; absent or undefined if there is none. */
  channelBinding?(type: ChannelBinding): Uint8Array | undefined
}

/** Kinds of channel binding (RFC 5929, RFC 9266). */
export type ChannelBinding = 'tls-unique' | 'tls-exporter' | 'tls-server-end-point'

/** The connection under a transport of encoded messages. It must not call back in the same turn. */
export interface Wire {
  /** @throws {PayloadError} when the serializer cannot hold the message */
  encode(message: Message): string | Uint8Array
  /** @param most the longest batch of several messages, in octets */
  send(encoded: string | Uint8Array, most: number): void
  close(): void
  destroy(): void
}

/** Octets that were sent and that the router has not taken, beyond which a transport in Node or over long-polling reads no more: answers would fill the memory. */
export const MOST_UNTAKEN = 16 * 1024 * 1024

/** Receives the data of a connection. */
export interface Receiver {
  /** @param decode reads an encoded message; one function for all of them, since each message passes here */
  receive<Encoded>(encoded: Encoded, decode: (encoded: Encoded) => Message): void
  fail(error: ProtocolError): void
}

/** The part of a serializer that a client needs. A serializer of text may declare it, to avoid the conversion to octets. */
export interface ClientSerializer extends Pick<Serializer, 'name' | 'subprotocol' | 'isBinary' | 'encode' | 'decode'> {
  readonly encodeText?: (message: Message) => string
  readonly decodeText?: (text: string) => Message
  /** Batches of messages; for WebSocket only. */
  readonly batch?: {
    readonly join: (messages: readonly Uint8Array[]) => Uint8Array<ArrayBuffer>
    /** @throws {ProtocolError} for octets that are not a batch */
    readonly split: (batch: Uint8Array) => Iterable<Uint8Array>
  }
  /** For serializers that do not send messages over WebSocket one by one. */
  readonly overWebSocket?: {
    readonly createWire: (socket: MessageSocket) => Wire
    readonly receive: (transport: Receiver, message: string | Uint8Array) => void
  }
}

export interface OpenTransportOptions extends WayOptions {
  readonly serializer: ClientSerializer
  /** Abandons the opening. */
  readonly signal: AbortSignal
}

/**
 * The reason why no session could be opened.
 * - `TL_CONNECT_FAILED`: no connection, or it broke before the session was open.
 * - `TL_CONNECT_REFUSED`: the router refused the session; `reason` says why, for example `wamp.error.no_such_realm`.
 * - `TL_CONNECT_CHALLENGE`: this client could not answer a CHALLENGE; `cause` is the exception of its handler.
 * - `TL_CONNECT_PROTOCOL`: one side broke the protocol.
 * - `TL_CONNECT_TIMEOUT`: it took longer than `openTimeoutMs`.
 */
export type ConnectErrorCode =
  | 'TL_CONNECT_FAILED'
  | 'TL_CONNECT_REFUSED'
  | 'TL_CONNECT_CHALLENGE'
  | 'TL_CONNECT_PROTOCOL'
  | 'TL_CONNECT_TIMEOUT'

/** The connection or the session could not be opened. */
export class ConnectError extends Error {
  override readonly name = 'ConnectError'
  readonly code: ConnectErrorCode
  /** The reason URI of an ABORT, of either side. */
  readonly reason: string | undefined
  /** The Details of the router's ABORT. */
  readonly details: Dict

  constructor(code: ConnectErrorCode, message: string, more: { reason?: string; details?: Dict; cause?: unknown } = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause })
    this.code = code
    this.reason = more.reason
    this.details = more.details ?? {}
  }
}
