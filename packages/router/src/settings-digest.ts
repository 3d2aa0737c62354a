// A digest of what a realm's options mean for its clients, by which nodes find out that they serve it by different settings. Nothing
// secret goes into it: who may log in does, but not by what.

import { createHmac } from 'node:crypto'
import type { AuthenticationOptions, CookieOptions, JwtOptions, UserOptions } from './authentication/options.ts'
import { DEFAULT_REALM_SETTINGS } from './core/index.ts'
import { loginsOf } from './realm-entry.ts'
import type { RealmOptions } from './router-options.ts'

/** Hexadecimal digits. */
const LENGTH = 16

/**
 * 16 hexadecimal digits: the same for options that mean the same, in whatever order their keys are.
 * @param key known to the nodes of the cluster only
 */
export function settingsDigest(options: RealmOptions, key: string): string {
  const { anonymousRole: _, authentication: _1, authenticate, authorizer, limits, ...rest } = options
  const settings = {
    ...DEFAULT_REALM_SETTINGS,
    ...rest,
    limits: { ...DEFAULT_REALM_SETTINGS.limits, ...limits },
    logins: withoutSecrets(loginsOf(options)),
    // What functions of the embedding program do is not known.
    hasAuthenticate: authenticate !== undefined,
    hasAuthorizer: authorizer !== undefined,
  }
  return createHmac('sha256', key).update(JSON.stringify(settings, inOrder)).digest('hex').slice(0, LENGTH)
}

function withoutSecrets({ users = {}, jwt, cookie, routerKey: _, loginSecret: _1, ...rest }: AuthenticationOptions): object {
  return {
    ...rest,
    users: Object.fromEntries(Object.entries(users).map(([authid, user]) => [authid, userWithoutSecrets(user)])),
    jwt: jwt && jwtWithoutSecrets(jwt),
    cookie: cookie && cookieWithoutSecrets(cookie),
  }
}

/** The methods that a user may choose stay. */
function userWithoutSecrets({ role, realm, extra: _, ...methods }: UserOptions): object {
  const given = Object.entries(methods).filter(([, options]) => options !== undefined)
  return { role, realm, methods: given.map(([method]) => method).toSorted() }
}

function jwtWithoutSecrets({ keys = [], jwks: _, ...rest }: JwtOptions): object {
  return { ...rest, kids: keys.map(({ kid }) => kid ?? '') }
}

/** The users of cookies stay, but for the digests by which they are recognized. */
function cookieWithoutSecrets({ static: users = {}, issued, ...rest }: CookieOptions): object {
  const { file: _, ...issuing } = issued ?? {}
  const known = Object.values(users).map((user) => JSON.stringify(user, inOrder))
  return { ...rest, users: known.toSorted(), issued: issued && issuing }
}

/** The keys of a dict in order, and numbers that JSON does not have as text. */
function inOrder(_: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  // By entries, so that a key such as `__proto__` counts, too.
  return Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
}
