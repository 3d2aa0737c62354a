// The frame of every scenario: warm up, measure between two readings of the router's processor time, then wait for the rest.

import type { Serializer, SerializerName } from '@trunkline/protocol'
import { createCborSerializer, createJsonSerializer, createMsgpackSerializer } from '@trunkline/protocol'
import type { Usage } from '../usage.ts'
import type { Account, Faults } from './account.ts'
import type { Target } from './connection.ts'
import type { SessionContext } from './session.ts'
import { Turn } from './turn.ts'

/** What a run is to do. */
export interface LoadOptions {
  readonly scenario: string
  readonly target: Target
  readonly serializer: SerializerName
  readonly seconds: number
  readonly warmupSeconds: number
  /** Octets of the text that calls and publications carry. */
  readonly payload: number
  /** Callers, subscribers or sessions. */
  readonly sessions: number
  /** Open calls of a caller, publications in flight, or handshakes at a time. */
  readonly open: number
  readonly patterns: number
  readonly match: 'prefix' | 'wildcard'
  /** `slow`: publications a second. */
  readonly rate: number
  /** `kept`: how many publications the router keeps of the topic: 0, 10 or 1000. */
  readonly kept: number
  /** `kept`: whether each publication is to be retained. */
  readonly retain: boolean
  /** `subscribers`: how many others hold each topic. */
  readonly others: number
  /** The realm of all sessions; its contracts are in `router.ts`. */
  readonly realm: string
}

/** The result. `value` is the scenario's figure. */
export interface LoadResult {
  readonly value: number
  readonly done: number
  readonly seconds: number
  readonly cpuSeconds: number
  readonly faults: Faults
  readonly notes: readonly string[]
}

/** What scenarios share. */
export class Bench {
  readonly options: LoadOptions
  readonly account: Account
  readonly turn = new Turn()
  readonly #usage: () => Promise<Usage>

  constructor(options: LoadOptions, account: Account, usage: () => Promise<Usage>) {
    this.options = options
    this.account = account
    this.#usage = usage
  }

  /** Octets of plain ASCII. */
  get payloadText(): string {
    return 'abcdefghijklmnopqrstuvwxyz0123456789'.repeat(Math.ceil(this.options.payload / 36)).slice(0, this.options.payload)
  }

  /** What sessions of a serializer share; by default that of the options. */
  context(name: SerializerName = this.options.serializer): SessionContext {
    return {
      target: this.options.target,
      serializer: serializerOf(name),
      account: this.account,
      turn: this.turn,
      realm: this.options.realm,
    }
  }

  /** The router's processor time and memory up to now. */
  usage(): Promise<Usage> {
    return this.#usage()
  }

  /** Measures running work: how much is done in a second of the router's processor time. */
  async measure(): Promise<LoadResult> {
    await sleep(this.options.warmupSeconds)
    const [before, doneBefore, start] = [await this.#usage(), this.account.done, performance.now()]
    await sleep(this.options.seconds)
    const after = await this.#usage()
    const done = this.account.done - doneBefore
    const cpuSeconds = after.cpuSeconds - before.cpuSeconds
    return this.result(done / cpuSeconds, { done, cpuSeconds, seconds: (performance.now() - start) / 1000 })
  }

  /** A result with the scenario's own figure. The account stays open: faults count until the end of the run. */
  result(value: number, parts: Partial<Pick<LoadResult, 'done' | 'seconds' | 'cpuSeconds'>> = {}): LoadResult {
    const { account } = this
    return {
      done: account.done,
      seconds: 0,
      cpuSeconds: 0,
      ...parts,
      value,
      faults: account.faults,
      notes: account.notes,
    }
  }
}

/** Waits until a condition holds, for some seconds at most; returns whether it holds. */
export async function until(holds: () => boolean, seconds: number): Promise<boolean> {
  const end = performance.now() + seconds * 1000
  while (!holds()) {
    if (performance.now() > end) return false
    await sleep(0.01)
  }
  return true
}

export function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000))
}

/** The middle value, or the mean of the two in the middle; NaN of an empty list. */
export function median(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

function serializerOf(name: SerializerName): Serializer {
  if (name === 'json') return createJsonSerializer()
  return name === 'msgpack' ? createMsgpackSerializer() : createCborSerializer()
}
