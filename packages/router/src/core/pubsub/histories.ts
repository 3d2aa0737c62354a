// The subscriptions that keep history or whose topics are durable, with or without subscribers: they begin, end and change with the settings of the realm.
// Delivers nothing.

import type { MatchPolicy, UriPattern } from '@trunkline/protocol'
import type { EventHistory } from '../state/stored-event.ts'
import { RecentEvents } from './event-history.ts'
import { PatternIndex } from '../matching/pattern-index.ts'
import type { Subscription } from '../state/subscription.ts'
import type { TopicSettings } from '../matching/topic-policies.ts'

/** What {@link Histories} needs from the owner of the subscriptions. */
export interface HistoryOwner {
  /** The subscription to a topic or pattern, created where there is none. */
  open(uri: string, match: MatchPolicy): Subscription
  /** A subscription no longer keeps history. */
  release(subscription: Subscription): void
}

export class Histories {
  readonly #owner: HistoryOwner
  readonly #index = new PatternIndex<Subscription>()
  readonly #all = new Set<Subscription>()
  readonly #durable = new Set<Subscription>()

  constructor(owner: HistoryOwner) {
    this.#owner = owner
  }

  /** Applies the rules. Events already kept stay as far as the new bounds allow. */
  follow({ histories, durable }: Pick<TopicSettings, 'histories'> & Partial<Pick<TopicSettings, 'durable'>>): void {
    this.#followDurable(durable?.logs ?? [])
    const ended = new Set(this.#all)
    for (const { match, uri, rule } of histories) {
      const subscription = this.#owner.open(uri, match)
      ended.delete(subscription)
      if (subscription.history === undefined) this.#begin(subscription, new RecentEvents(rule))
      else subscription.history.change(rule)
    }
    for (const subscription of ended) this.#end(subscription)
  }

  /** The history of a subscription: its own, or for a topic that of a pattern with history. */
  of({ uri, match, history }: Pick<Subscription, 'uri' | 'match'> & Partial<Pick<Subscription, 'history'>>): EventHistory | undefined {
    return history ?? (match === 'exact' ? this.#index.best(uri)?.history : undefined)
  }

  expire(now: number): void {
    for (const { history } of this.#all) history?.expire(now)
  }

  /** Their events are in the store; here only the subscriptions are held, so that their ids are known. */
  #followDurable(patterns: readonly UriPattern[]): void {
    const ended = new Set(this.#durable)
    for (const { match, uri } of patterns) {
      const subscription = this.#owner.open(uri, match)
      ended.delete(subscription)
      subscription.isDurable = true
      this.#durable.add(subscription)
    }
    for (const subscription of ended) {
      subscription.isDurable = false
      this.#durable.delete(subscription)
      this.#owner.release(subscription)
    }
  }

  #begin(subscription: Subscription, history: EventHistory): void {
    subscription.history = history
    this.#index.set(subscription.match, subscription.uri, subscription)
    this.#all.add(subscription)
  }

  #end(subscription: Subscription): void {
    subscription.history = undefined
    this.#index.delete(subscription.match, subscription.uri)
    this.#all.delete(subscription)
    this.#owner.release(subscription)
  }
}
