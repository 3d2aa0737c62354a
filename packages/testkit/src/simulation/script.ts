// What clients send: topics, options and payloads drawn at random from few values, so that clients meet. Pure data out.

import type { Random } from './random.ts'

/** Topics and procedures share these names. */
export const URIS = [
  'com.a',
  'com.a.b',
  'com.a.c',
  'com.a.b.c',
  'com.b.c',
  'com.ab',
  'com.secret.c',
  'com.x.y',
  'net',
  'net.a.c',
  'com.a.b.zz',
  'x-1.\u00e9.__proto__',
] as const

const PATTERNS = {
  prefix: ['', 'com.', 'com.a', 'com.a.', 'com.a.b', 'net', 'com.b.', 'wamp'],
  wildcard: ['com..c', 'com.a.', '.a.c', '..', '', 'com..', '.b.', 'com.a..c', 'com...c', '..c', '.'],
} as const

const META_TOPICS = [
  'wamp.session.on_join',
  'wamp.session.on_leave',
  'wamp.registration.on_create',
  'wamp.registration.on_register',
  'wamp.registration.on_unregister',
  'wamp.registration.on_delete',
  'wamp.subscription.on_create',
  'wamp.subscription.on_subscribe',
  'wamp.subscription.on_unsubscribe',
  'wamp.subscription.on_delete',
  'trunkline.session.on_gap',
  'trunkline.session.on_gap',
]

const META_PATTERNS = [
  ['prefix', 'wamp.'],
  ['prefix', 'wamp.session.'],
  ['wildcard', 'wamp..on_create'],
] as const

/** An id that no router reaches: a low one might belong to a session whose client has not read it yet. */
const NOBODYS_ID = 7_777_777_777

type Match = 'exact' | 'prefix' | 'wildcard'
type Options = Record<string, unknown>

export interface Target {
  readonly uri: string
  readonly match: Match
}

/** Procedures that many callees of a world offer together. */
export interface SharedPlan {
  readonly uri: string
  readonly invoke: 'roundrobin' | 'random' | 'first' | 'last'
}

/** All names of a world, for code that tries each of them. */
export const VOCABULARY: readonly string[] = [...URIS, ...META_TOPICS, 'wamp.session.count']

/** Ids seen on any connection: for clients that name what is not their own. */
export class Sightings {
  readonly sessions: number[] = []
  readonly authids: string[] = []
  readonly subscriptions: number[] = []
  readonly registrations: number[] = []
  readonly publications: number[] = []
  /** Times of past events that the router sent. */
  readonly times: string[] = []

  /** Records a message of the router. */
  note(list: readonly unknown[]): void {
    const [type, first, second] = list
    if (type === 2) {
      this.sessions.push(first as number)
      this.authids.push(String((second as Options)['authid']))
    } else if (type === 33) this.subscriptions.push(second as number)
    else if (type === 65) this.registrations.push(second as number)
    else if (type === 17 || type === 36) this.publications.push(second as number)
    else if (type === 50) for (const { timestamp } of pastEventsIn(list)) this.times.push(timestamp)
  }
}

/** The form of an event in the answer to a query of a history. */
export interface PastEvent {
  readonly timestamp: string
  readonly publication: number
  readonly args?: readonly unknown[]
  readonly kwargs?: Readonly<Record<string, unknown>>
}

/** The events of the past in a RESULT; none in most. */
export function pastEventsIn([, , , args]: readonly unknown[]): readonly PastEvent[] {
  const [first] = Array.isArray(args) ? (args as readonly unknown[]) : []
  const isPast = typeof first === 'object' && first !== null && 'timestamp' in first && 'publication' in first
  return isPast ? (args as readonly PastEvent[]) : []
}

/** @param kept what the realm keeps the history of */
export function drawTopic(random: Random, uris: readonly string[], kept: readonly Target[]): Target {
  if (kept.length > 0 && random.percent(25)) return random.pick(kept)
  if (random.percent(14)) return { uri: random.pick(META_TOPICS), match: 'exact' }
  if (random.percent(4)) {
    const [match, uri] = random.pick(META_PATTERNS)
    return { uri, match }
  }
  return drawTarget(random, uris)
}

export function drawTarget(random: Random, uris: readonly string[]): Target {
  if (random.percent(60)) return { uri: random.pick(uris), match: 'exact' }
  const match = random.pick(['prefix', 'wildcard'] as const)
  // Mostly a pattern that matches URIs in use.
  if (random.percent(60)) return { uri: widened(random.pick(uris), match, random), match }
  return { uri: random.pick<string>(PATTERNS[match]), match }
}

function widened(uri: string, match: 'prefix' | 'wildcard', random: Random): string {
  if (match === 'prefix') return uri.slice(0, random.between(1, uri.length)).replace(/\.\.$/, '.')
  return uri
    .split('.')
    .map((component) => (random.percent(45) ? '' : component))
    .join('.')
}

/** `match` for the options: `exact` may be left out. */
export function matchOption(match: Match, random: Random): { match?: Match } {
  return match === 'exact' && random.percent(80) ? {} : { match }
}

/** A procedure to offer: often one that others offer too. */
export function drawOffer(random: Random, uris: readonly string[], shared: SharedPlan | undefined): Target & { readonly options: Options } {
  if (shared !== undefined && random.percent(60)) return { uri: shared.uri, match: 'exact', options: { invoke: shared.invoke } }
  const { uri, match } = drawTarget(random, uris)
  return { uri, match, options: { ...matchOption(match, random), ...drawInvoke(random) } }
}

/** A procedure to call. */
export function drawProcedure(random: Random, uris: readonly string[], shared: SharedPlan | undefined): string {
  return shared !== undefined && random.percent(60) ? shared.uri : random.pick(uris)
}

function drawInvoke(random: Random): { invoke?: 'single' | 'roundrobin' | 'random' | 'first' | 'last' } {
  // Procedures for several callees test little if the first callee registers them for itself alone.
  return random.percent(25) ? {} : { invoke: random.pick(['roundrobin', 'roundrobin', 'random', 'first', 'last', 'single']) }
}

export interface PublishPlan {
  acknowledge?: boolean
  exclude_me?: boolean
  disclose_me?: boolean
  retain?: boolean
  exclude?: number[]
  exclude_authid?: string[]
  exclude_authrole?: string[]
  eligible?: number[]
  eligible_authid?: string[]
  eligible_authrole?: string[]
}

export function drawPublishOptions(random: Random, seen: Sightings): PublishPlan {
  const options: PublishPlan = {}
  if (random.percent(60)) options.acknowledge = random.percent(90)
  if (random.percent(40)) options.exclude_me = random.percent(20)
  if (random.percent(12)) options.disclose_me = random.percent(80)
  if (random.percent(20)) options.retain = random.percent(90)
  if (random.percent(30)) drawLists(options, random, seen)
  return options
}

const ROLES = ['admin', 'user', 'guest', 'nobody']

function drawLists(options: PublishPlan, random: Random, seen: Sightings): void {
  const list = <Item>(items: readonly Item[], most: number): Item[] =>
    random.percent(15) || items.length === 0 ? [] : Array.from({ length: random.between(1, most) }, () => random.pick(items))
  if (random.percent(30)) options.exclude = list([...seen.sessions, NOBODYS_ID], 4)
  if (random.percent(20)) options.exclude_authid = list([...seen.authids, 'nobody'], 3)
  if (random.percent(20)) options.exclude_authrole = list(ROLES, 1)
  if (random.percent(30)) options.eligible = list([...seen.sessions, NOBODYS_ID], 8)
  if (random.percent(20)) options.eligible_authid = list([...seen.authids, 'nobody'], 6)
  if (random.percent(25)) options.eligible_authrole = list(ROLES, 3)
}

/** Args and kwargs for the end of a message: none, args, or both. The first argument is the token. */
export function drawPayload(random: Random, token: string, isJson: boolean): unknown[] {
  if (random.percent(6)) return []
  if (random.percent(3)) return random.pick([[[]], [[], {}], [[], { k: token }]])
  const args: unknown[] = [token]
  if (random.percent(30))
    args.push(random.pick<unknown>([0, -1, 1.5, true, null, '', 'h\u00e9', [1, [2]], { a: { b: null } }, 2 ** 40, -(2 ** 33), ['']]))
  if (random.percent(15)) args.push('x'.repeat(random.pick([30, 200, 300, 1500])))
  if (!isJson && random.percent(4)) args.push(random.pick([Number.NaN, Number.POSITIVE_INFINITY]))
  return random.percent(25) ? [args, random.pick<Options>([{}, { k: 1 }, { toString: 'x', length: 2 }])] : [args]
}

export interface MetaCall {
  readonly procedure: string
  readonly args: unknown[]
  readonly kwargs: Options | undefined
}

export function drawMetaCall(random: Random, seen: Sightings, uris: readonly string[]): MetaCall {
  const id = (ids: readonly number[]): unknown =>
    random.percent(88) ? (random.pickAny(ids) ?? 99) : random.pick<unknown>([99_999, 'x', 1.5, {}])
  const call = (procedure: string, ...args: unknown[]): MetaCall => ({ procedure: `wamp.${procedure}`, args, kwargs: undefined })
  if (random.percent(12)) return drawKill(random, seen)
  if (random.percent(30)) return drawNewer(random, seen, uris)
  const kind = random.pick(['registration', 'subscription'] as const)
  switch (random.below(8)) {
    case 0:
      return call(
        random.pick(['session.count', 'session.list']),
        ...(random.percent(50) ? [] : [random.pick<unknown>([['user', 'admin'], [], 'x', ['guest']])]),
      )
    case 1:
      return call('session.get', id(seen.sessions))
    case 2:
      return call(`${kind}.list`)
    case 3:
    case 4: {
      const { uri, match } = drawTarget(random, uris)
      return call(`${kind}.lookup`, uri, ...(match === 'exact' ? [] : [{ match }]))
    }
    case 5:
      return call(`${kind}.match`, random.pick(uris))
    case 6:
      return call(random.pick(['registration.list_callees', 'registration.count_callees', 'registration.get']), id(seen.registrations))
    default:
      return call(
        random.pick(['subscription.list_subscribers', 'subscription.count_subscribers', 'subscription.get']),
        id(seen.subscriptions),
      )
  }
}

/** Procedures of kept events, testaments, revocation and reflection. */
function drawNewer(random: Random, seen: Sightings, uris: readonly string[]): MetaCall {
  const call = (procedure: string, args: unknown[], kwargs?: Options): MetaCall => ({ procedure: `wamp.${procedure}`, args, kwargs })
  const reason = random.percent(50) ? { reason: random.pick(['com.my.reason', 'com.my.reason', 'bad reason']) } : undefined
  // Recently seen ones are more likely to exist still.
  const late = (ids: readonly number[]): unknown => random.pickAny(ids.slice(-6)) ?? NOBODYS_ID
  switch (random.below(8)) {
    case 0:
    case 1:
      return call('registration.remove_callee', [late(seen.registrations), random.percent(95) ? late(seen.sessions) : 'x'], reason)
    case 2:
    case 3:
      return call('subscription.remove_subscriber', [late(seen.subscriptions), random.percent(95) ? late(seen.sessions) : 'x'], reason)
    case 4:
      return call('subscription.get_events', [random.percent(90) ? late(seen.subscriptions) : 'x'])
    case 5:
      return call(`reflection.${random.pick(['procedure', 'topic', 'error'])}.list`, [])
    case 6:
      return call('session.flush_testaments', [], random.percent(50) ? { scope: 'detached' } : undefined)
    default:
      return call('session.add_testament', [random.percent(95) ? random.pick(uris) : random.pick<unknown>(['wamp.mine', 'a..b', 7])])
  }
}

function drawKill(random: Random, seen: Sightings): MetaCall {
  const kwargs = random.percent(50)
    ? undefined
    : { ...random.pick<Options>([{ reason: 'com.my.reason' }, { reason: 'bad reason' }, {}]), message: 'go' }
  switch (random.below(6)) {
    case 0:
      return { procedure: 'wamp.session.kill_by_authid', args: [random.pickAny(seen.authids) ?? 'x'], kwargs }
    case 1:
      return { procedure: 'wamp.session.kill_by_authrole', args: [random.pick(ROLES)], kwargs }
    case 2:
      return random.percent(20) ? { procedure: 'wamp.session.kill_all', args: [], kwargs } : { procedure: 'wamp.no.such', args: [], kwargs }
    default:
      return { procedure: 'wamp.session.kill', args: [random.percent(90) ? (random.pickAny(seen.sessions) ?? 5) : 'x'], kwargs }
  }
}
