// What the life of a session needs of its router. Types only.

import type { AbortMessage, AuthenticationNext, Irregularities, JoinRequest, ProtocolError } from '@trunkline/protocol'
import type { Realm, Session } from '../core/index.ts'
import type { ReachedLimit, TransportInfo } from '../core/ports/index.ts'

/** Limits of time, in milliseconds. */
export interface LifeLimits {
  /** From the opening of the transport to HELLO. */
  readonly helloMs: number
  /** From HELLO to the end of the login. */
  readonly loginMs: number
  /** For the answer to our GOODBYE. */
  readonly goodbyeMs: number
  /** For another HELLO on the same transport after a GOODBYE. */
  readonly reuseMs: number
}

/** The life of a peer's sessions, as the router sees it. */
export interface Life {
  readonly info: TransportInfo
  /** The session that is open. */
  readonly session: Session | undefined
  /** What the client asked for, while it logs in. */
  readonly wish: JoinRequest | undefined
  /** A limit of time has passed. */
  expire(): void
  /** Reads again once another message may come; answers whether it does. */
  readAgain(now: number): boolean
}

/** What the life of a session needs of the router. */
export interface LifeHost {
  readonly agent: string
  readonly limits: LifeLimits
  authenticate(request: JoinRequest, info: TransportInfo, next: AuthenticationNext): void
  /** The realm, made on demand where that is allowed; undefined when there is none of that name. */
  realm(name: string): Realm | undefined
  /** The clock for durations. */
  now(): number
  /** A connection that waits for its peer: `expire` is called once the time of {@link now} has come. */
  watch(life: Life, at: number): void
  /** The same for a date, in milliseconds since 1970. */
  watchDate(life: Life, at: number): void
  /** Watches neither any more. */
  unwatch(life: Life): void
  /** Counts a session in; answers the limit that stands against it, if any. */
  enter(info: TransportInfo, realm: Realm): ReachedLimit | undefined
  /** Counts a session out that was counted in. */
  exit(info: TransportInfo): void
  /** A connection that is not read for now: `readAgain` is called until it says yes. */
  throttle(life: Life): void
  unthrottle(life: Life): void
  /** A client got this in place of a session. */
  onRefused(life: Life, refusal: AbortMessage): void
  /** A session is open. */
  onJoined(session: Session, realm: string): void
  /** A session is over: a word, or the reason of our GOODBYE. */
  onLeft(session: Session, realm: string, cause: string): void
  /** One line about an input that was refused. */
  onViolation(life: Life, error: ProtocolError): void
  /** Counts gaps and disorder of request ids that a realm lets pass. */
  readonly irregularIds: Irregularities
  /** A fault of our own. */
  onFault(life: Life, error: unknown): void
}
