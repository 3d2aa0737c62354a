// The meta procedures about subscriptions (specification: "Subscription Meta API"). In a cluster each node knows which subscriptions
// others have, and asks them for the rest.

import type { Dict } from '@trunkline/protocol'
import { ApplicationError, uris } from '@trunkline/protocol'
import { subscriptionDetails } from '../state/meta-events.ts'
import type { RealmCluster } from '../state/realm-cluster.ts'
import type { Sees, Visible } from '../rights/visibility.ts'
import { OF_TOPICS, seesSubscriptions } from '../rights/visibility.ts'
import { idsByPolicy, listTo, lookup, reasonOf, viewOf } from './listed-entries.ts'
import type { Listed } from './listed.ts'
import { tooLong } from './list-room.ts'
import type { MetaApiRealm } from './meta-realm.ts'
import type { OwnOutcome, OwnProcedure, OwnResult } from './meta-session.ts'
import { Later } from './meta-session.ts'
import type { SubscriptionAnswer } from './node-questions.ts'
import { subscriptionIn } from './node-questions.ts'
import { isNumber, isString, required } from './procedure-arguments.ts'

/** All that nodes have of one subscription. */
type Answers = readonly SubscriptionAnswer[]

export function subscriptionProcedures(realm: MetaApiRealm): [string, OwnProcedure][] {
  const { broker, sessions } = realm
  const sees = (caller: number): Sees => viewOf(caller, sessions, (viewer) => seesSubscriptions(realm.judge, viewer))
  const find = (id: unknown, caller: number): Visible => {
    const wanted = required(id, isNumber, 'an id')
    const entry = broker.subscriptions.get(wanted) ?? realm.cluster?.subscription(wanted)
    if (entry === undefined || !sees(caller)(entry)) throw new ApplicationError(uris.NO_SUCH_SUBSCRIPTION)
    return entry
  }
  const lookIn = {
    get: (match: Visible['match'], uri: string): Visible | undefined =>
      broker.index.get(match, uri) ?? elsewhere(realm.cluster, match, uri),
  }
  return [
    ['wamp.subscription.list', (_, _kwargs, caller) => listTo(realm, caller, () => subscriptionsOf(realm))],
    ['wamp.subscription.lookup', ([uri, options], _, caller) => [lookup(lookIn, sees(caller), uri, options)]],
    [
      'wamp.subscription.match',
      ([topic], _, caller) => {
        const uri = required(topic, isString, 'a topic')
        const isVisible = sees(caller)
        const ids = matching(realm, uri).flatMap(({ id }) => (isVisible({ id, uri, match: 'exact' }) ? [id] : []))
        return [ids.length === 0 ? null : ids]
      },
    ],
    [
      'wamp.subscription.get',
      ([id], _, caller) => {
        const entry = find(id, caller)
        return ofAll(realm, entry, { id: entry.id }, (answers) => [subscriptionDetails({ ...entry, created: createdOf(answers) })])
      },
    ],
    [
      'wamp.subscription.list_subscribers',
      ([id], _, caller) => {
        const entry = find(id, caller)
        return ofAll(realm, entry, { id: entry.id, lists: true }, (answers) => [answers.flatMap(listIn)])
      },
    ],
    [
      'wamp.subscription.count_subscribers',
      ([id], _, caller) => {
        const entry = find(id, caller)
        return ofAll(realm, entry, { id: entry.id }, (answers) => [answers.reduce((sum, { count = 0 }) => sum + count, 0)])
      },
    ],
    [
      'wamp.subscription.remove_subscriber',
      ([id, subscriber], kwargs, caller) => {
        const entry = find(id, caller)
        return remove(realm, entry, required(subscriber, isNumber, 'a session id'), reasonOf(kwargs))
      },
    ],
  ]
}

/** The answer from what all nodes have of a subscription; at once where only this one has it. */
function ofAll(
  { broker, cluster }: MetaApiRealm,
  { match, uri }: Visible,
  args: Dict,
  answer: (answers: Answers) => OwnResult,
): OwnOutcome {
  const here = subscriptionIn(broker, args)
  if (cluster?.isElsewhere(match, uri) !== true) return answer([here])
  return new Later((finish) => cluster.ask('subscription', args, (answers) => finish(() => answer([here, ...answers]))))
}

function remove(realm: MetaApiRealm, { id }: Visible, member: number, reason: string | undefined): OwnOutcome {
  const { broker, cluster, sessions } = realm
  const [session, subscription] = [sessions.get(member), broker.subscriptions.get(id)]
  if (session !== undefined && subscription?.subscribers.has(session) === true) {
    broker.revoke(session, subscription, reason)
    return []
  }
  const remote = cluster?.sessions.get(member)
  if (cluster === undefined || remote === undefined) throw new ApplicationError(uris.NO_SUCH_SESSION)
  const finishWith = (answers: Answers): OwnResult => {
    if (answers[0]?.isSubscriber !== true) throw new ApplicationError(uris.NO_SUCH_SESSION)
    cluster.revoke('subscription', id, member, reason)
    return []
  }
  return new Later((finish) =>
    cluster.ask('subscription', { id, session: member }, (answers) => finish(() => finishWith(answers)), remote.node),
  )
}

/** A node answers without its list where that would be too long. */
function listIn({ count = 0, subscribers = [] }: SubscriptionAnswer): readonly number[] {
  if (count > subscribers.length) throw tooLong()
  return subscribers
}

/** When the first node created it. */
function createdOf(answers: Answers): number {
  const times = answers.flatMap(({ created }) => (created === undefined ? [] : [created]))
  if (times.length === 0) throw new ApplicationError(uris.NO_SUCH_SUBSCRIPTION)
  return Math.min(...times)
}

/** A subscription that only other nodes have. */
function elsewhere(cluster: RealmCluster | undefined, match: Visible['match'], uri: string): Visible | undefined {
  return cluster?.isElsewhere(match, uri) === true ? { id: cluster.idOf('subscription', match, uri), match, uri } : undefined
}

/** The subscriptions of all nodes that get a publication to a topic, in the order in which the broker visits its own. */
function matching({ broker, cluster }: MetaApiRealm, topic: string): readonly Visible[] {
  const here: readonly Visible[] = broker.matching(topic)
  const others = [...(cluster?.matching(topic) ?? [])].filter(({ match, uri }) => broker.index.get(match, uri) === undefined)
  return others.length === 0 ? here : [...here, ...others].sort(byMatch)
}

/** Exact, then prefixes from the shortest, then wildcards, at whose first difference a literal comes first. */
function byMatch(a: Visible, b: Visible): number {
  if (a.match !== b.match) return ORDER.indexOf(a.match) - ORDER.indexOf(b.match)
  if (a.match !== 'wildcard') return a.uri.length - b.uri.length
  const others = b.uri.split('.')
  const at = a.uri.split('.').findIndex((component, i) => (component === '') !== (others[i] === ''))
  return at === -1 ? 0 : others[at] === '' ? -1 : 1
}

const ORDER: readonly Visible['match'][] = ['exact', 'prefix', 'wildcard']

function subscriptionsOf({ broker, judge, cluster }: MetaApiRealm): Listed {
  return {
    name: 'subscriptions',
    // Both versions only grow.
    version: broker.version + (cluster?.subscriptionsVersion ?? 0),
    entries: broker.subscriptions.size + (cluster?.subscriptionCount ?? 0),
    actions: OF_TOPICS,
    own: ({ subscriptions }) => subscriptions.values(),
    sees: (viewer) => seesSubscriptions(judge, viewer),
    list: (sees) => idsByPolicy(entriesOf(broker, cluster), sees),
  }
}

/** The subscriptions of all nodes, each once. */
export function* entriesOf({ subscriptions }: MetaApiRealm['broker'], cluster: RealmCluster | undefined): Iterable<Visible> {
  yield* subscriptions.values()
  for (const entry of cluster?.subscriptions() ?? []) if (!subscriptions.has(entry.id)) yield entry
}
