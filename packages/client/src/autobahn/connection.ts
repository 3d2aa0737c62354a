// The connection of autobahn-js: it opens one session after another, and tells the program of each.

import type { Dict } from '@trunkline/protocol'
import { UsageError } from '@trunkline/protocol'
import { calls } from '../calls/calls.ts'
import { check, checkNamed } from '../checks.ts'
import { systemClock } from '../clock.ts'
import { json } from '../json-text.ts'
import { openWithin } from '../open-session.ts'
import type { ChallengeAnswer } from '../opening.ts'
import type { ErrorSource } from '../report.ts'
import type * as client from '../session.ts'
import { openTransport } from '../transports/open-transport.ts'
import type { WayOptions } from '../transports/transport.ts'
import { ConnectError } from '../transports/transport.ts'
import type { ClientSerializer } from '../transports/transport.ts'
import { Session } from './session.ts'

/** A signature, or one with further values. */
type Signature = string | readonly [signature: string, extra: Dict]
/** Answers a CHALLENGE by a method. */
export type Challenger = (session: Session, method: string, extra: Dict) => Signature | Promise<Signature>

/** Options by autobahn-js's names; delays in seconds. */
export interface ConnectionOptions extends WayOptions {
  readonly url?: string | undefined
  /** In place of `url`; several are tried in turn. */
  readonly transports?: readonly { readonly url: string; readonly type?: string }[] | undefined
  readonly realm?: string | undefined
  readonly authmethods?: readonly string[] | undefined
  readonly authid?: string | undefined
  readonly authextra?: Dict | undefined
  readonly onchallenge?: Challenger | undefined
  /** -1: no limit. Default 15. */
  readonly max_retries?: number | undefined
  /** Default 1.5. */
  readonly initial_retry_delay?: number | undefined
  /** Default 300. */
  readonly max_retry_delay?: number | undefined
  /** Default 1.5. */
  readonly retry_delay_growth?: number | undefined
  /** The share by which a delay varies. Default 0.1. */
  readonly retry_delay_jitter?: number | undefined
  /** Whether to try again before a first connection was made. Default true. */
  readonly retry_if_unreachable?: boolean | undefined
  /** Gets what handlers, endpoints, `onopen` and `onclose` throw. Default: it is printed. */
  readonly on_user_error?: ((error: unknown, where?: string) => void) | undefined
  /** Gets what went wrong otherwise. Default: it is printed. */
  readonly on_internal_error?: ((error: unknown, where?: string) => void) | undefined
  /** Of the client, as in `openSession`. */
  readonly serializer?: ClientSerializer | undefined
  /** Taken and ignored: promises are the platform's. */
  readonly use_es6_promises?: boolean | undefined
}

const NAMES =
  'url:string transports:list realm:string authmethods:list authid:string authextra:dict onchallenge:function max_retries:integer initial_retry_delay:number max_retry_delay:number retry_delay_growth:number retry_delay_jitter:number retry_if_unreachable:boolean on_user_error:function on_internal_error:function serializer:object tls:object headers:object httpAgent:object use_es6_promises:boolean'

export interface TransportInfo {
  readonly type: 'websocket' | 'rawsocket' | 'none'
  readonly url: string | null
  readonly protocol: string | null
}
/** WELCOME.Details, and the connection. */
export type OpenDetails = Dict & { readonly transport: TransportInfo }
/** Why a session ended, and what follows. */
export interface CloseDetails {
  /** A URI; null where none was sent. */
  readonly reason: string | null
  readonly message: string | null
  /** Seconds; null: there is no next attempt. */
  readonly retry_delay: number | null
  readonly retry_count: number | null
  readonly will_retry: boolean
}

/**
 * Opens sessions as autobahn-js does: `onopen` gets each one, and `onclose` the end of each, or of an attempt. After `lost` and
 * `unreachable` it tries again unless `onclose` returns true. What a program subscribes and registers in `onopen` is so in every session.
 *
 * @example
 * import { Connection } from '@trunkline/client/autobahn'
 *
 * const connection = new Connection({ url: 'ws://127.0.0.1:8080/ws', realm: 'realm1' })
 * connection.onopen = async (session) => {
 *   console.log(await session.call('com.example.add', [2, 3])) // 5
 *   connection.close()
 * }
 * connection.onclose = (reason) => console.log(reason) // closed
 * connection.open()
 */
export class Connection {
  onopen: ((session: Session, details: OpenDetails) => unknown) | undefined
  onclose: ((reason: 'closed' | 'lost' | 'unreachable', details: CloseDetails) => unknown) | undefined
  readonly #options: ConnectionOptions
  readonly #urls: readonly string[]
  #session: Session | undefined
  #opening: AbortController | undefined
  #cancelTimer: (() => void) | undefined
  #mayRetry = false
  #wasOpen = false
  #retries = 0
  #delay = 0
  #turn = 0

  /** @throws {UsageError} for options that cannot work */
  constructor(options: ConnectionOptions) {
    checkNamed('options', options, NAMES)
    this.#options = options
    this.#urls = options.url === undefined ? (options.transports ?? []).map(urlOf) : [options.url]
    if (this.#urls.length === 0) throw new UsageError('one of url and transports')
  }

  /** The session, or null while there is none. */
  get session(): Session | null {
    return this.#session ?? null
  }

  get isOpen(): boolean {
    return this.#session?.isOpen === true
  }

  /** Whether it is connected or connecting. */
  get isConnected(): boolean {
    return this.isOpen || this.#opening !== undefined
  }

  /** Whether it waits for the next attempt. */
  get isRetrying(): boolean {
    return this.#cancelTimer !== undefined
  }

  /** @throws {UsageError} when it is open or opening */
  open(): void {
    if (this.isConnected || this.isRetrying) throw new UsageError('connection already open (or opening)')
    this.#mayRetry = true
    this.#resetDelay()
    void this.#attempt()
  }

  /**
   * Leaves the realm, or ends the attempts.
   * @throws {UsageError} when it is closed already
   */
  close(reason?: string, message?: string): void {
    if (!this.isConnected && !this.isRetrying) throw new UsageError('connection already closed')
    this.#mayRetry = false
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    this.#opening?.abort(new ConnectError('TL_CONNECT_FAILED', 'closed'))
    if (this.isOpen) void this.#session?.leave(reason, message)
  }

  async #attempt(): Promise<void> {
    this.#cancelTimer = undefined
    const url = this.#urls[this.#turn++ % this.#urls.length] ?? ''
    const session = new Session()
    try {
      const opened = await this.#openSession(url, session)
      this.#opening = undefined
      this.#resetDelay()
      this.#wasOpen = true
      this.#session = session
      this.#told('onopen', () => this.onopen?.(session, { ...opened.details, transport: transportOf(url, this.#options) }))
      const { wasClean, by, reason, message } = await opened.closed
      // Who left the realm does not come back; who lost the connection does.
      if (wasClean || by !== 'connection') this.#mayRetry = false
      this.#closed(this.#mayRetry ? 'lost' : 'closed', this.#mayRetry ? undefined : { reason, message })
    } catch (error) {
      this.#opening = undefined
      this.#failed(error)
    }
  }

  #openSession(url: string, session: Session): Promise<client.Session> {
    const { realm, authmethods, authid, authextra, onchallenge, serializer = json(), tls, headers, httpAgent } = this.#options
    const onChallenge =
      onchallenge &&
      (async ({ method, extra }: { readonly method: string; readonly extra: Dict }): Promise<ChallengeAnswer> => {
        const answer = await onchallenge(session, method, extra)
        return typeof answer === 'string' ? answer : { signature: answer[0], extra: answer[1] }
      })
    const opening = openWithin(
      { realm, authmethods, authid, authextra, onChallenge, calls: calls(), onError: this.#onError },
      (signal) => openTransport(url, { serializer, signal, tls, headers, httpAgent }),
      (this.#opening = new AbortController()),
    )
    return opening.then((opened) => {
      session.opened(opened)
      return opened
    })
  }

  #failed(error: unknown): void {
    if (error instanceof ConnectError && error.code === 'TL_CONNECT_REFUSED') {
      this.#mayRetry = false
      return this.#closed('closed', { reason: error.reason ?? null, message: String(error.details['message'] ?? '') })
    }
    if (!(error instanceof ConnectError)) {
      this.#mayRetry = false
      this.#report(error, 'open', false)
    }
    if (!this.#wasOpen && this.#options.retry_if_unreachable === false) this.#mayRetry = false
    this.#closed(this.#wasOpen ? 'lost' : 'unreachable')
  }

  #closed(
    reason: 'closed' | 'lost' | 'unreachable',
    info?: { readonly reason: string | null; readonly message?: string | undefined | null },
  ): void {
    const { max_retries: most = 15 } = this.#options
    const willRetry = this.#mayRetry && (most === -1 || this.#retries < most)
    const delay = this.#nextDelay()
    this.#session = undefined
    const details: CloseDetails = {
      reason: info?.reason ?? null,
      message: info?.message ?? null,
      retry_delay: willRetry ? delay : null,
      retry_count: willRetry ? this.#retries : null,
      will_retry: willRetry,
    }
    const isStopped = this.#told('onclose', () => this.onclose?.(reason, details)) === true
    // `onclose` may have opened or closed it.
    if (!willRetry || isStopped || !this.#mayRetry || this.isConnected) return
    this.#cancelTimer = systemClock.setTimer(() => void this.#attempt(), delay * 1000)
  }

  #resetDelay(): void {
    this.#retries = 0
    this.#delay = this.#options.initial_retry_delay ?? 1.5
  }

  /** Counts an attempt; the seconds to wait before it. */
  #nextDelay(): number {
    const { max_retry_delay: most = 300, retry_delay_growth: growth = 1.5, retry_delay_jitter: jitter = 0.1 } = this.#options
    const delay = Math.min(most, Math.max(0, this.#delay * (1 + jitter * (2 * Math.random() - 1))))
    this.#retries++
    this.#delay = Math.min(most, this.#delay * (growth || 1))
    return delay
  }

  /** Calls a function of the program. */
  #told(where: string, tell: () => unknown): unknown {
    const failed = (error: unknown): void => this.#report(error, where, true)
    try {
      const outcome = tell()
      if (outcome instanceof Promise) outcome.catch(failed)
      return outcome
    } catch (error) {
      return failed(error)
    }
  }

  readonly #onError = (error: unknown, source: ErrorSource, { uri }: { readonly uri?: string | undefined }): void =>
    this.#report(error, uri ?? source, source === 'event_handler' || source === 'procedure')

  #report(error: unknown, where: string, isOfUser: boolean): void {
    const { on_user_error: onUser, on_internal_error: onInternal } = this.#options
    const report = isOfUser ? onUser : onInternal
    if (report !== undefined) report(error, where)
    // oxlint-disable-next-line no-console -- as autobahn-js does; without it the error would be lost
    else console.error(`${where}:`, error)
  }
}

function urlOf({ url, type = 'websocket' }: { readonly url: string; readonly type?: string }): string {
  check('url', url, 'string')
  if (type !== 'websocket' && type !== 'rawsocket') throw new UsageError(`transports: ${type} has no counterpart here; use websocket`)
  return url
}

function transportOf(url: string, { serializer }: ConnectionOptions): TransportInfo {
  return { type: url.startsWith('ws') ? 'websocket' : 'rawsocket', url, protocol: serializer?.subprotocol ?? 'wamp.2.json' }
}
