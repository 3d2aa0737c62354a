// The rows that several processes have of one procedure or topic as one row.

import type { ShownProcedure, ShownTopic } from '../rows.ts'

/** Each process knows all callees; calls are counted where their callers are. */
export function mergedProcedure(first: ShownProcedure, others: readonly ShownProcedure[]): ShownProcedure {
  if (others.length === 0) return first
  const rows = [first, ...others]
  return {
    ...first,
    created: earliest(rows),
    callees: greatest(rows.map(({ callees }) => callees)),
    calls: sum(rows.map(({ calls }) => calls)),
    errors: sum(rows.map(({ errors }) => errors)),
    latency_ms: mergedLatency(rows),
  }
}

/** Each process with subscribers takes each publication; of these, one that has had the topic for longer has counted more. */
export function mergedTopic(first: ShownTopic, others: readonly ShownTopic[]): ShownTopic {
  if (others.length === 0) return first
  const rows = [first, ...others]
  return {
    ...first,
    created: earliest(rows),
    subscribers: sum(rows.map(({ subscribers }) => subscribers)),
    publications: greatest(rows.map(({ publications }) => publications)),
    deliveries: sum(rows.map(({ deliveries }) => deliveries)),
    dropped_events: sum(rows.map(({ dropped_events: dropped }) => dropped)),
    gaps: sum(rows.map(({ gaps }) => gaps)),
  }
}

/** By the calls that each has counted; quantiles of parts say nothing better of the whole. */
function mergedLatency(rows: readonly ShownProcedure[]): ShownProcedure['latency_ms'] {
  const timed = rows.flatMap(({ latency_ms: latency, calls }) => (latency === null || calls === 0 ? [] : [{ ...latency, calls }]))
  const calls = sum(timed.map((each) => each.calls))
  if (calls === 0) return rows.find(({ latency_ms: latency }) => latency !== null)?.latency_ms ?? null
  const mean = (of: (each: (typeof timed)[number]) => number): number =>
    Math.round((sum(timed.map((each) => of(each) * each.calls)) / calls) * 1_000) / 1_000
  return { mean: mean((each) => each.mean), p50: mean(({ p50 }) => p50), p99: mean(({ p99 }) => p99) }
}

function earliest(rows: readonly { readonly created: string }[]): string {
  return rows.reduce((least, { created }) => (created < least ? created : least), rows[0]?.created ?? '')
}

function greatest(numbers: readonly number[]): number {
  return Math.max(...numbers)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all + each, 0)
}
