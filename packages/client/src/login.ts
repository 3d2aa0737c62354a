// The types of logins. The code is in `@trunkline/client/auth`, so that only bundles that
// use it load it.

import type { Dict } from '@trunkline/protocol'
import type { Challenge, ChallengeAnswer, OpeningOptions } from './opening.ts'
import type { Session } from './session.ts'
import type { ChannelBinding, ClientTransport } from './transports/transport.ts'

/** A way to log in, for any number of sessions. */
export interface AuthMethod {
  /** The name for the router, for example `wampcra`. */
  readonly name: string
  /** Begins one login. */
  start(login: LoginStart): LoginAttempt | Promise<LoginAttempt>
  /** Runs a login by this and other methods. */
  readonly run: RunLogin
}

/**
 * Logs in by the methods of `auth`; `onChallenge` answers for others. Resolves to a session whose router has proved its
 * identity if the method requires that. In every other outcome the transport is closed.
 */
export type RunLogin = (transport: ClientTransport, options: LoginOptions) => Promise<Session>

/** The options of an opening, and the methods to log in. */
export interface LoginOptions extends OpeningOptions {
  readonly auth?: AuthMethod | readonly AuthMethod[] | undefined
}

/** The facts known before HELLO. */
export interface LoginStart {
  readonly authid: string | undefined
  /** The channel binding of the TLS connection; undefined without one. */
  channelBinding(type: ChannelBinding): Uint8Array | undefined
}

/** One login. */
export interface LoginAttempt {
  /** The authid for HELLO where the application gave none. */
  readonly authid?: string | undefined
  /** The authextra of the method for HELLO. */
  readonly authextra?: Dict | undefined
  /** Answers a CHALLENGE; an exception ends the login. */
  readonly answer: (challenge: Challenge) => ChallengeAnswer | Promise<ChallengeAnswer>
  /** Checks the router's proof in the Details of WELCOME; an exception ends the login. */
  readonly check?: ((welcome: Dict) => Promise<void>) | undefined
}
