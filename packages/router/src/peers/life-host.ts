// What the life of a session needs from its router. Types only.

import type { AbortMessage, AuthenticationNext, Irregularities, JoinRequest, ProtocolError } from '@trunkline/protocol'
import type { Realm, Session } from '../core/index.ts'
import type { ReachedLimit, TransportInfo } from '../core/ports/index.ts'

/** Time limits, in milliseconds. */
export interface LifeLimits {
  /** From the opening of the transport to HELLO. */
  readonly helloMs: number
  /** From HELLO to the end of the login. */
  readonly loginMs: number
  /** For the answer to the router's GOODBYE. */
  readonly goodbyeMs: number
  /** For another HELLO on the same transport after a GOODBYE. */
  readonly reuseMs: number
}

/** The life of a peer's sessions, as the router sees it. */
export interface Life {
  readonly info: TransportInfo
  /** The open session. */
  readonly session: Session | undefined
  /** What the client asked for, during its login. */
  readonly wish: JoinRequest | undefined
  /** The method of the CHALLENGE that the client got during its login. */
  readonly challenged: string | undefined
  /** A time limit has passed. */
  expire(): void
  /** Reads again once another message is allowed; returns whether it does. */
  readAgain(now: number): boolean
}

/** What the life of a session needs from the router. */
export interface LifeHost {
  readonly agent: string
  readonly limits: LifeLimits
  authenticate(request: JoinRequest, info: TransportInfo, next: AuthenticationNext): void
  /** The realm, created on demand where that is allowed; undefined when no realm has that name. */
  realm(name: string): Realm | undefined
  /** The clock for durations. */
  now(): number
  /** Watches a connection that waits for its peer: calls `expire` once {@link now} has reached the time. */
  watch(life: Life, at: number): void
  /** The same for a date, in milliseconds since 1970. */
  watchDate(life: Life, at: number): void
  /** Ends both kinds of watch. */
  unwatch(life: Life): void
  /** Counts a session; returns the limit that it would exceed, if any. */
  enter(info: TransportInfo, realm: Realm): ReachedLimit | undefined
  /** Removes a session that was counted. */
  exit(info: TransportInfo): void
  /** Notes a connection that is not read for now: calls `readAgain` until that returns true. */
  throttle(life: Life): void
  unthrottle(life: Life): void
  /** A client got this in place of a session. */
  onRefused(life: Life, refusal: AbortMessage): void
  /** A session is open. */
  onJoined(session: Session, realm: string): void
  /** A session has ended; the cause is one word, or the reason of the router's GOODBYE. */
  onLeft(session: Session, realm: string, cause: string): void
  /** Logs one line about an input that was refused. */
  onViolation(life: Life, error: ProtocolError): void
  /** Counts gaps and disorder of request ids where a realm tolerates them. */
  readonly irregularIds: Irregularities
  /** A fault of the router itself. */
  onFault(life: Life, error: unknown): void
}
