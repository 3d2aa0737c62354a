// What a method of authentication is to a client, and what HELLO says of those that are offered. Knows no method: they
// come from `@trunkline/client/auth`, so that nobody loads those that are not used.

import type { Dict } from '@trunkline/protocol'
import type { ChannelBinding } from './transports/transport.ts'

/** What the router asks of a client that logs in. */
export interface Challenge {
  /** The authentication method that the router chose. */
  readonly method: string
  readonly extra: Dict
}

/** The answer to a challenge: the signature, with the Extra of AUTHENTICATE if there is one. */
export type ChallengeAnswer = string | { readonly signature: string; readonly extra?: Dict }

/** A way to log in, for any number of sessions. */
export interface AuthMethod {
  /** As the router knows it, for example `wampcra`. */
  readonly name: string
  /** Begins one login. */
  start(login: LoginStart): LoginAttempt | Promise<LoginAttempt>
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

/** Begins a login by each method, and puts what they say into the Details of HELLO. */
export async function startLogin(
  auth: AuthMethod | readonly AuthMethod[] | undefined,
  details: Dict,
  transport: { channelBinding?(type: ChannelBinding): Uint8Array | undefined },
): Promise<{ details: Dict; attempts: ReadonlyMap<string, LoginAttempt> }> {
  const attempts = new Map<string, LoginAttempt>()
  if (auth === undefined) return { details, attempts }
  const start: LoginStart = {
    authid: details['authid'] as string | undefined,
    channelBinding: (type) => transport.channelBinding?.(type),
  }
  let said = {}
  let authid = start.authid
  for (const method of 'start' in auth ? [auth] : auth) {
    const attempt = await method.start(start)
    attempts.set(method.name, attempt)
    said = { ...said, ...attempt.authextra }
    authid ??= attempt.authid
  }
  const authextra = { ...said, ...(details['authextra'] as Dict | undefined) }
  const authmethods = [...attempts.keys(), ...((details['authmethods'] as string[] | undefined) ?? [])]
  return { attempts, details: { ...details, authmethods, ...(authid === undefined ? {} : { authid }), ...hasKeys({ authextra }) } }
}

function hasKeys({ authextra }: { authextra: Dict }): Dict {
  return Object.keys(authextra).length === 0 ? {} : { authextra }
}
