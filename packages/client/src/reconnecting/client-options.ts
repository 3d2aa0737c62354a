// The options of a client and of its calls.

import type { OpenSessionOptions } from '../open-session.ts'
import type { CallOptions, PublishOptions } from '../options.ts'
import type { ClientTransport, OpenTransportOptions } from '../transports/transport.ts'
import type { WhileAway } from './away.ts'
import type { Backoff } from './backoff.ts'
import type { Environment } from './environment.ts'
import type { Urls } from './urls.ts'

/** The options of a client: those of each session, and how it stays connected. */
export interface ClientOptions extends Omit<OpenSessionOptions, 'url' | 'transport' | 'calls'> {
  /**
   * The router: `ws://` or `wss://`; in Node also `rs://host:port`, `rss://host:port` (RawSocket, with TLS) and `rs+unix:///path`. Several
   * serve the same realm; they are tried in this order, the next after every failure or lost session. A function returns one or several; it is
   * called at each attempt, and its exception counts as a failed attempt. May be left out with `openTransport`.
   */
  readonly url?: Urls | undefined
  /** Connects with the first request or declaration, not at once: for a client in a module that a server loads too. Default false. */
  readonly lazy?: boolean | undefined
  /** One connection for all tabs of a browser: `sharedWorker(…)` of `@trunkline/client/shared-worker`. */
  readonly shared?: SharedConnection | undefined
  readonly backoff?: Partial<Backoff> | undefined
  /** The policy for calls and publications while there is no session. Default `{ timeoutMs: 10_000 }`. */
  readonly whileAway?: WhileAway | undefined
  /** The default of this option of calls. Default 0. */
  readonly waitForCallee?: number | undefined
  /**
   * The milliseconds without a message after which the client sends a request to the router. After ten more seconds without a
   * message it ends the connection and opens another. Default 30 000; `Infinity`: never.
   */
  readonly silenceMs?: number | undefined
  /** Opens a transport in place of the network. Must reject when the signal aborts. */
  readonly openTransport?: ((url: string, options: OpenTransportOptions) => ClientTransport | Promise<ClientTransport>) | undefined
  /** For simulations: milliseconds since 1970. */
  readonly now?: (() => number) | undefined
  /** Reports when to connect at once. Default: the page or worker; in Node nothing. */
  readonly environment?: Environment | undefined
}

/** A connection of several clients. */
export interface SharedConnection {
  /** False where the platform cannot share: then the client has a connection of its own. */
  readonly isShared: boolean
  /** The options of a client that uses it. */
  over(options: ClientOptions): ClientOptions
}

/** Options of a call of a client. */
export interface ClientCallOptions extends CallOptions {
  /**
   * The milliseconds for which the client repeats the call while the procedure has no callee, for example after a restart of the
   * router. It never repeats a call that may have run. Needs a router that marks its own answer by `callees: 0` in the
   * details, as Trunkline does; with others the first answer counts. Default: that of the client.
   */
  readonly waitForCallee?: number | undefined
}

/** Options of a publication of a client. */
export interface ClientPublishOptions extends PublishOptions {
  /**
   * Publishes to a durable topic, acknowledged, and as one event whatever happens: when the session ends before the answer, the next one
   * publishes it again with the same key, in which the router recognizes it. True: a key of its own; or your key, of at most 128 characters,
   * for a program that publishes the same again itself, within two minutes. Rejects with a DisconnectedError when there is no session for
   * 100 seconds. Needs a router that announces it, as Trunkline does.
   */
  readonly once?: boolean | string | undefined
}

/** Options of a publication that is acknowledged. */
export type ClientAcknowledgedPublish = ClientPublishOptions & ({ readonly acknowledge: true } | { readonly once: true | string })
