// Publications and subscriptions of a contract's topics.

import type { UseOptions } from './api.ts'
import { check, isPromise } from './check.ts'
import type { Topic } from './entries.ts'
import type { Payload } from './payload.ts'
import { join, payloadOf, single } from './payload.ts'
import { pending } from './pending.ts'
import type { CheckPolicy, HeldSubscription, Peer, RawEvent, RawLoop } from './peer.ts'
import type { Params, Template } from './template.ts'
import { paramsOf, patternOf, templateOf, uriOf } from './template.ts'
import { outgoing } from './use-procedure.ts'
import { ContractViolation } from './violation.ts'

export function topicApi(client: Peer, topic: Topic, options: UseOptions): unknown {
  const side = new TopicSide(client, topic, options)
  return {
    uri: topic.uri,
    publish: (...parameters: unknown[]) => side.publish(parameters),
    subscribe: (...parameters: unknown[]) => side.subscribe(parameters),
  }
}

class TopicSide {
  readonly #client: Peer
  readonly #topic: Topic
  readonly #policy: CheckPolicy
  readonly #onError: (error: unknown) => void
  readonly #template: Template
  readonly #payload: Payload

  constructor(client: Peer, topic: Topic, { check: policy = 'incoming', onError = () => undefined }: UseOptions) {
    this.#client = client
    this.#topic = topic
    this.#policy = policy
    this.#onError = onError
    this.#template = templateOf(topic.uri)
    this.#payload = payloadOf(topic.spec)
  }

  async publish(parameters: readonly unknown[]): Promise<number | undefined> {
    const [params, rest] = this.#split(parameters)
    const to = uriOf(this.#template, params)
    const values = rest.slice(0, this.#payload.size)
    const { args, kwargs } = await outgoing(this.#policy, 'the event', this.#topic.uri, { payload: this.#payload, values })
    return this.#client.publish(to, args, { ...(rest[this.#payload.size] as object | undefined), kwargs })
  }

  subscribe(parameters: readonly unknown[]): unknown {
    const [params, [first, second]] = this.#split(parameters)
    const { uri, match } = patternOf(this.#template, params)
    const options = { ...((typeof first === 'function' ? second : first) as object | undefined), ...(match !== 'exact' && { match }) }
    if (typeof first !== 'function') return this.#loop(this.#client.subscribe(uri, options as never) as RawLoop)
    const handler = first as (event: unknown) => unknown
    const onEvent = (raw: RawEvent): unknown => {
      const event = this.#eventOf(raw)
      return event === undefined ? undefined : handler(event)
    }
    const held = this.#client.subscribe(uri, onEvent as never, options as never) as HeldSubscription
    const unsubscribe = (): Promise<void> => held.unsubscribe()
    return pending({ unsubscribe, [Symbol.asyncDispose]: unsubscribe }, () => held.ready)
  }

  #split(parameters: readonly unknown[]): [Params, readonly unknown[]] {
    return this.#template.names.length > 0 ? [(parameters[0] ?? {}) as Params, parameters.slice(1)] : [{}, parameters]
  }

  /** The loop of the client, without the events that are not as declared. */
  #loop(raw: RawLoop): object {
    const next = async (): Promise<IteratorResult<unknown, undefined>> => {
      for (;;) {
        const { done, value } = await raw.next()
        if (done === true) return { done, value: undefined }
        const event = this.#eventOf(value)
        if (event !== undefined) return { done: false, value: event }
      }
    }
    const loop = {
      next,
      return: () => raw.return(),
      [Symbol.asyncIterator]: () => loop,
      [Symbol.asyncDispose]: () => raw.return(),
    }
    return pending(loop, () => Promise.resolve(raw))
  }

  /** Undefined for an event that is not as declared: a publisher must not be able to stop a subscriber. */
  #eventOf(raw: RawEvent): object | undefined {
    const params = paramsOf(this.#template, raw.topic)
    if (params === undefined) return undefined
    try {
      const values = this.#policy === 'none' ? raw : this.#checked(raw)
      const { topic, publication, details, lost, reconnected } = raw
      const { args, kwargs } = values
      const value = single(join(this.#payload, values))
      return { value, args, kwargs, params, topic, publication, details, ...(lost && { lost }), ...(reconnected && { reconnected }) }
    } catch (error) {
      this.#onError(error)
      return undefined
    }
  }

  #checked(raw: RawEvent): Pick<RawEvent, 'args' | 'kwargs'> {
    const outcome = check(this.#payload, raw)
    if (isPromise(outcome)) throw new TypeError(`${this.#topic.uri}: schemas of events must check at once`)
    if (outcome.faults !== undefined) throw new ContractViolation('an event', this.#topic.uri, outcome.faults)
    return outcome.values
  }
}
