// The options of a realm: what contradicts itself, what differs after a change, and what the realm itself is given.

import { isDeepStrictEqual } from 'node:util'
import { UsageError } from '@trunkline/protocol'
import { rolesOf } from './authentication/authenticator.ts'
import type { CompiledSettings } from './core/index.ts'
import { compileSettings, DEFAULT_REALM_SETTINGS } from './core/index.ts'
import { loginsOf } from './realm-entry.ts'
import type { RealmOptions, RouterOptions } from './router-options.ts'

/** The options that make the authorizer. */
export const JUDGING: readonly (keyof RealmOptions)[] = ['roles', 'authorizer', 'dynamicAuthorizer', 'dynamicAuthorizers']
/** The options that make the authenticator. */
export const ADMITTING: readonly (keyof RealmOptions)[] = ['anonymousRole', 'authentication', ...JUDGING]
/** Options that are equal only if they are the same object. */
const OPAQUE: readonly (keyof RealmOptions)[] = ['authorizer', 'authenticate']

/** The options that differ. */
export function differences(before: RealmOptions, after: RealmOptions): (keyof RealmOptions)[] {
  const options = new Set([...Object.keys(before), ...Object.keys(after)] as (keyof RealmOptions)[])
  // Two authorizers may be different although their public fields are equal.
  const isSame = (a: unknown, b: unknown, option: keyof RealmOptions): boolean =>
    OPAQUE.includes(option) ? a === b : isDeepStrictEqual(a, b)
  return [...options].filter((option) => !isSame(before[option], after[option], option))
}

/** The changed options that a realm reads only once. */
export function needRestart({ limits: before }: RealmOptions, { limits: after }: RealmOptions): string[] {
  return before?.wildcardNodes === after?.wildcardNodes ? [] : ['limits.wildcardNodes']
}

/** @throws {UsageError} when a login or a rule of the realm contradicts its roles */
export function checkRoles(name: string, options: RealmOptions): void {
  const { roles = {}, authorizer, dynamicAuthorizer, dynamicAuthorizers = {}, allowsDisclosure } = options
  if (authorizer !== undefined && (dynamicAuthorizer ?? options.dynamicAuthorizers) !== undefined) {
    throw new UsageError(`realm '${name}': authorizer and dynamicAuthorizer cannot be combined`, 'TL_REALM')
  }
  const twice = Object.keys(dynamicAuthorizers).find((role) => Object.hasOwn(roles, role))
  if (twice !== undefined) throw new UsageError(`realm '${name}': role '${twice}' has both rules and an authorizer`, 'TL_REALM')
  const hasAnyRole = authorizer !== undefined || dynamicAuthorizer !== undefined
  for (const [what, role] of rolesOf(name, loginsOf(options))) {
    if (hasAnyRole || Object.hasOwn(roles, role) || Object.hasOwn(dynamicAuthorizers, role)) continue
    throw new UsageError(`realm '${name}': the ${what} '${role}' is not one of its roles`, 'TL_REALM')
  }
  const discloses = Object.values(roles).some((rules) => rules.some(({ disclose }) => Object.values(disclose ?? {}).includes('always')))
  if (discloses && allowsDisclosure === false) {
    throw new UsageError(`realm '${name}': a rule has disclose: always, but allowsDisclosure is false`, 'TL_REALM')
  }
}

/** @throws {UsageError} when the realm has durable topics and the router cannot keep them */
export function checkDurable(
  name: string,
  { topics = [] }: RealmOptions,
  { store, cluster }: Pick<RouterOptions, 'store' | 'cluster'>,
): void {
  const rule = topics.find(({ durable }) => durable !== undefined)
  if (rule === undefined) return
  if (store === undefined) throw new UsageError(`realm '${name}': '${rule.uri}' is durable, but the router has no store`, 'TL_STORE')
  if (cluster === undefined) return
  throw new UsageError(`realm '${name}': '${rule.uri}' is durable, which no topic can be in a cluster or with workers yet`, 'TL_STORE')
}

/** The options of the realm itself, without those of its logins and rights. */
export function settingsOf(options: RealmOptions): CompiledSettings {
  const {
    limits,
    anonymousRole: _,
    authenticate: _1,
    roles,
    authorizer: _3,
    dynamicAuthorizer: _4,
    dynamicAuthorizers: _5,
    authentication: _6,
    ...settings
  } = options
  const callable = Object.values(roles ?? {}).flatMap((rules) => rules.filter(({ allow }) => allow.includes('call')))
  return compileSettings({ ...DEFAULT_REALM_SETTINGS, ...settings, limits: { ...DEFAULT_REALM_SETTINGS.limits, ...limits } }, callable)
}
