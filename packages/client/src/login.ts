// What logging in is to a client. Types only: what runs a login comes with its methods from `@trunkline/client/auth`, so
// that nobody loads what is not used.

import type { Dict } from '@trunkline/protocol'
import type { Challenge, ChallengeAnswer, OpeningOptions } from './opening.ts'
import type { Session } from './session.ts'
import type { ChannelBinding, ClientTransport } from './transports/transport.ts'

/** A way to log in, for any number of sessions. */
export interface AuthMethod {
  /** As the router knows it, for example `wampcra`. */
  readonly name: string
  /** Begins one login. */
  start(login: LoginStart): LoginAttempt | Promise<LoginAttempt>
  /** Runs a login by this and other methods. */
  readonly run: RunLogin
}

/**
 * Logs in by the methods of `auth`; `onChallenge` is asked about others. Resolves to a session whose router proved
 * itself where the method asks it to. In every other outcome the transport is closed.
 */
export type RunLogin = (transport: ClientTransport, options: LoginOptions) => Promise<Session>

/** What a session is opened with, and the ways to log in. */
export interface LoginOptions extends OpeningOptions {
  readonly auth?: AuthMethod | readonly AuthMethod[] | undefined
}

/** What is known before HELLO. */
export interface LoginStart {
  readonly authid: string | undefined
  /** What binds the login to its TLS connection; undefined where there is none. */
  channelBinding(type: ChannelBinding): Uint8Array | undefined
}

/** One login. */
export interface LoginAttempt {
  /** The authid for HELLO where the application gave none. */
  readonly authid?: string | undefined
  /** What the method has to say in HELLO. */
  readonly authextra?: Dict | undefined
  /** Answers a CHALLENGE; what it throws ends the login. */
  readonly answer: (challenge: Challenge) => ChallengeAnswer | Promise<ChallengeAnswer>
  /** Looks at the Details of WELCOME whether the router proved itself; what it throws ends the login. */
  readonly check?: ((welcome: Dict) => Promise<void>) | undefined
}
