// Converts the realms of a Crossbar.io configuration: their roles with permissions or authorizers, their options and event history.

import { isUri } from '@trunkline/protocol'
import type { Place } from '../notes.ts'
import type { Part } from './part.ts'

/** A rule in the new file. */
interface WrittenRule {
  readonly uri: string
  readonly match?: string
  readonly allow: readonly string[]
  readonly disclose?: Readonly<Record<string, string>>
}

/** A realm of the new file while it is made. */
export interface WrittenRealm {
  uriRule?: 'strict'
  anonymous?: { readonly role: string }
  users?: Record<string, Record<string, unknown>>
  cookie?: Record<string, unknown>
  dynamicAuthenticators?: Record<string, unknown>[]
  roles: Record<string, readonly WrittenRule[]>
  authorizers?: Record<string, { readonly procedure: string }>
  topics?: Record<string, unknown>[]
}

export type WrittenRealms = Record<string, WrittenRealm>

const ACTIONS = ['call', 'register', 'publish', 'subscribe'] as const

/** Whether a realm has a role. */
export function hasRole({ roles, authorizers = {} }: WrittenRealm, role: string): boolean {
  return Object.hasOwn(roles, role) || Object.hasOwn(authorizers, role)
}

/** Adds a realm. */
export function importRealm(part: Part, realms: WrittenRealms): void {
  const name = part.text('name')
  if (name === undefined || !isUri(name)) return part.note(['realms'], '', 'not carried over; it has no name that is a URI')
  const place = ['realms', name]
  if (Object.hasOwn(realms, name)) part.note(place, '', 'merged with another realm of this name')
  const realm = realms[name] ?? newRealm()
  realms[name] = realm
  part.skip('id')
  for (const role of part.parts('roles')) importRole(role, realm, place)
  importOptions(part, realm, place)
  importStore(part, realm, place)
  part.finish(place)
}

/** Its roles inherit nothing: they may have any name. */
export function newRealm(): WrittenRealm {
  return { roles: Object.create(null) as WrittenRealm['roles'] }
}

function importOptions(part: Part, realm: WrittenRealm, place: Place): void {
  const options = part.part('options')
  if (options === undefined) return
  if (options.text('uri_check') === 'strict') realm.uriRule = 'strict'
  options.skip('event_dispatching_chunk_size')
  if (options.flag('enable_meta_api'))
    options.note(place, 'enable_meta_api', 'give each role that uses the meta API a rule that names wamp.**')
  options.finish(place)
}

function importStore(part: Part, realm: WrittenRealm, place: Place): void {
  const store = part.part('store')
  if (store === undefined) return
  if (store.text('type') !== 'memory') store.note([...place, 'topics'], 'type', 'events are kept in memory, until the router stops')
  for (const entry of store.parts('event-history')) {
    const { uri, match } = patternOf(entry)
    const events = entry.number('limit')
    if (events === undefined || events < 1) entry.note(place, 'limit', 'not carried over; a history needs a number of events')
    else realm.topics = [...(realm.topics ?? []), { uri, ...(match === undefined ? {} : { match }), history: { events } }]
    entry.finish([...place, 'topics'])
  }
  store.finish([...place, 'topics'])
}

function importRole(part: Part, realm: WrittenRealm, realmPlace: Place): void {
  const name = part.text('name')
  if (name === undefined || !isUri(name)) return part.note([...realmPlace, 'roles'], '', 'not carried over; it has no name that is a URI')
  const place = [...realmPlace, 'roles', name]
  part.skip('id')
  const procedure = part.text('authorizer')
  if (procedure !== undefined) {
    realm.authorizers = { ...realm.authorizers, [name]: { procedure } }
    part.noteIf([...realmPlace, 'authorizers', name], 'permissions', 'not carried over; the authorizer decides')
    return part.finish([...realmPlace, 'authorizers', name])
  }
  const rules = new Map<string, WrittenRule>()
  if (part.flag('allow-by-default')) rules.set('**', { uri: '**', allow: ACTIONS })
  for (const permission of part.parts('permissions')) {
    const rule = importPermission(permission, [...place, rules.size])
    if (rule.match === 'exact' && hasEmpty(rule.uri)) {
      permission.note(place, '', 'not carried over; no URI has empty components, so that it matches nothing')
      continue
    }
    const key = `${rule.uri} ${rule.match ?? ''}`
    if (rules.has(key)) permission.note(place, '', 'replaces an earlier permission for the same URI, as in Crossbar.io')
    rules.delete(key)
    rules.set(key, rule)
  }
  realm.roles[name] = [...rules.values()]
  if ([...rules.values()].some(({ uri, allow }) => uri === '**' && allow.length > 0)) {
    part.note(
      place,
      '',
      'a rule for ** grants nothing that begins with wamp or trunkline: name wamp.** in a rule of its own for the meta API',
    )
  }
  part.finish(place)
}

function importPermission(part: Part, place: Place): WrittenRule {
  const { uri, match } = patternOf(part)
  const allow = part.part('allow')
  const granted = ACTIONS.filter((action) => allow?.flag(action))
  allow?.finish(place)
  const disclose = part.part('disclose')
  const disclosed = (['caller', 'publisher'] as const).filter((who) => disclose?.flag(who))
  disclose?.finish(place)
  part.skip('cache')
  part.noteIf(place, 'validate', 'not carried over; the application checks payloads')
  part.finish(place)
  return {
    uri,
    ...(match === undefined ? {} : { match }),
    allow: granted,
    ...(disclosed.length === 0 ? {} : { disclose: Object.fromEntries(disclosed.map((who) => [who, 'always'])) }),
  }
}

/** A URI with its match policy, in the notation of Trunkline's rules. Without a policy Crossbar.io interprets asterisks. */
function patternOf(part: Part): { readonly uri: string; readonly match?: string } {
  const uri = part.text('uri') ?? ''
  const match = part.text('match')
  if (match === undefined) return starred(uri)
  if (match === 'prefix') return prefix(uri)
  return uri.includes('*') || (match === 'exact' && hasEmpty(uri)) ? { uri, match } : { uri }
}

function hasEmpty(uri: string): boolean {
  return uri.split('.').includes('')
}

function starred(uri: string): { readonly uri: string; readonly match?: string } {
  if (uri.endsWith('*') && !uri.slice(0, -1).includes('*')) return prefix(uri.slice(0, -1))
  return { uri: uri.replaceAll('*', '') }
}

/** A prefix that ends with a component is written with two asterisks, any other prefix with `match: prefix`. */
function prefix(uri: string): { readonly uri: string; readonly match?: string } {
  if (uri === '') return { uri: '**' }
  return uri.endsWith('.') && !uri.includes('..') ? { uri: `${uri}**` } : { uri, match: 'prefix' }
}
