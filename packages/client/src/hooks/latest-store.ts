// The latest event of a topic, for all components that look at the same topic with the same parameters.

import type { ParamsOf, SomeUriParams, TopicApi, TopicEvent, TopicSubscription } from '@trunkline/contract'
import type { SharedSubscribeOptions } from '@trunkline/protocol'
import type { Place, Store } from './shared-store.ts'
import { SharedStore, sharedStore } from './shared-store.ts'

/** What `subscribe` of a contract's topic takes beside the handler: URI parameters, if the topic has some, and options. */
export type TopicParameters<D> = [...SomeUriParams<D>, options?: SharedSubscribeOptions | undefined]
/** Gets the events of a topic. */
export type TopicHandler<D> = (event: TopicEvent<D>) => unknown
/** The URI parameters of a topic; those left out match anything. */
export type TopicParams<D> = D extends { readonly uri: infer Uri } ? Partial<ParamsOf<Uri>> : never

/** A topic without the types of its events. */
interface AnyTopic {
  readonly uri: string
  subscribe(...parameters: unknown[]): TopicSubscription
}

/**
 * The store of the latest event of a topic: its `value`, undefined before the first. It subscribes when the first component looks, and
 * unsubscribes a turn after the last one has left. A retained event comes at once; `getRetained: false` does without, for routers that
 * do not announce `event_retention`.
 */
export function latestStore<D>(topic: TopicApi<D>, ...parameters: TopicParameters<D>): Store<TopicEvent<D>['value'] | undefined> {
  return sharedStore(topic, parameters, (place) => new LatestEvent<TopicEvent<D>['value']>(topic as AnyTopic, parameters, place))
}

/**
 * Subscribes to a topic as `subscribe` of it does. Returns the function that ends the subscription.
 * @param parameters the URI parameters, which may be left out, the handler and the options
 */
export function listen(topic: unknown, parameters: readonly unknown[]): () => void {
  const { uri } = topic as AnyTopic
  const all = uri.includes('{') && typeof parameters[0] === 'function' ? [{}, ...parameters] : parameters
  const subscription = (topic as AnyTopic).subscribe(...all)
  // It rejects when the session is lost, and the subscription with it.
  return () => void subscription.unsubscribe().catch(() => undefined)
}

class LatestEvent<Value> extends SharedStore<Value | undefined> {
  readonly #topic: AnyTopic
  readonly #parameters: readonly unknown[]
  #end = (): void => undefined

  constructor(topic: AnyTopic, parameters: readonly unknown[], place: Place) {
    super(undefined, place)
    this.#topic = topic
    this.#parameters = parameters
  }

  protected wake(): void {
    const names = this.#topic.uri.includes('{') ? 1 : 0
    const options = { getRetained: true, ...(this.#parameters[names] as object | undefined) }
    const take = ({ value }: { readonly value: Value }): void => this.set(value)
    this.#end = listen(this.#topic, [...this.#parameters.slice(0, names), take, options])
  }

  protected sleep(): void {
    this.#end()
    this.#end = () => undefined
  }
}
