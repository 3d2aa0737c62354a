// What a method of authentication is, and what it is told of a client that logs in. Decides nothing.

import type { AuthenticationNext, AuthenticationStep, Dict, JoinRequest } from '@trunkline/protocol'
import { uris } from '@trunkline/protocol'
import type { TransportInfo } from '../core/ports/index.ts'
import type { User } from './credentials.ts'

/** A client that logs in. */
export interface Login {
  readonly request: JoinRequest
  readonly info: TransportInfo
  /** The id that its session will have. */
  readonly session: number
  /** Who it says to be; undefined when it named nobody who is known here. */
  readonly principal: Principal | undefined
  /** The user of another spelling of the name. */
  readonly named: (authid: string) => Principal | undefined
  /** Somebody of that name who does not exist; after one of the models, where there are any to choose from. */
  readonly madeUp: (authid: string, models?: readonly User[]) => Principal | undefined
}

/**
 * Whether a method takes a login on.
 * - `begun`: it does, and says what comes of it.
 * - `unable`: it has no way for this client; another method may.
 * - `unknown`: it would have one, but what the client showed is nobody's here; another method may try.
 */
export type Begun = 'begun' | 'unable' | 'unknown'

/** The user that a client names, or somebody made up in place of one that does not exist. */
export interface Principal {
  readonly authid: string
  readonly user: User
  /** There is no such user: all is done as for `user`, and no answer is right. */
  readonly isMadeUp: boolean
  /** For made-up users: text of this length that is always the same for the same name and method, and another for another method. */
  readonly salt: (method: string, length: number) => string
}

/** One method. */
export interface Method {
  /** As clients name it. */
  readonly name: string
  /** Who can log in by it under a name: the models for made-up users. */
  readonly users?: readonly User[]
  /** Whether clients of this connection have it; absent: all do. */
  isOpen?(info: TransportInfo): boolean
  begin(login: Login, next: AuthenticationNext): Begun
}

/** Letting a user in. */
export function admit(login: Login, user: User, authmethod: string, authextra?: Dict): AuthenticationStep {
  const extra = user.options.extra === undefined && authextra === undefined ? undefined : { ...user.options.extra, ...authextra }
  const identity = { authid: user.authid, authrole: user.options.role, authmethod, authprovider: user.provider }
  return { accept: extra === undefined ? identity : { ...identity, authextra: extra }, session: login.session, realm: user.options.realm }
}

/** Wrong credentials, in words that tell nothing. */
export const DENIED: AuthenticationStep = { deny: uris.AUTHENTICATION_DENIED, message: 'the login was refused' }
/** The authenticator itself failed (fail secure). */
export const FAILED: AuthenticationStep = { deny: uris.AUTHENTICATION_FAILED, message: 'the login could not be judged' }
