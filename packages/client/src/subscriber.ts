// The subscriber of a session: several handlers share one subscription and get events in the order of arrival.

import type { Dict, EventMessage, MatchPolicy } from '@trunkline/protocol'
import { EVENT_RECEIVED, matchPolicy, NO_SUCH_SUBSCRIPTION, SUBSCRIBE, SUBSCRIBED, UNSUBSCRIBE, UNSUBSCRIBED } from '@trunkline/protocol'
import { asyncDispose } from './dispose.ts'
import type { EndInfo } from './ended.ts'
import { isGone } from './ended.ts'
import type { SubscribeOptions } from './options.ts'
import { wireOptions } from './options.ts'
import type { PayloadCodec, PlainPayload } from './passthru.ts'
import type { PendingRequests } from './pending.ts'
import type { Report } from './report.ts'
import type { Args, Kwargs } from './results.ts'
import { isPromise } from './results.ts'
import type { Settlable } from './settlable.ts'
import { settlable } from './settlable.ts'

/** One event. Handlers of one subscription share `args` and `kwargs`. */
export interface ReceivedEvent<A extends Args = Args, K extends object = Kwargs> {
  readonly args: A
  readonly kwargs: K
  /** EVENT.Details. */
  readonly details: Dict
  /** The topic of the publication, which is not the subscribed URI of a pattern-based subscription. */
  readonly topic: string
  /** The id of the publication. */
  readonly publication: number
  readonly subscription: Subscription
}

/** Called in the order in which events arrive, without waiting for a promise that it returns. */
export type EventHandler<A extends Args = Args, K extends object = Kwargs> = (event: ReceivedEvent<A, K>) => unknown

/** One handler on one topic or pattern. */
export class Subscription implements AsyncDisposable {
  /** The id of the subscription at the router; handlers on the same topic and match share it. */
  readonly id: number
  /** The URI or pattern subscribed. */
  readonly topic: string
  readonly match: MatchPolicy
  /** As sent. */
  readonly options: Dict
  readonly handler: EventHandler
  /** SUBSCRIBED.Details, which only Trunkline sends, to those that ask for `_resume`; see {@link recovered}. */
  readonly details: Dict | undefined
  /** Resolves when the subscription has ended for any reason. Never rejects. */
  readonly ended: Promise<EndInfo>
  readonly #subscriber: Subscriber
  #unsubscribing: Promise<void> | undefined

  constructor(subscriber: Subscriber, granted: GrantedSubscription) {
    this.#subscriber = subscriber
    this.ended = granted.ended
    this.id = granted.id
    this.topic = granted.topic
    this.match = matchPolicy(granted.options)
    this.options = granted.options
    this.handler = granted.handler
    this.details = granted.details
  }

  /**
   * Of a topic that is durable at the router: whether this subscription gets everything that the one of the session before missed; if not,
   * `_reason` of the details says why. Undefined where there was none before, or nothing is known of it.
   */
  get recovered(): boolean | undefined {
    return this.details?.['_recovered'] as boolean | undefined
  }

  /**
   * Sends EVENT_RECEIVED for an event of a durable subscription; `@trunkline/client/durable` does so.
   * @returns false when the subscription has ended
   */
  received(publication: number, details: Dict): boolean {
    return this.#subscriber.received(this, publication, details)
  }

  /** Unsubscribes. */
  [asyncDispose](): Promise<void> {
    return this.unsubscribe()
  }

  /** Detaches the handler at once. The client sends UNSUBSCRIBE with the last handler of the router's subscription. */
  unsubscribe(): Promise<void> {
    this.#unsubscribing ??= this.#subscriber.unsubscribe(this)
    return this.#unsubscribing
  }
}

/** What the application sees of a subscription. */
type GrantedSubscription = Pick<Subscription, 'id' | 'topic' | 'options' | 'handler' | 'details' | 'ended'>

export class Subscriber {
  readonly #requests: PendingRequests
  readonly #codec: PayloadCodec
  readonly #report: Report
  /** The handlers by the router's subscription, in the order in which they were attached. */
  readonly #attached = new Map<number, Map<Subscription, Settlable<EndInfo>>>()
  /** SUBSCRIBEs in flight, by topic and match. */
  readonly #subscribing = new Map<string, Set<Promise<unknown>>>()

  constructor(requests: PendingRequests, codec: PayloadCodec, report: Report) {
    this.#requests = requests
    this.#codec = codec
    this.#report = report
  }

  subscribe(topic: string, handler: EventHandler, options: SubscribeOptions | undefined): Promise<Subscription> {
    const dict = wireOptions(SUBSCRIBE, options)
    const subscribing = this.#requests.request(
      (request) => ({ type: SUBSCRIBE, request, options: dict, topic }),
      SUBSCRIBED,
      ({ subscription: id, details }) => {
        const ending = settlable<EndInfo>()
        return this.#attach(new Subscription(this, { id, topic, options: dict, handler, details, ended: ending.promise }), ending)
      },
    )
    this.#remember(keyOf(topic, matchPolicy(dict)), subscribing)
    return subscribing
  }

  /** Resolves also when the session ends first: then the router has ended the subscription. */
  async unsubscribe(subscription: Subscription): Promise<void> {
    const attached = this.#attached.get(subscription.id)
    const ending = attached?.get(subscription)
    if (attached?.delete(subscription) !== true) return
    ending?.resolve({ by: 'client' })
    // A SUBSCRIBE in flight will be answered with this id; an UNSUBSCRIBE sent after it would end that subscription, too.
    const key = keyOf(subscription.topic, subscription.match)
    for (let others = this.#subscribing.get(key); others !== undefined; others = this.#subscribing.get(key)) {
      if (attached.size > 0) return
      await Promise.allSettled(others)
    }
    if (attached.size > 0 || this.#attached.get(subscription.id) !== attached) return
    this.#attached.delete(subscription.id)
    await this.#leave(subscription.id)
  }

  received(subscription: Subscription, publication: number, details: Dict): boolean {
    return (
      this.#attached.get(subscription.id)?.has(subscription) === true &&
      this.#requests.reply({ type: EVENT_RECEIVED, publication, details })
    )
  }

  /** Ends a subscription that the router revoked. */
  revoked(id: number, info: EndInfo): void {
    const attached = this.#attached.get(id)
    this.#attached.delete(id)
    for (const ending of attached?.values() ?? []) ending.resolve(info)
    attached?.clear()
  }

  /** Ends all subscriptions with the session. */
  close(reason: string): void {
    for (const id of [...this.#attached.keys()]) this.revoked(id, { by: 'session', reason })
  }

  /** Ignores an event of a subscription that has just ended: it was in flight. */
  receive(message: EventMessage): void {
    const attached = this.#attached.get(message.subscription)
    const first = attached?.keys().next().value
    if (attached === undefined || first === undefined) return
    const { details } = message
    const topic = typeof details['topic'] === 'string' ? details['topic'] : first.topic
    let payload: PlainPayload
    try {
      payload = this.#codec.open({ kind: 'publish', uri: topic }, message.payload, details)
    } catch (error) {
      return this.#report(error, 'payload', { uri: topic })
    }
    if (attached.size === 1) return this.#deliver(message, topic, payload, first)
    for (const subscription of [...attached.keys()]) {
      // An earlier handler may have detached this one.
      if (attached.has(subscription)) this.#deliver(message, topic, payload, subscription)
    }
  }

  #attach(subscription: Subscription, ending: Settlable<EndInfo>): Subscription {
    const attached = this.#attached.get(subscription.id) ?? new Map<Subscription, Settlable<EndInfo>>()
    this.#attached.set(subscription.id, attached.set(subscription, ending))
    return subscription
  }

  #remember(key: string, subscribing: Promise<unknown>): void {
    const others = this.#subscribing.get(key) ?? new Set()
    this.#subscribing.set(key, others.add(subscribing))
    const forget = (): void => {
      others.delete(subscribing)
      if (others.size === 0 && this.#subscribing.get(key) === others) this.#subscribing.delete(key)
    }
    subscribing.then(forget, forget)
  }

  async #leave(id: number): Promise<void> {
    try {
      await this.#requests.request(
        (request) => ({ type: UNSUBSCRIBE, request, subscription: id, options: undefined }),
        UNSUBSCRIBED,
        () => undefined,
      )
    } catch (error) {
      if (!isGone(error, NO_SUCH_SUBSCRIPTION)) throw error
    }
  }

  #deliver({ details, publication }: EventMessage, topic: string, { args, kwargs }: PlainPayload, subscription: Subscription): void {
    try {
      const outcome = subscription.handler({ args, kwargs, details, topic, publication, subscription })
      if (isPromise(outcome)) outcome.then(undefined, (error: unknown) => this.#failed(error, topic))
    } catch (error) {
      this.#failed(error, topic)
    }
  }

  #failed(error: unknown, uri: string): void {
    this.#report(error, 'event_handler', { uri })
  }
}

/** The key of a topic and its match. No URI holds a blank. */
function keyOf(topic: string, match: MatchPolicy): string {
  return `${match} ${topic}`
}
