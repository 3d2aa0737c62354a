// One client in a process of its own, as an application would write it: publishes and calls at a rate, subscribes,
// registers. Reports when it is ready and when it has paused; judges nothing.

import type { Client, ClientSerializer, Invocation, ReceivedEvent } from '@trunkline/client'
import { createClient, json } from '@trunkline/client'
import { cbor } from '@trunkline/client/cbor'
import { msgpack } from '@trunkline/client/msgpack'
import type { SerializerName } from '@trunkline/protocol'
import { Recorder } from '../record.ts'
import { openTapped } from './tap.ts'
import type { Order, PartSpec, Report } from './words.ts'
import { CHURNED, PROCEDURE, TOPICS } from './words.ts'

const SERIALIZERS: Readonly<Record<SerializerName, () => ClientSerializer>> = { json, msgpack, cbor }
const CHURN_MS = 25
/** One in this number of publications is acknowledged. */
const ACKNOWLEDGED = 5
/** An answer takes up to so long, so that some calls are always open. */
const LONGEST_ANSWER_MS = 30

class Part {
  readonly #spec: PartSpec
  readonly #client: Client
  readonly #underWay = new Set<Promise<unknown>>()
  /** Of the last publication or call; no process of this part uses the numbers of an earlier one. */
  #number = Date.now()
  #isPaused = false

  constructor(spec: PartSpec) {
    this.#spec = spec
    const recorder = new Recorder(spec.record)
    recorder.write([Date.now(), 'begin'])
    this.#client = createClient({
      url: spec.url,
      realm: 'realm1',
      serializer: SERIALIZERS[spec.serializer](),
      whileAway: 'fail',
      openTransport: (url, options) => openTapped(url, options, recorder),
      onError: (error) => console.error(`${spec.name}: ${String(error)}`),
    })
  }

  run(): void {
    const { subscribe, register, churn, rate } = this.#spec
    const declared = [
      ...subscribe.map(({ topic, match }) => this.#client.subscribe(topic, (event) => this.#take(event), { match })),
      ...register.map((procedure) => this.#client.register(procedure, answer, { invoke: 'roundrobin' })),
    ]
    this.#client.onState((state) => {
      if (state.status !== 'connected') return
      const { id } = state.session
      // A session that ends before is followed by another, which is reported then.
      Promise.all(declared.map(({ ready }) => ready)).then(() => tell({ ready: id }), complain)
    })
    if (churn !== undefined) void this.#churn(churn)
    if (rate > 0) this.#keepGoing(rate)
  }

  obey(order: Order): void {
    if ('pause' in order) void this.#pause(order.pause).catch(complain)
    else this.#isPaused = false
  }

  #take({ args: [source, , marker] }: ReceivedEvent): void {
    if (typeof marker === 'number') tell({ saw: marker, source: String(source) })
  }

  /** As often as the clock requires, also when a timer was late. */
  #keepGoing(rate: number): void {
    let due = performance.now()
    setInterval(() => {
      const now = performance.now()
      // What a stopped process missed is not done later.
      due = Math.max(due, now - 100)
      for (; due < now; due += 1000 / rate) if (!this.#isPaused) this.#step()
    }, 5)
  }

  #step(): void {
    const number = ++this.#number
    const topic = TOPICS[number % TOPICS.length] ?? TOPICS[0]
    const acknowledge = number % ACKNOWLEDGED === 0
    const args = [this.#spec.name, number]
    this.#watch(this.#client.publish(topic, args, { acknowledge }))
    this.#watch(this.#client.publish(CHURNED, args))
    this.#watch(this.#client.call(PROCEDURE, args))
  }

  /** Failures are in the record; the checker judges them. */
  #watch(request: Promise<unknown>): void {
    const settled: Promise<unknown> = request.then(
      () => this.#underWay.delete(settled),
      () => this.#underWay.delete(settled),
    )
    this.#underWay.add(settled)
  }

  async #pause(marker: number): Promise<void> {
    this.#isPaused = true
    while (this.#underWay.size > 0) await Promise.all(this.#underWay)
    for (;;) {
      const session = await this.#client.session()
      try {
        await session.publish(TOPICS[0], [this.#spec.name, ++this.#number, marker], { acknowledge: true })
        return tell({ paused: marker })
      } catch (error) {
        if (session.isOpen) throw error
      }
    }
  }

  async #churn(topic: string): Promise<void> {
    for (;;) {
      const session = await this.#client.session()
      try {
        const subscription = await session.subscribe(topic, () => undefined)
        await pause(CHURN_MS)
        await subscription.unsubscribe()
      } catch (error) {
        if (session.isOpen) throw error
      }
      await pause(CHURN_MS)
    }
  }
}

async function answer({ args }: Invocation): Promise<unknown> {
  await pause(Math.random() * LONGEST_ANSWER_MS)
  return args
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

function tell(report: Report): void {
  process.send?.(report)
}

function complain(error: unknown): void {
  console.error(error)
  process.exit(1)
}

const part = new Part(JSON.parse(process.argv[2] ?? '{}') as PartSpec)
process.on('message', (order: Order) => part.obey(order))
process.on('disconnect', () => process.exit(0))
part.run()
