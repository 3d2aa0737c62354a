// The six clients of a stage, each a process: starts them, replaces one, and lets their load pause until nothing is in flight.

import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Child } from '@trunkline/testkit/child'
import { Checker } from './checker.ts'
import type { Expectation } from './checker.ts'
import type { Order, PartSpec, Report } from './parts/words.ts'
import type { Processes } from './processes.ts'
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
export const SOURCES: readonly PartName[] = ['source1', 'source2']
export const SUBSCRIBERS: readonly PartName[] = ['subscriber1', 'subscriber2']
const READY_MS = 60_000
const REST_MS = 90_000

export class Crew {
  readonly checker = new Checker()
  readonly #processes: Processes
  readonly #parts = new Map<PartName, Part>()
  /** Of the stage, in names of files. */
  readonly #mark: string
  readonly #markerMs: number
  #marker = 0

  /**
   * @param mark in the names of the records
   * @param markerMs after this time a marker that has not come is followed by another: it may be among what the router rightly dropped
   */
  constructor(processes: Processes, mark: string, markerMs = REST_MS) {
    this.#processes = processes
    this.#mark = mark
    this.#markerMs = markerMs
  }

  get names(): readonly PartName[] {
    return [...this.#parts.keys()]
  }

  start(name: PartName, traits: Partial<PartSpec>): void {
    const path = join(this.#processes.folder, `${name}-${this.#mark}.log`)
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
    part.child = this.#processes.start('part', part.spec)
    listen(part.child, part)
    await this.ready([name], before)
  }

  /** Waits until each of the parts has been ready more than this number of times. */
  async ready(names: readonly PartName[], times: number): Promise<void> {
    await this.#until(
      () => names.every((name) => this.readies(name) > times),
      READY_MS,
      () => `not ready: ${names.filter((name) => this.readies(name) <= times).join(', ')}`,
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

  async close(): Promise<void> {
    for (const { child } of this.#parts.values()) await child.end('SIGKILL')
  }

  /** A subscriber that was away when the marker came has rightly missed it, and gets another when it is back. */
  async #rest(): Promise<string | undefined> {
    const latest = performance.now() + REST_MS
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
        const again = performance.now() + this.#markerMs
        const isDue = (): boolean => performance.now() > again && performance.now() < latest
        await this.#until(
          () => SUBSCRIBERS.every(hasSeen) || SUBSCRIBERS.some(isNew) || isDue(),
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
