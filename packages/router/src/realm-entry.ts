// One realm with what decides about its logins, and whom these let in or let stay. Changes nothing.

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
  /** The secret behind what names that do not exist are shown. */
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

/** The ways to log in, with the shorthand written out. */
export function loginsOf({ anonymousRole, authentication }: RealmOptions): AuthenticationOptions {
  return { anonymous: anonymousRole === undefined ? undefined : { role: anonymousRole }, ...authentication }
}

/** Whether a listener lets clients into a realm. */
export function isRealmOpen(logins: ListenerLogins | undefined, realm: string): boolean {
  return logins?.realms?.includes(realm) ?? true
}

/** A request with only those methods that the listener has. */
export function withMethodsOf(logins: ListenerLogins | undefined, request: JoinRequest): JoinRequest {
  const { methods } = logins ?? {}
  return methods === undefined ? request : { ...request, authmethods: request.authmethods.filter((name) => methods.includes(name)) }
}

/** Whether a listener lets somebody in whom a realm has let in. */
export function maySessionEnter(logins: ListenerLogins | undefined, realm: string, { authmethod, authrole }: Identity): boolean {
  return isRealmOpen(logins, realm) && (logins?.methods?.includes(authmethod) ?? true) && (logins?.roles?.includes(authrole) ?? true)
}

/** Refuses a role that the realm does not have (specification: "Predefined URIs", no_such_role), be it given or wished for. */
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
 * Whether a session would still be let in, as far as its identity tells.
 * @param own the realm that it is in
 * @param login the realm whose logins let it in; undefined when that is gone
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
