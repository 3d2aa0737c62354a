// What the driver can ask of a client under test, in terms that fit all clients. Types only, and the error that carries a WAMP ERROR.

/** Positional and keyword values as the client's library takes and returns them. */
export interface Values {
  readonly args: readonly unknown[]
  readonly kwargs: Readonly<Record<string, unknown>>
}

export interface ConnectOptions {
  /** `ws://host:port/path` or `rs://host:port`. */
  readonly url: string
  readonly realm: string
  readonly serializer: string
}

/** A client library under test. */
export interface Peer {
  /** Makes the value that its users would pass for octets. */
  readonly bytes: (octets: Buffer) => unknown
  connect(options: ConnectOptions): Promise<PeerSession>
}

/** One session of it. All promises reject with a {@link PeerError} when the router or the callee answers ERROR. */
export interface PeerSession {
  readonly id: number
  readonly isOpen: boolean
  /** `handler` may throw a {@link PeerError}. */
  register(procedure: string, handler: (values: Values) => Values): Promise<void>
  unregister(procedure: string): Promise<void>
  call(procedure: string, values: Values): Promise<Values>
  subscribe(topic: string, onEvent: (values: Values) => void): Promise<void>
  unsubscribe(topic: string): Promise<void>
  /** Acknowledged. */
  publish(topic: string, values: Values, options: Readonly<Record<string, unknown>>): Promise<void>
  /** Publishes 0 … `count` - 1 without waiting in between; resolves when the last one is acknowledged. */
  publishMany(topic: string, count: number): Promise<void>
  /** Makes a call that the library fails before or while sending: with a value that no serializer can hold. */
  failToSend(): Promise<void>
  /** Sends a call of 256 KiB and a short one in the same turn; resolves when both are answered, whatever the answers. */
  callLongThenShort(procedure: string): Promise<void>
  /** Cuts the connection; resolves when the library has connected again by itself and a request on the new session was answered. */
  cutAndComeBack?(): Promise<void>
  close(): Promise<void>
}

/** A WAMP ERROR to or from a client. */
export class PeerError extends Error {
  readonly uri: string
  readonly values: Values

  constructor(uri: string, values: Values) {
    super(uri)
    this.uri = uri
    this.values = values
  }
}

/** A text of 256 KiB. */
export const LONG_TEXT = 'x'.repeat(256 * 1024)
