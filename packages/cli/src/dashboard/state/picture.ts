// The picture of who calls and publishes what, as edges and as what is written beside them.

import type { Picture } from './admin.ts'
import { milliseconds, short } from './formats.ts'
import type { Edge } from './graph-layout.ts'

export type CallEdge = Picture['calls'][number]
export type PublicationEdge = Picture['publications'][number]
export type Group = CallEdge['from']

/** What stands in the middle: a procedure or a topic of a realm. */
export interface Middle {
  readonly kind: 'call' | 'publish'
  readonly realm: string
  readonly uri: string
  readonly rate: string
  /** Latency of a procedure, events of a topic. */
  readonly note: string
  readonly hasErrors: boolean
}

/** The name of those who count as one. */
export function groupName({ authrole, authid, session }: Group): string {
  if (session !== null) return `${authid ?? authrole} · ${session}`
  return authid ?? authrole
}

export function edgesOf({ calls, publications }: Picture): readonly Edge[] {
  const called = calls.map(({ realm, from, procedure, to, rate }) => ({
    from: groupName(from),
    via: keyOf('call', realm, procedure),
    to: groupName(to),
    rate,
  }))
  const published = publications.flatMap(({ realm, from, topic, rate, deliveries, to }): Edge[] => {
    const [source, via] = [groupName(from), keyOf('publish', realm, topic)]
    if (to.length === 0) return [{ from: source, via, to: '', rate }]
    // Rates in the middle are those of publications; each line to a subscriber has its share of them.
    return to.map((group) => ({ from: source, via, to: groupName(group), rate: (deliveries > 0 ? rate : 0) / to.length }))
  })
  return [...called, ...published]
}

export function middlesOf({ calls, publications }: Picture): ReadonlyMap<string, Middle> {
  const middles = new Map<string, Middle>()
  for (const [key, edges] of grouped(calls, ({ realm, procedure }) => keyOf('call', realm, procedure))) {
    const [first] = edges
    if (first !== undefined) middles.set(key, calledMiddle(first, edges))
  }
  for (const [key, edges] of grouped(publications, ({ realm, topic }) => keyOf('publish', realm, topic))) {
    const [first] = edges
    if (first !== undefined) middles.set(key, publishedMiddle(first, edges))
  }
  return middles
}

function calledMiddle({ realm, procedure }: CallEdge, edges: readonly CallEdge[]): Middle {
  const rate = total(edges, (edge) => edge.rate)
  const errors = total(edges, (edge) => edge.errors)
  const mean = rate === 0 ? 0 : total(edges, (edge) => edge.mean_ms * edge.rate) / rate
  const longest = Math.max(...edges.map((edge) => edge.max_ms))
  const failed = errors === 0 ? '' : `${short(errors)} errors/s · `
  const note = `${failed}mean ${milliseconds(mean)} · max ${milliseconds(longest)}`
  return { kind: 'call', realm, uri: procedure, rate: `${short(rate)} calls/s`, note, hasErrors: errors > 0 }
}

function publishedMiddle({ realm, topic, subscribers }: PublicationEdge, edges: readonly PublicationEdge[]): Middle {
  const rate = `${short(total(edges, (edge) => edge.rate))} published/s`
  const note = `${short(total(edges, ({ deliveries }) => deliveries))} events/s to ${short(subscribers)}`
  return { kind: 'publish', realm, uri: topic, rate, note, hasErrors: false }
}

/** A procedure and a topic may have the same URI. */
function keyOf(kind: Middle['kind'], realm: string, uri: string): string {
  return JSON.stringify([kind, realm, uri])
}

function grouped<Row>(rows: readonly Row[], key: (row: Row) => string): ReadonlyMap<string, readonly Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) groups.set(key(row), [...(groups.get(key(row)) ?? []), row])
  return groups
}

function total<Row>(rows: readonly Row[], of: (row: Row) => number): number {
  return rows.reduce((sum, row) => sum + of(row), 0)
}
