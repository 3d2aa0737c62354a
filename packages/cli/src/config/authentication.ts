// The logins of a realm, from a checked document to the router's options.

import type {
  AuthenticationOptions,
  CookieOptions,
  CraOptions,
  DynamicAuthenticatorOptions,
  JwtKey,
  JwtOptions,
  RealmOptions,
  ScramOptions,
  UserOptions,
} from '@trunkline/router'
import { childPath } from './check.ts'
import { didYouMean } from '../nearest.ts'
import type { ConfigReader } from './reader.ts'
import type { RealmDocument, UserDocument } from './schema.ts'

/** A realm with its path in the document, and all realms. */
export interface RealmPlace {
  readonly realm: RealmDocument
  readonly path: string
  readonly realms: Readonly<Record<string, RealmDocument>>
}

/** Reads the logins of a realm. */
export function readAuthentication({ realm, path, realms }: RealmPlace, reader: ConfigReader): Pick<RealmOptions, 'authentication'> {
  const { anonymous, users = {}, jwt, cookie, dynamicAuthenticators, loginSecret, plainTickets, routerKey } = realm
  if (anonymous !== undefined) checkRole(anonymous.role, `${path}.anonymous.role`, { realm, path }, reader)
  const authentication: AuthenticationOptions = {
    anonymous,
    users: Object.fromEntries(
      Object.entries(users).map(([authid, user]) => {
        const at = childPath(`${path}.users`, authid)
        checkUser(user, { realm, path, realms }, at, reader)
        return [authid, readUser(user, at, reader)]
      }),
    ),
    jwt: jwt === undefined ? undefined : readJwt(jwt, realm, path, reader),
    cookie: cookie === undefined ? undefined : readCookie(cookie, { realm, path, realms }, reader),
    dynamic: dynamicAuthenticators?.map((each, i) => readDynamic(each, `${path}.dynamicAuthenticators[${i}]`, realms, reader)),
    loginSecret,
    plainTickets,
    routerKey,
  }
  return { authentication }
}

function readUser(user: UserDocument, path: string, reader: ConfigReader): UserOptions {
  const { role, realm, ticket, wampcra, scram, cryptosign, tls, extra } = user
  if (!METHODS.some((method) => user[method] !== undefined)) reader.report(path, `needs at least one login method: ${METHODS.join(', ')}`)
  if (scram?.kdf === 'argon2id13' && scram.memory === undefined) reader.report(`${path}.scram`, "'argon2id13' needs 'memory' beside it")
  return {
    role,
    realm,
    ticket,
    wampcra: wampcra === undefined ? undefined : craOf(wampcra),
    scram: scram === undefined ? undefined : scramOf(scram),
    cryptosign,
    tls,
    extra,
  }
}

/** Reads one of three forms; the schema has checked that it is complete. */
function craOf({ secret, password, key = '', ...cost }: NonNullable<UserDocument['wampcra']>): CraOptions {
  const { salt = '', iterations, keylen } = cost
  if (secret !== undefined) return { secret }
  if (password !== undefined) return { password, salt, iterations, keylen }
  return { key, salt, iterations: iterations ?? 0, keylen: keylen ?? 0 }
}

function scramOf({ password, storedKey = '', serverKey = '', ...cost }: NonNullable<UserDocument['scram']>): ScramOptions {
  return password === undefined ? { ...cost, storedKey, serverKey } : { ...cost, password }
}

function readJwt(jwt: NonNullable<RealmDocument['jwt']>, realm: RealmDocument, path: string, reader: ConfigReader): JwtOptions {
  const { keys, tolerance, ...rest } = jwt
  if (rest.role !== undefined) checkRole(rest.role, `${path}.jwt.role`, { realm, path }, reader)
  return {
    ...rest,
    keys: keys?.map((key, i) => readKey(key, `${path}.jwt.keys[${i}]`, reader)),
    toleranceSeconds: tolerance === undefined ? undefined : tolerance / 1_000,
  }
}

/** Reads a key file here, so that it is checked, relative to the configuration, and watched. */
function readKey(key: NonNullable<NonNullable<RealmDocument['jwt']>['keys']>[number], path: string, reader: ConfigReader): JwtKey {
  const { kid, secret, pem, jwk, file } = key
  const text = reader.file(file, `${path}.file`)?.toString('utf8').trim()
  if (secret !== undefined) return { kid, secret }
  if (jwk !== undefined) return { kid, jwk }
  if (text?.startsWith('{') !== true) return { kid, pem: pem ?? text ?? '' }
  try {
    return { kid, jwk: JSON.parse(text) as Record<string, unknown> }
  } catch {
    reader.report(`${path}.file`, 'holds no JSON') // The parser's message quotes the key.
    return { kid, pem: '' }
  }
}

function readCookie(cookie: NonNullable<RealmDocument['cookie']>, place: RealmPlace, reader: ConfigReader): CookieOptions {
  const { path, realms } = place
  for (const [sum, user] of Object.entries(cookie.static ?? {})) checkUser(user, place, childPath(`${path}.cookie.static`, sum), reader)
  checkRealms(cookie.assigns, `${path}.cookie.assigns`, realms, reader)
  const { issued, ...rest } = cookie
  if (issued === undefined && (cookie.static ?? cookie.procedure) === undefined) {
    reader.report(`${path}.cookie`, "expected 'static', 'procedure' or 'issued', which say who has a cookie")
  }
  if (issued === undefined) return rest
  if ((cookie.static ?? cookie.procedure) !== undefined) {
    reader.report(`${path}.cookie.issued`, "cannot be combined with 'static' or 'procedure'")
  }
  const { age, sameSite, most, file } = issued
  return { ...rest, issued: { ageMs: age, sameSite, most, file: file === undefined ? undefined : reader.pathOf(file) } }
}

type DynamicDocument = NonNullable<RealmDocument['dynamicAuthenticators']>[number]

function readDynamic(
  { deadline, ...rest }: DynamicDocument,
  path: string,
  realms: RealmPlace['realms'],
  reader: ConfigReader,
): DynamicAuthenticatorOptions {
  checkRealms(rest.assigns, `${path}.assigns`, realms, reader)
  return { ...rest, deadlineMs: deadline }
}

/** The text of a mistake: there is no realm of that name. */
export function noRealm(name: string, realms: RealmPlace['realms']): string {
  return `there is no such realm in realms${didYouMean(name, Object.keys(realms))}`
}

/** Reports names of realms that do not exist. */
export function checkRealms(names: readonly string[] = [], at: string, realms: RealmPlace['realms'], reader: ConfigReader): void {
  for (const [i, name] of names.entries()) if (!Object.hasOwn(realms, name)) reader.report(`${at}[${i}]`, noRealm(name, realms))
}

/** Checks that a user's role is one of the realm that the user joins. */
function checkUser(user: { readonly role: string; readonly realm?: string }, place: RealmPlace, at: string, reader: ConfigReader): void {
  if (user.realm === undefined) return checkRole(user.role, `${at}.role`, place, reader)
  const joined = Object.hasOwn(place.realms, user.realm) ? place.realms[user.realm] : undefined
  if (joined === undefined) reader.report(`${at}.realm`, noRealm(user.realm, place.realms))
  else checkRole(user.role, `${at}.role`, { realm: joined, path: childPath('realms', user.realm) }, reader)
}

/** Whether a realm has a role. */
export function hasRole({ roles = {}, authorizer, authorizers = {} }: RealmDocument, role: string): boolean {
  // An authorizer of the whole realm decides for roles of any name.
  return authorizer !== undefined || Object.hasOwn(roles, role) || Object.hasOwn(authorizers, role)
}

function checkRole(role: string, at: string, { realm, path }: Pick<RealmPlace, 'realm' | 'path'>, reader: ConfigReader): void {
  if (!hasRole(realm, role)) reader.report(at, `there is no such role in ${path}.roles${didYouMean(role, Object.keys(realm.roles ?? {}))}`)
}

const METHODS = ['ticket', 'wampcra', 'scram', 'cryptosign', 'tls'] as const
