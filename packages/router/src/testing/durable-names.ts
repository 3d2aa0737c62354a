// For tests of durable subscriptions: sessions that subscribe by a name, and what they get.

import type { TestPeer } from '@trunkline/testkit'
import { helloDetails } from '@trunkline/testkit'
import type { DurableWorldOptions } from './durable-world.ts'
import { DurableWorld } from './durable-world.ts'

export const ORDERS = 'com.shop.orders'

/** An event as a test looks at it. */
export interface NamedEvent {
  readonly value: unknown
  readonly publication: number
  readonly subscription: number
  readonly details: Readonly<Record<string, unknown>>
}

export class DurableNames extends DurableWorld {
  #publisher: TestPeer | undefined

  static of(options: DurableWorldOptions = {}): DurableNames {
    return new DurableNames(options)
  }

  /** A session of an owner, who is known by the address. */
  of(address: string): TestPeer {
    const peer = this.world.connect('json', { address })
    peer.say(1, 'realm1', helloDetails())
    return peer.welcomed()
  }

  publish(...values: unknown[]): void {
    this.publishTo(ORDERS, ...values)
  }

  publishTo(topic: string, ...values: unknown[]): void {
    const publisher = this.#publisher?.isClosed === false ? this.#publisher : this.world.join()
    this.#publisher = publisher
    for (const value of values) publisher.say(16, publisher.nextRequest, {}, topic, [value])
    this.sync()
  }

  override crash(isLoaded = true): void {
    this.#publisher = undefined
    super.crash(isLoaded)
  }

  /** Subscribes by a name; the answer. Events that came with it wait for {@link take}. */
  subscribe(peer: TestPeer, durable: unknown, topic = ORDERS, options: Record<string, unknown> = {}): unknown[] {
    peer.say(32, peer.nextRequest, { ...options, _durable: durable }, topic)
    this.sync()
    const [answer, ...rest] = peer.take()
    this.#rest.set(peer, rest)
    return answer ?? []
  }

  readonly #rest = new WeakMap<TestPeer, unknown[][]>()

  /** Calls a procedure of the router about them: the first result, or the error. Events that came with it wait for {@link take}. */
  call(peer: TestPeer, procedure: string, ...args: unknown[]): unknown {
    return this.callUnder('trunkline.durable.', peer, procedure, ...args)
  }

  /** The same for an operator. */
  callUnder(prefix: string, peer: TestPeer, procedure: string, ...args: unknown[]): unknown {
    const request = peer.nextRequest
    peer.say(48, request, {}, `${prefix}${procedure}`, args)
    this.sync()
    const messages = [...(this.#rest.get(peer) ?? []), ...peer.take()]
    const answer = messages.find(([type, id, about]) => (type === 50 && id === request) || (type === 8 && about === request))
    this.#rest.set(
      peer,
      messages.filter((message) => message !== answer),
    )
    return answer?.[0] === 50 ? (answer[3] as unknown[] | undefined)?.[0] : answer?.[4]
  }

  /** The events that came since the last call. */
  take(peer: TestPeer): NamedEvent[] {
    this.sync()
    const messages = [...(this.#rest.get(peer) ?? []), ...peer.take()]
    this.#rest.delete(peer)
    return messages.flatMap(([type, subscription, publication, details, args]) =>
      type === 36 ? [{ value: (args as unknown[])[0], publication, subscription, details } as NamedEvent] : [],
    )
  }

  values(peer: TestPeer): unknown[] {
    return this.take(peer).map(({ value }) => value)
  }

  /** Acknowledges events, or says more about them. */
  ack(peer: TestPeer, events: readonly NamedEvent[], details?: Record<string, unknown>): void {
    for (const { publication } of events) peer.say(...[337, publication, ...(details === undefined ? [] : [details])])
    this.sync()
  }

  /** Lets time pass, with the store. */
  pass(milliseconds: number): void {
    this.world.advance(milliseconds)
    this.sync()
  }
}
