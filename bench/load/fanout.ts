// Publications and their subscribers: one publisher that keeps several in flight, subscribers that check order and payload.
// Every publication carries its number, so that each subscriber knows what must come next.

import type { Dict, SubscribeMessage } from '@trunkline/protocol'
import { EVENT, Payload, PUBLISH, SUBSCRIBE, SUBSCRIBED } from '@trunkline/protocol'
import type { Bench } from './measure.ts'
import { until } from './measure.ts'
import type { Session, SessionContext } from './session.ts'
import { openSessions, request } from './session.ts'
import { Template } from './template.ts'

/** One subscription to be made. */
export interface Wish {
  readonly topic: string
  readonly match?: 'prefix' | 'wildcard'
}

const AT_ONCE = 500
const PATIENCE_SECONDS = 5
const EVERY = [1]

/** One publisher and the topics it takes in turn; publication n goes to topic n modulo their number. */
export class Publisher {
  published = 0
  readonly #session: Session
  readonly #templates: readonly Template[]

  constructor(session: Session, templates: readonly Template[]) {
    this.#session = session
    this.#templates = templates
  }

  /** @param options of each PUBLISH */
  static async open(bench: Bench, topics: readonly string[], options: Dict = {}): Promise<Publisher> {
    const context = bench.context()
    const [session] = await openSessions(context, 1)
    if (session === undefined) throw new Error('no session for the publisher')
    const text = bench.payloadText
    const template = (topic: string): Template =>
      new Template(context.serializer, (n) => ({ type: PUBLISH, request: n, options, topic, payload: Payload.fromValues([n, text]) }))
    session.play((type) => bench.account.error(`publisher got a message of type ${type}`))
    return new Publisher(session, topics.map(template))
  }

  publish(): void {
    const number = ++this.published
    const template = this.#templates[number % this.#templates.length]
    if (template !== undefined) this.#session.send(template, number)
  }
}

/** One subscriber's account. */
export class Subscriber {
  received = 0
  /** What an event is counted as; by default a delivery. */
  onEvent = (): void => void this.#bench.account.done++
  readonly session: Session
  readonly #bench: Bench
  readonly #expected: Buffer
  readonly #steps: readonly number[]
  #next: number

  /** @param steps how far it is from publication n to the next for this subscriber, by n modulo their number */
  constructor(bench: Bench, session: Session, steps: readonly number[] = EVERY, first = 1) {
    this.session = session
    this.#bench = bench
    this.#expected = Buffer.from(bench.payloadText)
    this.#steps = steps
    this.#next = first
  }

  async subscribe(wishes: readonly Wish[]): Promise<void> {
    for (let i = 0; i < wishes.length; i += AT_ONCE) {
      await request(this.session, SUBSCRIBED, wishes.slice(i, i + AT_ONCE).map(subscribeMessage))
    }
    this.session.play((type, cursor) => {
      if (type !== EVENT) return this.#bench.account.bad(`subscriber got a message of type ${type}`)
      cursor.number()
      cursor.number()
      cursor.skip()
      cursor.enter()
      this.#take(cursor.number(), cursor.isText(this.#expected))
    })
  }

  #take(number: number, isExpected: boolean): void {
    const { account } = this.#bench
    if (number < this.#next) account.faults.orderViolations++
    else if (number > this.#next) account.faults.gaps++
    if (!isExpected) account.bad('EVENT with another payload')
    this.#next = number + (this.#steps[number % this.#steps.length] ?? 1)
    this.received++
    this.onEvent()
  }
}

function subscribeMessage(wish: Wish): (request: number) => SubscribeMessage {
  const options = wish.match === undefined ? {} : { match: wish.match }
  return (id) => ({ type: SUBSCRIBE, request: id, options, topic: wish.topic })
}

/** Opens subscribers that all hold the same topics. */
export async function openSubscribers(bench: Bench, context: SessionContext, count: number, topic: string): Promise<Subscriber[]> {
  const subscribers = (await openSessions(context, count)).map((session) => new Subscriber(bench, session))
  await Promise.all(subscribers.map((subscriber) => subscriber.subscribe([{ topic }])))
  return subscribers
}

/**
 * Publishes as fast as deliveries come, `open` publications in flight at most, until {@link Flow.stop}.
 * @param deliveries how many deliveries each publication makes
 */
export class Flow {
  readonly #bench: Bench
  readonly #publisher: Publisher
  readonly #deliveries: number

  constructor(bench: Bench, publisher: Publisher, deliveries: number) {
    this.#bench = bench
    this.#publisher = publisher
    this.#deliveries = deliveries
    bench.turn.onEnd = () => this.#fill()
    bench.turn.begin()
  }

  #fill(): void {
    const { account, options } = this.#bench
    const allowed = Math.floor(account.done / this.#deliveries) + options.open
    while (this.#publisher.published < allowed) this.#publisher.publish()
  }

  /** Publishes no more, waits for the publications in flight, and counts what never comes as lost. */
  async stop(): Promise<void> {
    this.#bench.turn.onEnd = undefined
    await settle(this.#bench, this.#publisher, this.#deliveries)
  }
}

/** Waits for the deliveries of all publications and counts what never comes as lost. */
export async function settle(bench: Bench, publisher: Publisher, deliveries: number): Promise<void> {
  const { account } = bench
  const expected = publisher.published * deliveries
  await until(() => account.done >= expected, PATIENCE_SECONDS)
  account.faults.lost += Math.max(0, expected - account.done)
}
