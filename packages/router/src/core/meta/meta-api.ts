// The meta procedures of a realm (specification: "Session Meta API", "Registration Meta API", "Subscription Meta API").

import type { Dict } from '@trunkline/protocol'
import { ApplicationError, isUri, MATCH_POLICIES, matchPolicy, uris } from '@trunkline/protocol'
import type { Broker } from '../pubsub/broker.ts'
import type { Dealer } from '../calls/dealer.ts'
import type { Judge } from '../rights/judge.ts'
import type { Listed } from './listed.ts'
import { listFor } from './listed.ts'
import type { KeptLists, Made } from './kept-lists.ts'
import { registrationDetails, sessionDetails, subscriptionDetails } from '../state/meta-events.ts'
import { ENTRIES_IN_A_STEP } from './list-turns.ts'
import type { ListTurns, Steps } from './list-turns.ts'
import type { OwnOutcome, OwnProcedure, OwnResult } from './meta-session.ts'
import { invalid, isDict, isNumber, isString, isStrings, optional, required } from './procedure-arguments.ts'
import type { Session } from '../state/session.ts'
import type { Sees, Visible } from '../rights/visibility.ts'
import { OF_PROCEDURES, OF_TOPICS, seesRegistrations, seesSubscriptions } from '../rights/visibility.ts'

/** What the meta API needs from its realm. */
export interface MetaApiRealm {
  readonly broker: Broker
  readonly dealer: Dealer
  readonly sessions: ReadonlyMap<number, Session>
  readonly memberCount: number
  /** Changes whenever a session has joined or left. */
  readonly membersVersion: number
  readonly judge: Judge
  readonly lists: KeptLists
  readonly listTurns: ListTurns
  killAll(sessions: readonly Session[], reason: string, message: string | undefined, isQuiet: boolean): void
}

/** All meta procedures of a realm by their URI. */
export function metaProcedures(realm: MetaApiRealm): ReadonlyMap<string, OwnProcedure> {
  return new Map([...sessionProcedures(realm), ...registrationProcedures(realm), ...subscriptionProcedures(realm)])
}

function sessionProcedures(realm: MetaApiRealm): [string, OwnProcedure][] {
  const visible = (filter: unknown): Session[] => {
    const listed = optional(filter, isStrings, 'a list of authroles')
    const all = members(realm)
    if (listed === undefined) return all
    // The list may be long: each name is looked up among the roles that there are, which its sender did not choose.
    const present = new Set(all.map(({ identity }) => identity.authrole))
    const wanted = new Set(listed.filter((role) => present.has(role)))
    return all.filter(({ identity }) => wanted.has(identity.authrole))
  }
  const all = (): OwnResult => {
    const made = (): Made => ({ value: idsOf(members(realm)), isWhole: true })
    return realm.lists.get('sessions', realm.membersVersion, EVERYBODY, made).answer()
  }
  const find = (id: unknown): Session => {
    const session = realm.sessions.get(required(id, isNumber, 'a session id'))
    if (session === undefined || session.isInternal) throw new ApplicationError(uris.NO_SUCH_SESSION)
    return session
  }
  const killAll = (sessions: readonly Session[], kwargs: Dict, caller: number, isQuiet = false): number[] => {
    const { reason, message } = closing(kwargs)
    const others = sessions.filter((session) => session.id !== caller)
    realm.killAll(others, reason, message, isQuiet)
    return idsOf(others)
  }
  return [
    ['wamp.session.count', ([filter]) => [isGiven(filter) ? visible(filter).length : realm.memberCount]],
    ['wamp.session.list', ([filter]) => (isGiven(filter) ? [idsOf(visible(filter))] : all())],
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

function registrationProcedures(realm: MetaApiRealm): [string, OwnProcedure][] {
  const { dealer, sessions } = realm
  const sees = (caller: number): Sees => viewOf(caller, sessions, (viewer) => seesRegistrations(realm.judge, viewer))
  const find = byId(dealer.registrations, sees, uris.NO_SUCH_REGISTRATION)
  return [
    ['wamp.registration.list', (_, _kwargs, caller) => listTo(realm, caller, () => registrationsOf(realm))],
    ['wamp.registration.lookup', ([uri, options], _, caller) => [lookup(dealer.index, sees(caller), uri, options)]],
    [
      'wamp.registration.match',
      ([procedure], _, caller) => {
        const uri = required(procedure, isString, 'a URI')
        const registration = dealer.match(uri)
        return [registration !== undefined && sees(caller)({ id: registration.id, uri, match: 'exact' }) ? registration.id : null]
      },
    ],
    ['wamp.registration.get', ([id], _, caller) => [registrationDetails(find(id, caller))]],
    ['wamp.registration.list_callees', ([id], _, caller) => [find(id, caller).callees.map((callee) => callee.session.id)]],
    ['wamp.registration.count_callees', ([id], _, caller) => [find(id, caller).callees.length]],
    [
      'wamp.registration.remove_callee',
      ([id, callee], kwargs, caller) => {
        const registration = find(id, caller)
        const session = sessions.get(required(callee, isNumber, 'a session id'))
        const reason = reasonOf(kwargs)
        if (session === undefined || !dealer.revoke(session, registration, reason)) throw new ApplicationError(uris.NO_SUCH_SESSION)
        return []
      },
    ],
  ]
}

function subscriptionProcedures(realm: MetaApiRealm): [string, OwnProcedure][] {
  const { broker, sessions } = realm
  const sees = (caller: number): Sees => viewOf(caller, sessions, (viewer) => seesSubscriptions(realm.judge, viewer))
  const find = byId(broker.subscriptions, sees, uris.NO_SUCH_SUBSCRIPTION)
  return [
    ['wamp.subscription.list', (_, _kwargs, caller) => listTo(realm, caller, () => subscriptionsOf(realm))],
    ['wamp.subscription.lookup', ([uri, options], _, caller) => [lookup(broker.index, sees(caller), uri, options)]],
    [
      'wamp.subscription.match',
      ([topic], _, caller) => {
        const uri = required(topic, isString, 'a topic')
        const isVisible = sees(caller)
        const ids = broker.matching(uri).flatMap(({ id }) => (isVisible({ id, uri, match: 'exact' }) ? [id] : []))
        return [ids.length === 0 ? null : ids]
      },
    ],
    ['wamp.subscription.get', ([id], _, caller) => [subscriptionDetails(find(id, caller))]],
    ['wamp.subscription.list_subscribers', ([id], _, caller) => [[...find(id, caller).subscribers].map((session) => session.id)]],
    ['wamp.subscription.count_subscribers', ([id], _, caller) => [find(id, caller).subscribers.size]],
    [
      'wamp.subscription.remove_subscriber',
      ([id, subscriber], kwargs, caller) => {
        const subscription = find(id, caller)
        const session = sessions.get(required(subscriber, isNumber, 'a session id'))
        if (session === undefined || !subscription.subscribers.has(session)) throw new ApplicationError(uris.NO_SUCH_SESSION)
        broker.revoke(session, subscription, reasonOf(kwargs))
        return []
      },
    ],
  ]
}

function registrationsOf({ dealer, judge }: MetaApiRealm): Listed {
  return {
    name: 'registrations',
    version: dealer.version,
    entries: dealer.registrations.size,
    actions: OF_PROCEDURES,
    own: ({ registrations }) => registrations.values(),
    sees: (viewer) => seesRegistrations(judge, viewer),
    list: (sees) => idsByPolicy(dealer.registrations.values(), sees),
  }
}

function subscriptionsOf({ broker, judge }: MetaApiRealm): Listed {
  return {
    name: 'subscriptions',
    version: broker.version,
    entries: broker.subscriptions.size,
    actions: OF_TOPICS,
    own: ({ subscriptions }) => subscriptions.values(),
    sees: (viewer) => seesSubscriptions(judge, viewer),
    list: (sees) => idsByPolicy(broker.subscriptions.values(), sees),
  }
}

function listTo(realm: MetaApiRealm, caller: number, listed: () => Listed): OwnOutcome {
  const viewer = realm.sessions.get(caller)
  if (viewer === undefined) throw new ApplicationError(uris.NO_SUCH_SESSION)
  return listFor(realm, viewer, listed)
}

/** What a caller sees; a caller that has left sees no entry. */
function viewOf(caller: number, sessions: ReadonlyMap<number, Session>, view: (viewer: Session) => Sees): Sees {
  const viewer = sessions.get(caller)
  return viewer === undefined ? () => false : view(viewer)
}

/** The view of session lists, the same for every caller. */
const EVERYBODY = {}

function isGiven(filter: unknown): boolean {
  return filter !== undefined && filter !== null
}

function idsOf(sessions: readonly Session[]): number[] {
  return sessions.map((session) => session.id)
}

function members(realm: MetaApiRealm): Session[] {
  return [...realm.sessions.values()].filter((session) => !session.isInternal)
}

/** The reason and message of a kill (specification: "Session Meta Procedures"). */
function closing(kwargs: Dict): { reason: string; message: string | undefined } {
  return { reason: reasonOf(kwargs) ?? uris.KILLED, message: optional(kwargs['message'], isString, 'a message text') }
}

/** The reason sent to the session concerned; at a text that is no URI some clients would drop their connection. */
function reasonOf(kwargs: Dict): string | undefined {
  const reason = optional(kwargs['reason'], isString, 'a reason URI')
  if (reason !== undefined && !isUri(reason)) throw new ApplicationError(uris.INVALID_URI, ['the reason is not a valid URI'])
  return reason
}

function byId<E extends Visible>(
  entries: ReadonlyMap<number, E>,
  sees: (caller: number) => Sees,
  error: string,
): (id: unknown, caller: number) => E {
  return (id, caller) => {
    const entry = entries.get(required(id, isNumber, 'an id'))
    if (entry === undefined || !sees(caller)(entry)) throw new ApplicationError(error)
    return entry
  }
}

function* idsByPolicy(entries: Iterable<Visible>, sees: Sees): Steps<Record<Visible['match'], number[]>> {
  const ids: Record<Visible['match'], number[]> = { exact: [], prefix: [], wildcard: [] }
  let seen = 0
  for (const entry of entries) {
    if (sees(entry)) ids[entry.match].push(entry.id)
    if (++seen % ENTRIES_IN_A_STEP === 0) yield
  }
  return ids
}

function lookup(
  index: { get(match: Visible['match'], uri: string): Visible | undefined },
  sees: Sees,
  uri: unknown,
  options: unknown,
): number | null {
  const dict = optional(options, isDict, 'a dict of options') ?? {}
  const match = dict['match']
  if (match !== undefined && !MATCH_POLICIES.some((policy) => policy === match)) throw invalid('a match policy')
  const entry = index.get(matchPolicy(dict), required(uri, isString, 'a URI'))
  return entry !== undefined && sees(entry) ? entry.id : null
}
