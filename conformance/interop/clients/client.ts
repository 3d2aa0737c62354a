// What is asked of a client's library, in terms that fit all of them. Types only, and the error that carries a WAMP ERROR.

/** Positional and keyword values as the library takes and returns them. */
export interface Values {
  readonly args: readonly unknown[]
  readonly kwargs: Readonly<Record<string, unknown>>
}

export type Details = Readonly<Record<string, unknown>>

export interface Login {
  readonly authid: string
  readonly method: 'ticket' | 'wampcra' | 'cryptosign' | 'wamp-scram' | 'scram'
  /** Ticket, secret, password or private key (hex). */
  readonly secret: string
}

export interface JoinOptions {
  /** `ws://…` or `rs://…`. */
  readonly url: string
  readonly realm: string
  readonly serializer: string
  readonly login?: Login | undefined
  /** Whether the library may connect again by itself. Default false. */
  readonly comesBack?: boolean | undefined
}

/** One invocation, as a procedure sees it. */
export interface Invoked extends Values {
  readonly details: Details
  /** Sends a progressive result. */
  readonly progress: (args: readonly unknown[]) => void
  /** Resolves when the callee is interrupted; never if the library does not report that. */
  readonly canceled: Promise<void>
}

export interface Happened extends Values {
  readonly details: Details
}

export interface Calling {
  /** Rejects with a {@link PeerError} when it was answered by ERROR. */
  readonly result: Promise<Values>
  cancel(mode: 'skip' | 'kill' | 'killnowait'): void
}

export interface Registered {
  readonly id: number
  /** Resolves when the router revoked the registration; rejects, or never resolves, if the library does not report that. */
  readonly revoked: Promise<void>
}

/** Answers an invocation; may throw a {@link PeerError}. */
export type Procedure = (invoked: Invoked) => Values | Promise<Values>

/** A session of a client's library. Options are named as on the wire. */
export interface ClientSession {
  readonly id: number
  /** WELCOME.Details. */
  readonly welcome: Details
  /** Resolves to the reason when the session has ended. */
  readonly over: Promise<string>
  call(procedure: string, values?: Partial<Values>, options?: Details, onProgress?: (values: Values) => void): Calling
  /** Sends each number in a chunk of one call; the procedure of `registerSum` answers with their sum. */
  callInChunks?(procedure: string, numbers: readonly number[]): Promise<unknown>
  registerSum?(procedure: string): Promise<void>
  register(procedure: string, handler: Procedure, options?: Details): Promise<Registered>
  /** Resolves to the id of the subscription. */
  subscribe(topic: string, onEvent: (event: Happened) => void, options?: Details): Promise<number>
  /** Acknowledged; resolves to the id of the publication. */
  publish(topic: string, values?: Partial<Values>, options?: Details): Promise<number>
  close(): Promise<void>
}

/** A client's library. */
export interface Client {
  /** Whether procedures learn that a call was canceled. */
  readonly tellsCallees: boolean
  /** What to publish in passthru mode, and what its EVENT then contains. */
  readonly passthru?: { readonly values: Values; readonly options: Details }
  /** Rejects when the router refuses. */
  join(options: JoinOptions): Promise<ClientSession>
}

/** A session that also does what pairs of clients try. */
export interface PairedSession extends ClientSession {
  unregister(procedure: string): Promise<void>
  unsubscribe(topic: string): Promise<void>
  /** Publishes 0 … `count` - 1 without waiting in between; resolves when the last one is acknowledged. */
  publishMany(topic: string, count: number): Promise<void>
  /** Makes a call that the library fails before or while sending: with a value that no serializer can hold. */
  failToSend(): Promise<void>
  /** Sends a call of 256 KiB and a short one in the same turn; resolves when both are answered, whatever the answers. */
  callLongThenShort(procedure: string): Promise<void>
  /** Cuts the connection; resolves when the library has connected again by itself and a request on the new session was answered. */
  cutAndComeBack?(): Promise<void>
}

/** A library in JavaScript. */
export interface PairedClient extends Client {
  /** Makes the value that its users would pass for octets. */
  readonly bytes: (octets: Buffer) => unknown
  join(options: JoinOptions): Promise<PairedSession>
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
