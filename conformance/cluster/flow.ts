// Events with numbers from one session to others, while something happens between them.

import type { Client } from '@trunkline/client'
import { Seen } from './seen.ts'
import { PACE, pass } from './times.ts'

export class Flow {
  /** The numbers of the events that a router has acknowledged. */
  readonly #taken: number[] = []
  readonly #got: readonly Seen<number>[]
  readonly #publisher: Client
  readonly #topic: string
  /** The number of the event that was published last. */
  #last = 0
  #isOver = false
  #publishing: Promise<void> | undefined

  private constructor(publisher: Client, topic: string, receivers: number) {
    this.#publisher = publisher
    this.#topic = topic
    this.#got = Array.from({ length: receivers }, () => new Seen())
  }

  /** Subscribes and begins to publish. */
  static async start(publisher: Client, topic: string, subscribers: readonly Client[]): Promise<Flow> {
    const flow = new Flow(publisher, topic, subscribers.length)
    await Promise.all(
      subscribers.map((subscriber, i) => subscriber.subscribe(topic, ({ args: [number] }) => flow.#got[i]?.add(Number(number)))),
    )
    flow.#publishing = flow.#publish()
    return flow
  }

  async #publish(): Promise<void> {
    while (!this.#isOver) {
      const number = ++this.#last
      const publication = await this.#publisher.publish(this.#topic, [number], { acknowledge: true }).catch(() => undefined)
      if (publication !== undefined) this.#taken.push(number)
      await pass(PACE.publishMs)
    }
  }

  /** Waits until a receiver gets an event that is published from now on. */
  async goesOn(receiver: number, withinMs?: number): Promise<void> {
    const before = this.#last
    await this.#got[receiver]?.until((got) => (got.at(-1) ?? 0) > before, `receiver ${receiver} of ${this.#topic} gets more`, withinMs)
  }

  /** Stops publishing; every receiver has to have got all that was acknowledged, in order, nothing twice. */
  async end(): Promise<void> {
    this.#isOver = true
    await this.#publishing
    for (const [i, got] of this.#got.entries()) {
      const receiver = `receiver ${i} of ${this.#topic}`
      const missing = (all: readonly number[]): number | undefined => {
        const there = new Set(all)
        return this.#taken.find((number) => !there.has(number))
      }
      const late = await got.until((all) => missing(all) === undefined, `${receiver} gets all ${this.#taken.length} events`).catch(String)
      if (late !== undefined) throw new Error(`${late}; the first missing is ${missing(got.all)}`)
      const at = got.all.findIndex((number, place) => number <= (got.all[place - 1] ?? 0))
      if (at >= 0) throw new Error(`${receiver} got ${got.all[at]} behind ${got.all[at - 1]}`)
    }
  }
}
