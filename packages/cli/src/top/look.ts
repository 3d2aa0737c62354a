// Two looks at a router, and what came between them: rates of the whole router, and of each entry of a list.

import type { Out } from '@trunkline/contract'
import type { adminApi } from '../admin/admin-contract.ts'
import type { Listed } from './tables.ts'

export type Status = Out<typeof adminApi.view.status.spec.result>

/** What a router was like at one moment. */
export interface Look {
  /** In milliseconds, by a clock that never goes back. */
  readonly at: number
  readonly status: Status
  readonly list: Listed
}

/** A row of a list: rates first, because they are what it is sorted by. */
export type Row = Readonly<Record<string, string | number | null>>

/** What happened in a second, on average between two looks. */
export interface Rates {
  readonly calls: number
  readonly events: number
  readonly messages_in: number
  readonly messages_out: number
  /** Of one processor, in percent. */
  readonly cpu: number
}

export function ratesOf(before: Look, now: Look): Rates {
  const seconds = secondsBetween(before, now)
  const rate = (of: (status: Status) => number): number => rounded(Math.max(0, of(now.status) - of(before.status)) / seconds)
  const counter =
    (name: string) =>
    (status: Status): number =>
      (status.counters as Record<string, number>)[name] ?? 0
  return {
    calls: rate(counter('callsRouted')),
    events: rate(counter('eventsSent')),
    messages_in: rate(({ traffic }) => traffic.messages_in),
    messages_out: rate(({ traffic }) => traffic.messages_out),
    cpu: rate(({ cpu_seconds: used }) => used * 100),
  }
}

/** The rows of the later look, in its order; the rates of an entry that is new are 0. */
export function rowsOf(before: Look, now: Look): readonly Row[] {
  const seconds = secondsBetween(before, now)
  const earlier = new Map(before.list.entries.map(({ key, counters }) => [key, counters]))
  return now.list.entries.map(({ key, cells, counters }) => {
    const rates = Object.entries(counters).map(([name, value]) => {
      return [name, rounded(Math.max(0, value - (earlier.get(key)?.[name] ?? value)) / seconds)] as const
    })
    return { ...Object.fromEntries(rates), ...cells }
  })
}

/** The rows with the greatest values of a column first, or the least ones; texts by their letters. */
export function sorted(rows: readonly Row[], column: string, isReversed: boolean): readonly Row[] {
  const direction = isReversed ? -1 : 1
  return rows.toSorted((a, b) => direction * compared(a[column] ?? null, b[column] ?? null))
}

function compared(a: string | number | null, b: string | number | null): number {
  if (typeof a === 'number' && typeof b === 'number') return b - a
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0
  // What is not known comes last.
  return Number(a === null) - Number(b === null)
}

function secondsBetween(before: Look, now: Look): number {
  return Math.max(0.001, (now.at - before.at) / 1000)
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10
}
