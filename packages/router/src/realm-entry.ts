// One realm with its authorizer and authenticator, and which sessions may enter or stay. Changes nothing.

import type { AuthenticationStep, Identity, JoinRequest } from '@trunkline/protocol'
import { uris } from '@trunkline/protocol'
import type { Authenticator } from './authentication/authenticator.ts'
import type { AuthenticationOptions } from './authentication/options.ts'
import type { Authorizer, ListenerLogins } from './core/ports/index.ts'
import type { Realm, Session } from './core/index.ts'
import type { RealmOptions } from './router-options.ts'

export interface RealmEntry {
  readonly realm: Realm
  readonly options: RealmOptions
  readonly authorizer: Authorizer
  readonly authenticator: Authenticator
  /** The secret from which the challenges for unknown names are derived. */
  readonly loginKey: Uint8Array
  /** The roles that exist; undefined where an authorizer knows them. */
  readonly roles: ReadonlySet<string> | undefined
}

/** The roles that exist; undefined where an authorizer knows them. */
export function rolesThatExist(options: RealmOptions): ReadonlySet<string> | undefined {
  const { roles = {}, authorizer, dynamicAuthorizer, dynamicAuthorizers = {} } = options
  if (authorizer !== undefined || dynamicAuthorizer !== undefined) return undefined
  return new Set([...Object.keys(roles), ...Object.keys(dynamicAuthorizers)])
}

/** The login options, with the shorthand `anonymousRole` written out. */
export function loginsOf({ anonymousRole, authentication }: RealmOptions): AuthenticationOptions {
  return { anonymous: anonymousRole === undefined ? undefined : { role: anonymousRole }, ...authentication }
}

/** Whether a listener gives access to a realm. */
export function isRealmOpen(logins: ListenerLogins | undefined, realm: string): boolean {
  return logins?.realms?.includes(realm) ?? true
}

/** A request with only the methods that the listener allows. */
export function withMethodsOf(logins: ListenerLogins | undefined, request: JoinRequest): JoinRequest {
  const { methods } = logins ?? {}
  return methods === undefined ? request : { ...request, authmethods: request.authmethods.filter((name) => methods.includes(name)) }
}

/** Whether a listener accepts an identity that a realm has accepted. */
export function maySessionEnter(logins: ListenerLogins | undefined, realm: string, { authmethod, authrole }: Identity): boolean {
  return isRealmOpen(logins, realm) && (logins?.methods?.includes(authmethod) ?? true) && (logins?.roles?.includes(authrole) ?? true)
}

/** Refuses a role that the realm does not have, whether assigned or requested (specification: "Predefined URIs", no_such_role). */
export function missingRole(
  { roles }: RealmEntry,
  { authrole: wanted }: JoinRequest,
  { authmethod, authrole }: Identity,
): AuthenticationStep | undefined {
  const named = [authrole, authmethod === 'anonymous' ? undefined : wanted]
  const missing = named.find((role) => role !== undefined && roles?.has(role) === false)
  return missing === undefined ? undefined : { deny: uris.NO_SUCH_ROLE, message: `the realm has no role '${missing}'` }
}

/**
 * Whether a session would still be accepted, as far as its identity shows.
 * @param own the realm of the session
 * @param login the realm whose logins accepted it; undefined when that realm was removed
 */
export function maySessionStay(own: RealmEntry, login: RealmEntry | undefined, session: Session): boolean {
  const { authid, authmethod, authprovider, authrole } = session.identity
  if (own.roles?.has(authrole) === false || login === undefined) return false
  const { options, realm } = login
  if (options.authenticate !== undefined || authprovider !== 'static') return true
  const { anonymous, users = {}, cookie } = loginsOf(options)
  if (authmethod === 'anonymous') return (session.transport.logins?.anonymous ?? anonymous)?.role === authrole
  const byCookie = authmethod === 'cookie' ? Object.values(cookie?.static ?? {}).filter((user) => user.authid === authid) : []
  const isNamed = Object.hasOwn(users, authid) && (authmethod !== 'cookie' || cookie?.issued !== undefined)
  const known = [...byCookie, ...(isNamed ? [users[authid]] : [])]
  return known.some((user) => user?.role === authrole && (user.realm ?? realm.name) === own.realm.name)
}
