// Records which clients were refused, which joined, and why sessions ended: in the log what an operator has to see, in the access
// log everything. Decides nothing, and writes no secret.

import type { AbortMessage } from '@trunkline/protocol'
import { uris } from '@trunkline/protocol'
import type { Access, Clock, Log, LogArea, LogFields, TransportInfo, Visit } from './core/ports/index.ts'
import type { Session } from './core/index.ts'

/** A connection that asks for a session or has one. */
export interface Visitor {
  readonly info: TransportInfo
  /** The open session; `wish` is what HELLO asked for, during the login. */
  readonly session: Session | undefined
  readonly wish: { readonly realm: string; readonly authid: string | undefined } | undefined
}

export class SessionJournal {
  readonly #log: Log
  readonly #access: Access | undefined
  readonly #clock: Clock
  /** When each session was opened; only for an access log. */
  readonly #opened = new WeakMap<Session, number>()

  constructor(log: Log, access: Access | undefined, clock: Clock) {
    this.#log = log
    this.#access = access
    this.#clock = clock
  }

  /** A client got ABORT instead of a session. */
  refused({ info, wish }: Visitor, { reason, details }: AbortMessage): void {
    if (reason === uris.SYSTEM_SHUTDOWN) return
    const who = { realm: wish?.realm, authid: wish?.authid }
    const { event, area } = REFUSALS[reason] ?? LOGIN_REFUSED
    this.#log.warn(event, { area, ...placeOf(info), ...who, reason, text: details['message'] })
    this.#access?.({ event: 'refused', ...who, ...visitOf(info), reason })
  }

  /** A session sent more messages than allowed, and is not read for a while. */
  throttled({ info, session }: Visitor): void {
    const who = { session: session?.id, ...placeOf(info), authid: session?.identity.authid }
    this.#log.warn('limit reached', { area: 'limits', ...who, limit: 'messages a second' })
  }

  /** A client has joined. */
  joined(session: Session, realm: string): void {
    if (session.isInternal) return
    if (this.#log.isLogged?.('debug', 'sessions') !== false) this.#log.debug('session joined', debugFields(session, realm))
    if (this.#access === undefined) return
    this.#opened.set(session, this.#clock.monotonic())
    this.#access({ event: 'joined', session: session.id, ...identityOf(session, realm), ...visitOf(session.transport) })
  }

  /**
   * A session has ended.
   * @param cause a word of {@link Ending}, or the reason of the router's GOODBYE
   */
  left(session: Session, realm: string, cause: string): void {
    if (session.isInternal) return
    if (!ORDINARY.has(cause)) {
      const { authid } = session.identity
      this.#log.warn('session ended', {
        area: 'sessions',
        session: session.id,
        ...placeOf(session.transport),
        realm,
        authid,
        reason: cause,
      })
    } else if (this.#log.isLogged?.('debug', 'sessions') !== false) {
      this.#log.debug('session left', { ...debugFields(session, realm), reason: cause })
    }
    if (this.#access === undefined) return
    const durationMs = Math.round(this.#clock.monotonic() - (this.#opened.get(session) ?? 0))
    const visit = { session: session.id, ...identityOf(session, realm), ...visitOf(session.transport) }
    this.#access({ event: 'left', ...visit, reason: cause, durationMs })
  }
}

interface Refusal {
  readonly event: string
  readonly area: LogArea
}

/** How a refusal is logged; all others are refused logins. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  [uris.NO_SUCH_REALM]: { event: 'realm refused', area: 'realms' },
  [uris.LIMIT_EXCEEDED]: { event: 'limit reached', area: 'limits' },
}
const LOGIN_REFUSED: Refusal = { event: 'login refused', area: 'logins' }

/** Causes that need no line in the log, or have one already. */
const ORDINARY: ReadonlySet<string> = new Set([
  'goodbye',
  'abort',
  'gone',
  'violation',
  'fault',
  uris.SYSTEM_SHUTDOWN,
  uris.CLOSE_REALM,
  uris.REPLACED,
])

function placeOf({ peer, address }: TransportInfo): Pick<TransportInfo, 'peer' | 'address'> {
  return { peer, address }
}

function visitOf({ kind, peer, address, userAgent }: TransportInfo): Pick<Visit, 'transport' | 'peer' | 'address' | 'userAgent'> {
  return { transport: kind, peer, address, userAgent }
}

function identityOf({ identity }: Session, realm: string): Pick<Visit, 'realm' | 'authid' | 'authrole' | 'authmethod'> {
  const { authid, authrole, authmethod } = identity
  return { realm, authid, authrole, authmethod }
}

function debugFields(session: Session, realm: string): LogFields {
  const { kind, userAgent } = session.transport
  return { area: 'sessions', session: session.id, ...placeOf(session.transport), ...identityOf(session, realm), transport: kind, userAgent }
}
