// What a session needs of a connection: whole messages in and out. Types and the error of opening; no I/O.

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

/** Who is told what happens on a connection. Never called from inside `attach`, `send`, `close` or `destroy`. */
export interface TransportOwner {
  onMessage(message: Message): void
  /** Something came that is no message; the owner sends ABORT and closes. Nothing is received any more. */
  onProtocolError(error: ProtocolError): void
  /** The connection is gone. Called exactly once, last, also after `close` and `destroy`. */
  onClose(info: TransportCloseInfo): void
}

/**
 * One connection that carries messages, in order. A router in the same process gives one directly; all others come
 * from {@link OpenTransportOptions | a URL}.
 */
export interface ClientTransport {
  /** From now on `owner` is told, in place of an earlier one. What came before the first call waits for it. */
  attach(owner: TransportOwner): void
  /**
   * Queues a message. Without effect after `close`.
   * @throws {PayloadError} when the message cannot be encoded or is longer than the router accepts; nothing was sent
   */
  send(message: Message): void
  /** The router takes no message longer than so many octets. Absent where none is too long. */
  limit?(octets: number): void
  /** Sends what is queued, then closes. Nothing is received any more. Idempotent. */
  close(): void
  /** False as soon as nothing that is sent would leave, though the owner is not told yet; absent where that is not known. */
  readonly isOpen?: boolean
  /** Ends the connection at once; what was queued may be lost. */
  destroy?(): void
  /** What both ends of this TLS connection see alike and no other connection has; absent or undefined where there is none. */
  channelBinding?(type: ChannelBinding): Uint8Array | undefined
}

/** Kinds of channel binding (RFC 5929, RFC 9266). */
export type ChannelBinding = 'tls-unique' | 'tls-exporter' | 'tls-server-end-point'

/** Node only, and not with WebSockets of a browser: how the router's certificate is checked, and which one is shown. */
export interface TlsOptions {
  /** Certificates (PEM) to trust in place of those that come with Node. */
  readonly ca?: string | readonly string[] | undefined
  /** Default true. With false anybody can pose as the router: for tests only. */
  readonly rejectUnauthorized?: boolean | undefined
  /** The certificate (PEM) of this client, and its private key; for routers that ask for one. */
  readonly cert?: string | undefined
  readonly key?: string | undefined
}

/** The connection under a transport of encoded messages. Must not call back in the same turn. */
export interface Wire {
  /** @throws {PayloadError} when the serializer cannot hold the message */
  encode(message: Message): string | Uint8Array
  /** @param most what several messages become together may not be longer, in octets */
  send(encoded: string | Uint8Array, most: number): void
  close(): void
  destroy(): void
}

/** Takes what came over a connection. */
export interface Receiver {
  receive(decode: () => Message): void
  fail(error: ProtocolError): void
}

/** What a client needs of a serializer. One that works on text may say so and saves the way over octets. */
export interface ClientSerializer extends Pick<Serializer, 'name' | 'subprotocol' | 'isBinary' | 'encode' | 'decode'> {
  readonly encodeText?: (message: Message) => string
  readonly decodeText?: (text: string) => Message
  /** Several messages in one; for WebSocket only. */
  readonly batch?: {
    readonly join: (messages: readonly Uint8Array[]) => Uint8Array<ArrayBuffer>
    /** @throws {ProtocolError} for octets that are no batch */
    readonly split: (batch: Uint8Array) => Iterable<Uint8Array>
  }
  /** Where messages travel over WebSocket in another way than one by one. */
  readonly overWebSocket?: {
    readonly createWire: (socket: AnyWebSocket) => Wire
    readonly receive: (transport: Receiver, data: string | ArrayBuffer) => void
  }
}

/** What only Node takes: the way to the router, which in a browser is the platform's business. */
export interface WayOptions {
  readonly tls?: TlsOptions | undefined
  /** Headers of the request that opens a WebSocket, and of all requests of long-poll: for gateways and cookies. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** An `Agent` of `node:http` or, over TLS, of `node:https` that makes the connections of WebSocket and long-poll, such as ones through a proxy. */
  readonly httpAgent?: object | undefined
}

export interface OpenTransportOptions extends WayOptions {
  readonly serializer: ClientSerializer
  /** Gives the opening up. */
  readonly signal: AbortSignal
}

/**
 * Why no session came about.
 * - `TL_CONNECT_FAILED`: no connection, or it broke before the session was open.
 * - `TL_CONNECT_REFUSED`: the router refused the session; `reason` says why, for example `wamp.error.no_such_realm`.
 * - `TL_CONNECT_CHALLENGE`: this client could not answer a CHALLENGE; `cause` is what its handler threw.
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
