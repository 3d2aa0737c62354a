// The entry of @trunkline/client/meta: the router's meta procedures as typed functions, its meta events as typed handlers.
// Values that a router leaves out are undefined.

import type { Dict, MatchPolicy } from '@trunkline/protocol'
import { check, checkNamed } from './checks.ts'
import type { EventHandler } from './subscriber.ts'
import type { KeywordOptions } from './options.ts'
import type { Args, Kwargs } from './results.ts'

/** A session or a client; `Made` is the result of its `subscribe`. */
export interface MetaSession<Made> {
  call(procedure: string, args?: Args, options?: KeywordOptions): Promise<unknown>
  subscribe(topic: string, handler: EventHandler): Made
}

export interface SessionInfo {
  readonly session: number
  readonly authid: string | undefined
  readonly authrole: string | undefined
  readonly authmethod: string | undefined
  readonly authprovider: string | undefined
  /** The whole dict that the router sent. */
  readonly details: Dict
}

export interface SubscriptionInfo {
  readonly id: number
  readonly uri: string | undefined
  readonly match: MatchPolicy
  readonly created: Date | undefined
  readonly details: Dict
}

export interface RegistrationInfo extends SubscriptionInfo {
  readonly invoke: string
}

/** Ids by match policy. */
export interface IdsByMatch {
  readonly exact: readonly number[]
  readonly prefix: readonly number[]
  readonly wildcard: readonly number[]
}

/** The reason URI and a text for people, sent to a session that is ended. */
export interface KillOptions {
  readonly reason?: string | undefined
  readonly message?: string | undefined
}

/** The meta events by a short name, with the arguments of their handlers. */
export interface MetaEvents {
  join: SessionInfo
  leave: Pick<SessionInfo, 'session' | 'authid' | 'authrole'>
  'subscription.create': { readonly session: number; readonly subscription: SubscriptionInfo }
  'subscription.subscribe': { readonly session: number; readonly subscription: number }
  'subscription.unsubscribe': { readonly session: number; readonly subscription: number }
  'subscription.delete': { readonly session: number; readonly subscription: number }
  'registration.create': { readonly session: number; readonly registration: RegistrationInfo }
  'registration.register': { readonly session: number; readonly registration: number }
  'registration.unregister': { readonly session: number; readonly registration: number }
  'registration.delete': { readonly session: number; readonly registration: number }
}

/** The meta API of a realm. A procedure that the session may not call rejects with `wamp.error.not_authorized`. */
export interface Meta<Made> {
  readonly sessions: {
    count(authroles?: readonly string[]): Promise<number>
    list(authroles?: readonly string[]): Promise<readonly number[]>
    get(session: number): Promise<SessionInfo>
    /** Ends another session. */
    kill(session: number, options?: KillOptions): Promise<void>
    /** Resolves to the ids of the ended sessions; undefined if the router does not send them. */
    killByAuthid(authid: string, options?: KillOptions): Promise<readonly number[] | undefined>
    /** Resolves to the number of ended sessions. */
    killByAuthrole(authrole: string, options?: KillOptions): Promise<number>
    killAll(options?: KillOptions): Promise<number>
  }
  readonly subscriptions: {
    list(): Promise<IdsByMatch>
    lookup(topic: string, match?: MatchPolicy): Promise<number | undefined>
    /** The ids of all subscriptions that get the events of a topic. */
    match(topic: string): Promise<readonly number[]>
    get(subscription: number): Promise<SubscriptionInfo>
    listSubscribers(subscription: number): Promise<readonly number[]>
    countSubscribers(subscription: number): Promise<number>
  }
  readonly registrations: {
    list(): Promise<IdsByMatch>
    lookup(procedure: string, match?: MatchPolicy): Promise<number | undefined>
    /** The id of the registration that gets the calls of a procedure. */
    match(procedure: string): Promise<number | undefined>
    get(registration: number): Promise<RegistrationInfo>
    listCallees(registration: number): Promise<readonly number[]>
    countCallees(registration: number): Promise<number>
  }
  /** Subscribes to a meta event. */
  readonly on: <Name extends keyof MetaEvents>(name: Name, handler: (event: MetaEvents[Name]) => unknown) => Made
}

/**
 * The meta API by a session or client (specification: "Session Meta API", "Subscription Meta API", "Registration Meta API").
 */
export function meta<Made>(session: MetaSession<Made>): Meta<Made> {
  const call = (name: string, args: Args = [], kwargs: Kwargs = {}): Promise<unknown> => session.call(`wamp.${name}`, args, { kwargs })
  const byId = async (name: string, id: number): Promise<unknown> => call(name, checked('id', id, 'number'))
  const byUri = async (name: string, uri: string): Promise<unknown> => call(name, checked('uri', uri, 'string'))
  const byMatch = async (name: string, uri: string, match: MatchPolicy): Promise<unknown> =>
    call(name, [...checked('uri', uri, 'string'), { match }])
  const filter = (authroles: readonly string[] | undefined): Args =>
    authroles === undefined ? [] : checked('authroles', authroles, 'list')
  const kill = async (name: string, args: Args, options: KillOptions = {}): Promise<unknown> => {
    checkNamed('options', options, 'reason:string message:string')
    const { reason, message } = options
    return call(`session.${name}`, args, { ...(reason === undefined ? {} : { reason }), ...(message === undefined ? {} : { message }) })
  }
  return {
    sessions: {
      count: async (authroles) => numberOf(await call('session.count', filter(authroles))),
      list: async (authroles) => idsOf(await call('session.list', filter(authroles))),
      get: async (id) => sessionOf(await byId('session.get', id)),
      kill: async (id, options) => void (await kill('kill', checked('id', id, 'number'), options)),
      killByAuthid: async (authid, options) => {
        const closed = await kill('kill_by_authid', checked('authid', authid, 'string'), options)
        return Array.isArray(closed) ? idsOf(closed) : undefined
      },
      // Some routers send the ids instead of the number.
      killByAuthrole: async (authrole, options) =>
        countOf(await kill('kill_by_authrole', checked('authrole', authrole, 'string'), options)),
      killAll: async (options) => countOf(await kill('kill_all', [], options)),
    },
    subscriptions: {
      list: async () => idsByMatchOf(await call('subscription.list')),
      lookup: async (topic, match = 'exact') => idOf(await byMatch('subscription.lookup', topic, match)),
      match: async (topic) => idsOf(await byUri('subscription.match', topic)),
      get: async (id) => subscriptionOf(await byId('subscription.get', id)),
      listSubscribers: async (id) => idsOf(await byId('subscription.list_subscribers', id)),
      countSubscribers: async (id) => numberOf(await byId('subscription.count_subscribers', id)),
    },
    registrations: {
      list: async () => idsByMatchOf(await call('registration.list')),
      lookup: async (procedure, match = 'exact') => idOf(await byMatch('registration.lookup', procedure, match)),
      match: async (procedure) => idOf(await byUri('registration.match', procedure)),
      get: async (id) => registrationOf(await byId('registration.get', id)),
      listCallees: async (id) => idsOf(await byId('registration.list_callees', id)),
      countCallees: async (id) => numberOf(await byId('registration.count_callees', id)),
    },
    on: (name, handler) => {
      checkNamed('name', { [name]: name }, Object.keys(EVENTS).join(' '))
      check('handler', handler, 'function')
      const { topic, read } = EVENTS[name]
      return session.subscribe(topic, ({ args }) => handler(read(args)))
    },
  }
}

const EVENTS: { readonly [Name in keyof MetaEvents]: { readonly topic: string; readonly read: (args: Args) => MetaEvents[Name] } } = {
  join: { topic: 'wamp.session.on_join', read: ([details]) => sessionOf(details) },
  leave: {
    topic: 'wamp.session.on_leave',
    // Some routers send only the session id.
    read: ([session, authid, authrole]) => ({ session: numberOf(session), authid: textOf(authid), authrole: textOf(authrole) }),
  },
  'subscription.create': {
    topic: 'wamp.subscription.on_create',
    read: ([session, details]) => ({ session: numberOf(session), subscription: subscriptionOf(details) }),
  },
  'subscription.subscribe': { topic: 'wamp.subscription.on_subscribe', read: subscribed },
  'subscription.unsubscribe': { topic: 'wamp.subscription.on_unsubscribe', read: subscribed },
  'subscription.delete': { topic: 'wamp.subscription.on_delete', read: subscribed },
  'registration.create': {
    topic: 'wamp.registration.on_create',
    read: ([session, details]) => ({ session: numberOf(session), registration: registrationOf(details) }),
  },
  'registration.register': { topic: 'wamp.registration.on_register', read: registered },
  'registration.unregister': { topic: 'wamp.registration.on_unregister', read: registered },
  'registration.delete': { topic: 'wamp.registration.on_delete', read: registered },
}

/** A checked argument in a list. @throws {UsageError} */
function checked(what: string, value: unknown, kinds: string): Args {
  check(what, value, kinds)
  return [value]
}

function subscribed([session, subscription]: Args): { session: number; subscription: number } {
  return { session: numberOf(session), subscription: numberOf(subscription) }
}

function registered([session, registration]: Args): { session: number; registration: number } {
  return { session: numberOf(session), registration: numberOf(registration) }
}

function sessionOf(value: unknown): SessionInfo {
  const details = dictOf(value)
  return {
    session: numberOf(details['session']),
    authid: textOf(details['authid']),
    authrole: textOf(details['authrole']),
    authmethod: textOf(details['authmethod']),
    authprovider: textOf(details['authprovider']),
    details,
  }
}

function subscriptionOf(value: unknown): SubscriptionInfo {
  const details = dictOf(value)
  const created = new Date(textOf(details['created']) ?? NaN)
  const match = details['match']
  return {
    id: numberOf(details['id']),
    uri: textOf(details['uri']),
    // Some routers leave the default out, or send an empty string.
    match: match === 'prefix' || match === 'wildcard' ? match : 'exact',
    created: Number.isNaN(created.getTime()) ? undefined : created,
    details,
  }
}

function registrationOf(value: unknown): RegistrationInfo {
  const info = subscriptionOf(value)
  const invoke = textOf(info.details['invoke'])
  return { ...info, invoke: invoke === undefined || invoke === '' ? 'single' : invoke }
}

function idsByMatchOf(value: unknown): IdsByMatch {
  const { exact, prefix, wildcard } = dictOf(value)
  return { exact: idsOf(exact), prefix: idsOf(prefix), wildcard: idsOf(wildcard) }
}

function idsOf(value: unknown): readonly number[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'number') : []
}

function idOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

/** NaN for a value that is no number, which is a fault of the router and must not look like an id. */
function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : NaN
}

function countOf(value: unknown): number {
  return Array.isArray(value) ? value.length : numberOf(value)
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function dictOf(value: unknown): Dict {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Dict) : {}
}
