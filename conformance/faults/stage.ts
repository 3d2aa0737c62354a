// A router under load with its parts: the faults happen here, and afterwards the load pauses until nothing is in flight.

import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openSession } from '@trunkline/client/session'
import type { Child } from '@trunkline/testkit/child'
import { Checker } from './checker.ts'
import type { Expectation } from './checker.ts'
import type { Order, PartSpec, Report } from './parts/words.ts'
import { CHURNED, PROCEDURE, TOPIC_PREFIX, TOPICS } from './parts/words.ts'
import type { Processes } from './processes.ts'
import { freePorts } from './processes.ts'
import { Proxy } from './proxy.ts'
import { RecordReader } from './record.ts'

export type PartName = 'source1' | 'source2' | 'subscriber1' | 'subscriber2' | 'callee1' | 'callee2'

interface Part {
  readonly spec: PartSpec
  readonly record: RecordReader
  child: Child
  /** How often it has been ready. */
  readies: number
  paused: number
  /** The last marker that it got of each source. */
  readonly saw: Map<string, number>
}

/** How many parts there are. */
export const PARTS = 6
const READY_MS = 60_000
const REST_MS = 90_000
const SOURCES: readonly PartName[] = ['source1', 'source2']
const SUBSCRIBERS: readonly PartName[] = ['subscriber1', 'subscriber2']

/** The file of the router's configuration, and the port at which it listens. */
interface RouterPlace {
  readonly config: string
  readonly port: number
}

export class Stage {
  readonly checker = new Checker()
  /** Between the router and what connects through it: subscriber1 and callee1. */
  readonly proxy: Proxy
  readonly port: number
  #router: Child
  readonly #config: string
  readonly #processes: Processes
  readonly #parts = new Map<PartName, Part>()
  #marker = 0
  /** When all parts were ready, since the last start of the router. */
  #completeAt = 0

  private constructor(processes: Processes, { config, port }: RouterPlace, router: Child, proxy: Proxy) {
    this.#processes = processes
    this.#config = config
    this.port = port
    this.#router = router
    this.proxy = proxy
  }

  /** Starts the router and all parts, and waits until each is ready. */
  static async open(processes: Processes, rate: number): Promise<Stage> {
    const [port = 0, rawSocketPort = 0] = await freePorts(2)
    const config = processes.writeConfig(`router-${port}.yaml`, configText(port, rawSocketPort))
    const stage = new Stage(processes, { config, port }, await processes.startRouter(config, 2), await Proxy.open(port))
    const ws = `ws://127.0.0.1:${port}/ws`
    const proxied = `ws://127.0.0.1:${stage.proxy.port}/ws`
    const rs = `rs://127.0.0.1:${rawSocketPort}`
    const topics = TOPICS.map((topic) => ({ topic }))
    stage.#start('callee1', { url: proxied, register: [PROCEDURE] })
    stage.#start('callee2', { url: rs, register: [PROCEDURE], serializer: 'msgpack' })
    stage.#start('subscriber1', { url: proxied, subscribe: topics })
    stage.#start('subscriber2', { url: rs, subscribe: [{ topic: TOPIC_PREFIX, match: 'prefix' }], churn: CHURNED, serializer: 'cbor' })
    await stage.ready(['callee1', 'callee2', 'subscriber1', 'subscriber2'], 0)
    for (const name of SOURCES) stage.#start(name, { url: ws, rate })
    await stage.ready(SOURCES, 0)
    stage.#completeAt = performance.now()
    return stage
  }

  get router(): Child {
    return this.#router
  }

  process(name: PartName): Child {
    return this.#part(name).child
  }

  /** How often a part was ready until now. */
  readies(name: PartName): number {
    return this.#part(name).readies
  }

  /** Kills a part with SIGKILL and starts it again; resolves when it is ready again. */
  async replace(name: PartName): Promise<void> {
    const part = this.#part(name)
    await part.child.end('SIGKILL')
    const before = part.readies
    this.#launch(name, part)
    await this.ready([name], before)
  }

  /** Ends the router and starts it again at the same addresses. Resolves when all parts are back, with the time since it listens again. */
  async replaceRouter(signal: NodeJS.Signals): Promise<{ readonly code: number | null; readonly backMs: number }> {
    const names = [...this.#parts.keys()]
    const before = new Map(names.map((name) => [name, this.readies(name)]))
    const code = await this.#router.end(signal)
    this.#router = await this.#processes.startRouter(this.#config, 2)
    const start = performance.now()
    await Promise.all(names.map((name) => this.ready([name], before.get(name) ?? 0)))
    this.#completeAt = performance.now()
    return { code, backMs: this.#completeAt - start }
  }

  /** Until the sessions have lasted so long. */
  async haveLasted(milliseconds: number): Promise<void> {
    await sleep(Math.max(0, this.#completeAt + milliseconds - performance.now()))
  }

  /** Waits until each of the parts has been ready more than this number of times. */
  async ready(names: readonly PartName[], times: number): Promise<void> {
    await this.#until(
      () => names.every((name) => this.readies(name) > times),
      READY_MS,
      () => `not ready: ${names.join(', ')}`,
    )
  }

  /** Waits until nothing is in flight, judges the round, and continues. Returns what is wrong. */
  async settle(expectation: Expectation): Promise<string[]> {
    const late = await this.#rest()
    for (const [name, { record }] of this.#parts) this.checker.ledger(name).add(record.next())
    const faults = this.checker.settle(expectation)
    for (const name of SOURCES) this.#order(name, { resume: true })
    return late === undefined ? faults : [late, ...faults]
  }

  /** How many sessions of parts the router has. */
  async sessionCount(): Promise<number> {
    const observer = await openSession({ url: `ws://127.0.0.1:${this.port}/ws`, realm: 'realm1' })
    const value = await observer.call('wamp.session.count')
    await observer.leave()
    return Number(value) - 1
  }

  async close(): Promise<void> {
    for (const { child } of this.#parts.values()) await child.end('SIGKILL')
    await this.#router.end('SIGKILL')
    this.proxy.close()
  }

  /** A subscriber that was away when the marker came has rightly missed it, and gets another when it is back. */
  async #rest(): Promise<string | undefined> {
    try {
      for (;;) {
        const marker = ++this.#marker
        const before = SUBSCRIBERS.map((name) => this.readies(name))
        for (const name of SOURCES) this.#order(name, { pause: marker })
        const isPaused = (name: PartName): boolean => this.#part(name).paused === marker
        const hasSeen = (name: PartName): boolean => SOURCES.every((source) => this.#part(name).saw.get(source) === marker)
        const isNew = (name: PartName, i: number): boolean => this.readies(name) > (before[i] ?? 0)
        await this.#until(
          () => SOURCES.every(isPaused),
          REST_MS,
          () => 'R1: calls or acknowledgements have not come to an end',
        )
        await this.#until(
          () => SUBSCRIBERS.every(hasSeen) || SUBSCRIBERS.some(isNew),
          REST_MS,
          () => 'L3: the last event has not come',
        )
        if (SUBSCRIBERS.every(hasSeen)) return undefined
      }
    } catch (error) {
      return String(error instanceof Error ? error.message : error)
    }
  }

  #part(name: PartName): Part {
    const part = this.#parts.get(name)
    if (part === undefined) throw new Error(`there is no ${name}`)
    return part
  }

  #order(name: PartName, order: Order): void {
    this.#part(name).child.send(order)
  }

  #start(name: PartName, traits: Partial<PartSpec>): void {
    const path = join(this.#processes.folder, `${name}-${this.port}.log`)
    const spec: PartSpec = {
      name,
      url: '',
      serializer: 'json',
      record: path,
      rate: 0,
      subscribe: [],
      churn: undefined,
      register: [],
      ...traits,
    }
    const child = this.#processes.start('part', spec)
    const part: Part = { spec, record: new RecordReader(path), child, readies: 0, paused: 0, saw: new Map() }
    this.#parts.set(name, part)
    listen(child, part)
  }

  #launch(name: PartName, part: Part): void {
    part.child = this.#processes.start('part', part.spec)
    listen(part.child, part)
    this.#parts.set(name, part)
  }

  async #until(holds: () => boolean, most: number, complaint: () => string): Promise<void> {
    const latest = performance.now() + most
    while (!holds()) {
      if (performance.now() > latest) throw new Error(complaint())
      for (const [name, { child }] of this.#parts) if (!child.isRunning) throw new Error(`${name} has ended by itself`)
      await sleep(5)
    }
  }
}

function listen(child: Child, part: Part): void {
  child.onMessage((message) => {
    const report = message as Report
    if ('ready' in report) part.readies++
    else if ('paused' in report) part.paused = report.paused
    else part.saw.set(report.source, report.saw)
  })
}

/** A realm in which every session may do everything. */
export function configText(port: number, rawSocketPort: number): string {
  return `
listeners:
  - websocket: { host: 127.0.0.1, port: ${port} }
  - rawsocket: { host: 127.0.0.1, port: ${rawSocketPort} }
realms:
  realm1:
    anonymous: { role: anonymous }
    requestIds: strict
    roles:
      anonymous:
        - { uri: "**", allow: [call, register, publish, subscribe] }
        - { uri: "wamp.**", allow: [call] }
`
}
