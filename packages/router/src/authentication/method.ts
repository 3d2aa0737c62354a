// The interface of an authentication method, and what it learns of a client that logs in. Decides nothing.

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
  /** The user that it names; undefined when it names none that is known here. */
  readonly principal: Principal | undefined
  /** The user of another spelling of the name. */
  readonly named: (authid: string) => Principal | undefined
  /** A made-up user of that name, modelled on one of the models where there are any. */
  readonly madeUp: (authid: string, models?: readonly User[]) => Principal | undefined
}

/**
 * Whether a method takes a login.
 * - `begun`: it does, and reports the result.
 * - `unable`: it does not work for this client; another method may.
 * - `unknown`: it would work, but what the client sent belongs to no user here; another method may try.
 */
export type Begun = 'begun' | 'unable' | 'unknown'

/** The user that a client names, or a made-up user in place of one that does not exist. */
export interface Principal {
  readonly authid: string
  readonly user: User
  /** There is no such user: every step is as for `user`, and no answer is right. */
  readonly isMadeUp: boolean
  /** For made-up users: a text of this length, always the same for one name and method, and different for other methods. */
  readonly salt: (method: string, length: number) => string
}

/** An authentication method. */
export interface Method {
  /** Its name in HELLO. */
  readonly name: string
  /** The users that can log in with it by name: the models for made-up users. */
  readonly users?: readonly User[]
  /** Whether it is available on this connection. Absent: on all. */
  isOpen?(info: TransportInfo): boolean
  begin(login: Login, next: AuthenticationNext): Begun
}

/** The step that accepts a user. */
export function admit(login: Login, user: User, authmethod: string, authextra?: Dict): AuthenticationStep {
  const extra = user.options.extra === undefined && authextra === undefined ? undefined : { ...user.options.extra, ...authextra }
  const identity = { authid: user.authid, authrole: user.options.role, authmethod, authprovider: user.provider }
  return { accept: extra === undefined ? identity : { ...identity, authextra: extra }, session: login.session, realm: user.options.realm }
}

/** Wrong credentials, in a text that reveals nothing. */
export const DENIED: AuthenticationStep = { deny: uris.AUTHENTICATION_DENIED, message: 'the login was refused' }
/** The authenticator itself failed (fail secure). */
export const FAILED: AuthenticationStep = { deny: uris.AUTHENTICATION_FAILED, message: 'the login could not be judged' }
