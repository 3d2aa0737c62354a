// The meta procedures of a realm (specification: "Session Meta API", "Registration Meta API", "Subscription Meta API").

import type { Dict } from '@trunkline/protocol'
import { ApplicationError, isUri, MATCH_POLICIES, matchPolicy, uris } from '@trunkline/protocol'
import type { Broker } from './broker.ts'
import type { Dealer } from './dealer.ts'
import { registrationDetails, sessionDetails, subscriptionDetails } from './meta-events.ts'
import type { OwnProcedure } from './meta-session.ts'
import type { Session } from './tables.ts'
import { isForRouter } from './uri-check.ts'

/** What the meta API sees of a realm. */
export interface MetaApiRealm {
  readonly broker: Broker
  readonly dealer: Dealer
  readonly sessions: ReadonlyMap<number, Session>
  kill(session: Session, reason: string, message: string | undefined, isQuiet: boolean): void
}

/** All meta procedures of a realm by their URI. */
export function metaProcedures(realm: MetaApiRealm): ReadonlyMap<string, OwnProcedure> {
  return new Map([...sessionProcedures(realm), ...registrationProcedures(realm), ...subscriptionProcedures(realm)])
}

function sessionProcedures(realm: MetaApiRealm): [string, OwnProcedure][] {
  const visible = (filter: unknown): Session[] => {
    const roles = optional(filter, isStrings, 'a list of authroles')
    return members(realm).filter((session) => roles === undefined || roles.includes(session.identity.authrole))
  }
  const find = (id: unknown): Session => {
    const session = realm.sessions.get(required(id, isNumber, 'a session id'))
    if (session === undefined || session.isInternal) throw new ApplicationError(uris.NO_SUCH_SESSION)
    return session
  }
  const killAll = (sessions: readonly Session[], kwargs: Dict, caller: number, isQuiet = false): number[] => {
    const { reason, message } = closing(kwargs)
    const others = sessions.filter((session) => session.id !== caller)
    for (const session of others) realm.kill(session, reason, message, isQuiet)
    return others.map((session) => session.id)
  }
  return [
    ['wamp.session.count', ([filter]) => [visible(filter).length]],
    ['wamp.session.list', ([filter]) => [visible(filter).map((session) => session.id)]],
    ['wamp.session.get', ([id]) => [sessionDetails(find(id))]],
    [
      'wamp.session.kill',
      ([id], kwargs, caller) => {
        const session = find(id)
        if (session.id === caller) throw new ApplicationError(uris.NO_SUCH_SESSION)
        killAll([session], kwargs, caller)
        return []
      },
    ],
    [
      'wamp.session.kill_by_authid',
      ([authid], kwargs, caller) => {
        const wanted = required(authid, isString, 'an authid')
        return [
          killAll(
            members(realm).filter((session) => session.identity.authid === wanted),
            kwargs,
            caller,
          ),
        ]
      },
    ],
    [
      'wamp.session.kill_by_authrole',
      ([authrole], kwargs, caller) => {
        const wanted = required(authrole, isString, 'an authrole')
        return [
          killAll(
            members(realm).filter((session) => session.identity.authrole === wanted),
            kwargs,
            caller,
          ).length,
        ]
      },
    ],
    ['wamp.session.kill_all', (_, kwargs, caller) => [killAll(members(realm), kwargs, caller, true).length]],
  ]
}

function registrationProcedures({ dealer, sessions }: MetaApiRealm): [string, OwnProcedure][] {
  const find = byId(dealer.registrations, uris.NO_SUCH_REGISTRATION)
  return [
    ['wamp.registration.list', () => [idsByPolicy(dealer.registrations.values())]],
    ['wamp.registration.lookup', ([uri, options]) => [lookup(dealer.index, uri, options)]],
    [
      'wamp.registration.match',
      ([uri]) => {
        const registration = dealer.match(required(uri, isString, 'a URI'))
        return [registration === undefined || isForRouter(registration.uri) ? null : registration.id]
      },
    ],
    ['wamp.registration.get', ([id]) => [registrationDetails(find(id))]],
    ['wamp.registration.list_callees', ([id]) => [find(id).callees.map((callee) => callee.session.id)]],
    ['wamp.registration.count_callees', ([id]) => [find(id).callees.length]],
    [
      'wamp.registration.remove_callee',
      ([id, callee], kwargs) => {
        const registration = find(id)
        const session = sessions.get(required(callee, isNumber, 'a session id'))
        const reason = optional(kwargs['reason'], isString, 'a reason')
        if (session === undefined || !dealer.revoke(session, registration, reason)) throw new ApplicationError(uris.NO_SUCH_SESSION)
        return []
      },
    ],
  ]
}

function subscriptionProcedures({ broker }: MetaApiRealm): [string, OwnProcedure][] {
  const find = byId(broker.subscriptions, uris.NO_SUCH_SUBSCRIPTION)
  return [
    ['wamp.subscription.list', () => [idsByPolicy(broker.subscriptions.values())]],
    ['wamp.subscription.lookup', ([uri, options]) => [lookup(broker.index, uri, options)]],
    [
      'wamp.subscription.match',
      ([topic]) => {
        const ids = broker.matching(required(topic, isString, 'a topic')).map((subscription) => subscription.id)
        return [ids.length === 0 ? null : ids]
      },
    ],
    ['wamp.subscription.get', ([id]) => [subscriptionDetails(find(id))]],
    ['wamp.subscription.list_subscribers', ([id]) => [[...find(id).subscribers].map((session) => session.id)]],
    ['wamp.subscription.count_subscribers', ([id]) => [find(id).subscribers.size]],
  ]
}

function members(realm: MetaApiRealm): Session[] {
  return [...realm.sessions.values()].filter((session) => !session.isInternal)
}

/** The reason and message of a kill (specification: "Session Meta Procedures"). */
function closing(kwargs: Dict): { reason: string; message: string | undefined } {
  const reason = optional(kwargs['reason'], isString, 'a reason URI') ?? uris.KILLED
  if (!isUri(reason)) throw new ApplicationError(uris.INVALID_URI, ['the reason is not a valid URI'])
  return { reason, message: optional(kwargs['message'], isString, 'a message text') }
}

interface Entry {
  readonly id: number
  readonly uri: string
  readonly match: 'exact' | 'prefix' | 'wildcard'
}

function byId<E extends Entry>(entries: ReadonlyMap<number, E>, error: string): (id: unknown) => E {
  return (id) => {
    const entry = entries.get(required(id, isNumber, 'an id'))
    if (entry === undefined || isForRouter(entry.uri)) throw new ApplicationError(error)
    return entry
  }
}

function idsByPolicy(entries: Iterable<Entry>): Record<Entry['match'], number[]> {
  const ids: Record<Entry['match'], number[]> = { exact: [], prefix: [], wildcard: [] }
  for (const entry of entries) if (!isForRouter(entry.uri)) ids[entry.match].push(entry.id)
  return ids
}

function lookup(index: { get(match: Entry['match'], uri: string): Entry | undefined }, uri: unknown, options: unknown): number | null {
  const dict = optional(options, isDict, 'a dict of options') ?? {}
  const match = dict['match']
  if (match !== undefined && !MATCH_POLICIES.some((policy) => policy === match)) throw invalid('a match policy')
  const entry = index.get(matchPolicy(dict), required(uri, isString, 'a URI'))
  return entry === undefined || isForRouter(entry.uri) ? null : entry.id
}

function required<T>(value: unknown, is: (value: unknown) => value is T, expected: string): T {
  if (!is(value)) throw invalid(expected)
  return value
}

function optional<T>(value: unknown, is: (value: unknown) => value is T, expected: string): T | undefined {
  return value === undefined || value === null ? undefined : required(value, is, expected)
}

function invalid(expected: string): ApplicationError {
  return new ApplicationError(uris.INVALID_ARGUMENT, [`expected ${expected}`])
}

const isString = (value: unknown): value is string => typeof value === 'string'
const isNumber = (value: unknown): value is number => typeof value === 'number'
const isStrings = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isString)
const isDict = (value: unknown): value is Dict => typeof value === 'object' && value !== null && !Array.isArray(value)
