// All clients of one run in one process, so that one clock times everything: those that read, and one that reads or does
// not. Messages are sent when they are due, whatever comes back, and their time counts from then.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Session } from '@trunkline/client'
import { openSession } from '@trunkline/client/session'
import { MachineWatch } from './machine-watch.ts'
import { Other } from './other.ts'
import type { LoadResult, LoadSpec, Scenario } from './words.ts'

const TOPIC = 'slow.topic'
/** Large events that only the session in question gets in addition. */
const BULK = 'slow.bulk'
const PROCEDURE = 'slow.procedure'
const SUBSCRIBERS = 20
const CALLERS = 8
/** Events a second, each to all subscribers, and calls a second of all callers: as many times are measured of both. */
const RATES: Readonly<Record<Scenario, number>> = { events: 400, calls: 2_000 }
/** So much, so often, that a session which does not read is behind in a second or two. */
const TEXT = 'x'.repeat(16 * 1024)
const BULK_RATE = 200
const TICK_MS = 1
/** A session that was closed is followed by another. */
const LIFE_MS = 4_000
const PATIENCE_MS = 5_000

interface Times {
  readonly due: number
  readonly came: number
}

class Load {
  readonly #spec: LoadSpec
  readonly #times: Times[] = []
  readonly #machine = new MachineWatch()
  #from = Infinity
  #until = Infinity
  /** Due in the measured time, and come. */
  #expected = 0
  #isOver = false

  constructor(spec: LoadSpec) {
    this.#spec = spec
  }

  async run(): Promise<LoadResult> {
    const { warmupSeconds, seconds, scenario } = this.#spec
    const send = scenario === 'events' ? await this.#events() : await this.#calls()
    const other = this.#other()
    this.#from = performance.now() + warmupSeconds * 1000
    this.#until = this.#from + seconds * 1000
    await this.#paced(send)
    const latest = performance.now() + PATIENCE_MS
    while (this.#times.length < this.#expected && performance.now() < latest) await sleep(10)
    this.#isOver = true
    await other
    const counted = whenNotSlow(this.#times, this.#machine.slowTimes())
    const sorted = counted.map(({ due, came }) => came - due).toSorted((a, b) => a - b)
    const at = (part: number): number => sorted[Math.floor(sorted.length * part)] ?? Number.NaN
    const { length } = this.#times
    return { p50: at(0.5), p99: at(0.99), count: sorted.length, leftOut: length - sorted.length, lost: this.#expected - length }
  }

  async #events(): Promise<(due: number) => void> {
    for (let i = 0; i < SUBSCRIBERS; i++) {
      const subscriber = await this.#join()
      await subscriber.subscribe(TOPIC, ({ args: [due] }) => this.#came(Number(due)))
    }
    const publisher = await this.#join()
    let bulk = 0
    return (due) => {
      if (this.#isMeasured(due)) this.#expected += SUBSCRIBERS
      void publisher.publish(TOPIC, [due])
      bulk += BULK_RATE / RATES.events
      if (bulk < 1) return
      bulk--
      void publisher.publish(BULK, [TEXT])
    }
  }

  async #calls(): Promise<(due: number) => void> {
    const callee = await this.#join()
    await callee.register(PROCEDURE, ({ args }) => args[0])
    const callers: Session[] = []
    for (let i = 0; i < CALLERS; i++) callers.push(await this.#join())
    let turn = 0
    return (due) => {
      if (this.#isMeasured(due)) this.#expected++
      callers[turn++ % CALLERS]?.call(PROCEDURE, [due]).then(
        () => this.#came(due),
        (error: unknown) => console.error(String(error)),
      )
    }
  }

  /** The one in question: a subscriber, or a caller with large answers. */
  async #other(): Promise<void> {
    const { scenario, isStopped, rawSocketPort } = this.#spec
    while (!this.#isOver) {
      const other = await Other.join(rawSocketPort)
      if (scenario === 'events') for (const topic of [BULK, TOPIC]) await other.subscribe(topic)
      if (isStopped) other.stop()
      else other.read()
      const begin = performance.now()
      for (let sent = 0; !this.#isOver && performance.now() < begin + LIFE_MS; await sleep(TICK_MS)) {
        const due = scenario === 'calls' ? ((performance.now() - begin) * BULK_RATE) / 1000 : 0
        for (; sent < due; sent++) other.call(PROCEDURE, TEXT)
      }
      other.end()
    }
  }

  async #paced(send: (due: number) => void): Promise<void> {
    const begin = performance.now()
    for (let number = 0; ; number++) {
      const due = begin + (number * 1000) / RATES[this.#spec.scenario]
      while (due > performance.now()) {
        this.#machine.look()
        await sleep(TICK_MS)
      }
      if (due >= this.#until) return
      send(due)
    }
  }

  #isMeasured(due: number): boolean {
    return due >= this.#from && due < this.#until
  }

  #came(due: number): void {
    if (this.#isMeasured(due)) this.#times.push({ due, came: performance.now() })
  }

  #join(): Promise<Session> {
    return openSession({ url: this.#spec.url, realm: 'realm1' })
  }
}

/** Times without a moment at which the machine was slow: such moments are as likely in both runs of a pair, and hide their difference. */
function whenNotSlow(times: readonly Times[], slow: ReturnType<MachineWatch['slowTimes']>): Times[] {
  return times.filter(({ due, came }) => !slow.some(([from, to]) => due < to && came > from))
}

const result = await new Load(JSON.parse(process.argv[2] ?? '{}') as LoadSpec).run()
process.send?.(result, () => process.exit(0))
