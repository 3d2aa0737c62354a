// The interface between a session and a connection, which carries whole messages, and the error of opening one.

import type { Dict, Message, ProtocolError, Serializer } from '@trunkline/protocol'
import type { AnyWebSocket } from './websocket-class.ts'

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

/** Node only, and not with WebSockets of a browser: how to check the router's certificate, and which one to present. */
export interface TlsOptions {
  /** Certificates (PEM) to trust in place of Node's own. */
  readonly ca?: string | readonly string[] | undefined
  /** Default true. With false any server can pose as the router: for tests only. */
  readonly rejectUnauthorized?: boolean | undefined
  /** The certificate (PEM) of this client, and its private key; for routers that ask for one. */
  readonly cert?: string | undefined
  readonly key?: string | undefined
}

/** The connection under a transport of encoded messages. It must not call back in the same turn. */
export interface Wire {
  /** @throws {PayloadError} when the serializer cannot hold the message */
  encode(message: Message): string | Uint8Array
  /** @param most the longest batch of several messages, in octets */
  send(encoded: string | Uint8Array, most: number): void
  close(): void
  destroy(): void
}

/** Receives the data of a connection. */
export interface Receiver {
  receive(decode: () => Message): void
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
    readonly createWire: (socket: AnyWebSocket) => Wire
    readonly receive: (transport: Receiver, data: string | ArrayBuffer) => void
  }
}

/** Options of the connection that only Node supports; in a browser the platform decides about them. */
export interface WayOptions {
  readonly tls?: TlsOptions | undefined
  /** Headers of the request that opens a WebSocket, and of all requests of long-poll: for gateways and cookies. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** An `Agent` of `node:http` or, over TLS, of `node:https` that makes the connections of WebSocket and long-poll, such as ones through a proxy. */
  readonly httpAgent?: object | undefined
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
