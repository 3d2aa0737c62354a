// The subscriptions of a realm, and which of them a publication goes to. Knows no messages.

import { isForRouter } from '@trunkline/protocol'
import type { MatchPolicy } from '@trunkline/protocol'
import { PatternIndex } from '../matching/pattern-index.ts'
import { WildcardBudget } from '../matching/wildcard-budget.ts'
import { ownerOf } from '../state/owner.ts'
import type { RealmContext } from '../state/realm-context.ts'
import type { Session } from '../state/session.ts'
import type { Subscription } from '../state/subscription.ts'
import { newSubscription } from '../state/subscription.ts'
import { TopicReach } from './topic-reach.ts'
import { entryOctets, subscriberOctets } from '../state/table-share.ts'

export class SubscriptionTable {
  readonly index = new PatternIndex<Subscription>()
  readonly reach = new TopicReach()
  readonly #context: RealmContext
  readonly #wildcards: WildcardBudget
  readonly #byId = new Map<number, Subscription>()
  #version = 0

  constructor(context: RealmContext) {
    this.#context = context
    this.#wildcards = new WildcardBudget(context.settings.limits.wildcardNodes)
  }

  get byId(): ReadonlyMap<number, Subscription> {
    return this.#byId
  }

  /** Changes whenever a subscription is created or deleted. */
  get version(): number {
    return this.#version
  }

  /** The subscriptions that get a publication to a topic. */
  matching(topic: string): Subscription[] {
    const matching: Subscription[] = []
    this.forEach(topic, this.index.exact(topic), (subscription) => matching.push(subscription))
    return matching
  }

  /** Visits what {@link matching} lists. @param exact the exact one, if the caller has looked for it; else undefined */
  forEach(topic: string, exact: Subscription | undefined, visit: (subscription: Subscription) => void): void {
    if (exact !== undefined) visit(exact)
    if (!this.index.hasPatterns) return
    const isGuarded = isForRouter(topic)
    this.index.forEachPattern(topic, (subscription) => {
      // Meta events go only to patterns that name them: else a subscription to everything would reveal the sessions of the realm.
      if (!isGuarded || isForRouter(subscription.uri)) visit(subscription)
    })
  }

  /** The limit that one more subscription of a session would exceed, and its value. */
  reachedBy(session: Session, uri: string, match: MatchPolicy, existing?: Subscription): [string, number] | undefined {
    const [{ subscriptions, wildcardNodes }, held] = [this.#context.settings.limits, session.subscriptions]
    if (held.size >= subscriptions) return ['subscriptions', subscriptions]
    const tooMany = this.reach.reachedBy(session, { match, uri })
    if (tooMany !== undefined) return tooMany
    if (!session.tables.hasRoom(existing === undefined ? { uri, match } : undefined, subscriberOctets(match))) return session.tables.limit
    const hasRoom = match !== 'wildcard' || existing !== undefined || this.#wildcards.hasRoom(uri, ownerOf(session))
    return hasRoom ? undefined : ['wildcardNodes', wildcardNodes]
  }

  /** Creates a subscription that the settings ask for; it counts to no owner. */
  create(uri: string, match: MatchPolicy): Subscription {
    return this.#add(this.#freeId(uri, match) ?? this.#context.ids.sequential(), uri, match)
  }

  /**
   * Creates a subscription that counts to the owner of its first subscriber.
   * @returns undefined where another subscription has the id that all nodes would give it: nodes could not tell the two apart
   */
  createFor(session: Session, uri: string, match: MatchPolicy): Subscription | undefined {
    const id = this.#freeId(uri, match)
    if (id === undefined) return undefined
    if (match === 'wildcard') this.#wildcards.add(uri, ownerOf(session))
    const subscription = this.#add(id, uri, match, session)
    subscription.owner = session.tables.owner
    subscription.isUntold = this.#context.cluster?.isElsewhere(match, uri) !== true
    this.#context.tableTotal.add(subscription.owner, entryOctets(subscription))
    return subscription
  }

  /** Creates one whose subscribers share it by a name: no publication goes to it directly. */
  createNamed(uri: string, match: MatchPolicy): Subscription {
    const subscription = newSubscription(this.#context.ids.sequential(), uri, match, this.#context.clock.now())
    subscription.isNamed = true
    this.#byId.set(subscription.id, subscription)
    this.#version++
    return subscription
  }

  deleteNamed({ id }: Subscription): void {
    if (this.#byId.delete(id)) this.#version++
  }

  /** Deletes a subscription without subscribers, present or to be, and without history or durable topics; returns whether it did. */
  dropUnused(subscription: Subscription): boolean {
    if (
      subscription.subscribers.size > 0 ||
      subscription.history !== undefined ||
      subscription.isDurable ||
      subscription.pending !== undefined
    )
      return false
    this.index.delete(subscription.match, subscription.uri)
    if (subscription.match === 'wildcard') this.#wildcards.remove(subscription.uri)
    if (subscription.owner !== undefined) this.#context.tableTotal.add(subscription.owner, -entryOctets(subscription))
    this.#byId.delete(subscription.id)
    this.#version++
    return true
  }

  #freeId(uri: string, match: MatchPolicy): number | undefined {
    const { cluster, ids } = this.#context
    if (cluster === undefined) return ids.sequential()
    const id = cluster.idOf('subscription', match, uri)
    return this.#byId.has(id) ? undefined : id
  }

  #add(id: number, uri: string, match: MatchPolicy, subscriber?: Session): Subscription {
    const { clock, cluster } = this.#context
    const subscription = newSubscription(id, uri, match, cluster?.createdElsewhere(match, uri) ?? clock.now())
    this.index.set(match, uri, subscription)
    this.#byId.set(id, subscription)
    this.#version++
    cluster?.interested(subscription, subscriber)
    return subscription
  }
}
