// The state of the router and of all nodes, for `trunkline.admin.view.status`.

import { hostname } from 'node:os'
import type { Counters, Router } from '@trunkline/router'
import { readVersion } from '../version.ts'
import type { LogLevels } from '../leveled-log.ts'
import { moment } from './rows.ts'
import type { Gathered, Part } from './nodes/parts.ts'

/** The state of one process. */
export type ProcessStatus = ReturnType<typeof processStatus>

/** What the status tells of the router as a whole. */
export interface StatusParts {
  readonly router: Router
  readonly levels: LogLevels
  /** The process that an operator stops: of several the first. */
  readonly pid: number
  /** When the router was started, in milliseconds since 1970. */
  readonly since: number
  /** Its name, and whether a node is one of its processes. */
  readonly over: { readonly router: string; isOwn(node: string): boolean }
}

export function processStatus(router: Router) {
  const { rss, heapUsed, heapTotal, external, arrayBuffers } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  const { realms, counters, load } = router
  return {
    host: hostname(),
    version: readVersion(),
    pid: process.pid,
    isDraining: router.isDraining,
    uptime_seconds: Math.floor(process.uptime()),
    cpu_seconds: Math.round((user + system) / 1e4) / 100,
    event_loop_delay_ms: { ...router.eventLoop.recent },
    memory: { rss, heap_used: heapUsed, heap_total: heapTotal, external, array_buffers: arrayBuffers },
    traffic: {
      messages_in: sumOf(counters.received.messages),
      octets_in: sumOf(counters.received.octets),
      messages_out: sumOf(counters.sent.messages),
      octets_out: sumOf(counters.sent.octets),
    },
    queued_bytes: load.queuedBytes,
    connections: load.connections,
    calls_open: realms.reduce((sum, { openCallCount }) => sum + openCallCount, 0),
    sessions: realms.reduce((sum, { memberCount }) => sum + memberCount, 0),
    counters: numbersOf(counters),
  }
}

/** Sums of all nodes that answered; of delays the longest. */
export function adminStatus({ router, levels, pid, since, over }: StatusParts, { parts, missing }: Gathered<ProcessStatus>) {
  const { realms } = router
  const all = parts.map(({ answer }) => answer)
  const own = parts.filter(({ node }) => over.isOwn(node))
  const total = { sessions: 0, procedures: 0, topics: 0 }
  for (const { wholeExtent: extent } of realms) {
    total.sessions += extent.sessions
    total.procedures += extent.procedures
    total.topics += extent.topics
  }
  const sum = (of: (status: ProcessStatus) => number): number => all.reduce((sum, status) => sum + of(status), 0)
  const isSeveral = parts.length + missing.length > 1
  return {
    version: readVersion(),
    node_version: process.version,
    router: over.router,
    pid,
    state: own.some(({ answer: { isDraining } }) => isDraining) ? ('draining' as const) : ('running' as const),
    since: moment(since),
    uptime_seconds: own.length > 1 ? Math.floor((Date.now() - since) / 1_000) : Math.floor(process.uptime()),
    cpu_seconds: Math.round(sum((status) => status.cpu_seconds) * 100) / 100,
    event_loop_delay_ms: together(all, ({ event_loop_delay_ms: delay }) => delay, greatest),
    memory: together(all, ({ memory }) => memory, plus),
    traffic: together(all, ({ traffic }) => traffic, plus),
    queued_bytes: sum((status) => status.queued_bytes),
    connections: sum(({ connections }) => connections),
    calls_open: sum((status) => status.calls_open),
    listeners: router.listeners.map(({ address }) => address),
    realms: realms.length,
    ...total,
    log_level: levels.level,
    log_areas: levels.areas,
    counters: together(all, ({ counters }) => counters, plus),
    nodes: isSeveral ? parts.map((part) => nodeRow(part, over.isOwn(part.node))) : [],
    missing,
  }
}

function nodeRow({ node, answer }: Part<ProcessStatus>, own: boolean) {
  const { host, version, pid, isDraining, sessions, connections, memory, ...status } = answer
  const { uptime_seconds, cpu_seconds, event_loop_delay_ms, queued_bytes, traffic } = status
  const state = isDraining ? ('draining' as const) : ('running' as const)
  const load = { sessions, connections, queued_bytes, memory, cpu_seconds, event_loop_delay_ms, traffic }
  return { node, host, version, own, pid, state, uptime_seconds, ...load }
}

/** The numbers of all, each put together with its like. */
function together<Numbers extends Readonly<Record<string, number>>>(
  all: readonly ProcessStatus[],
  of: (status: ProcessStatus) => Numbers,
  merge: (one: number, other: number) => number,
): Numbers {
  const [first, ...others] = all.map(of)
  const entries = Object.entries(first ?? {}).map(([name, value]) => [
    name,
    others.reduce((sum, each) => merge(sum, each[name] ?? 0), value),
  ])
  return Object.fromEntries(entries) as Numbers
}

function plus(one: number, other: number): number {
  return one + other
}

function greatest(one: number, other: number): number {
  return Math.max(one, other)
}

/** The other nodes, for `trunkline.admin.view.nodes`. */
export function nodesShown({ cluster }: Pick<Router, 'cluster'>) {
  const { node = '', nodes = [] } = cluster ?? {}
  return {
    node,
    nodes: nodes.map(({ queuedBytes, resent, roundTripMs = 0, clockAheadMs, otherSettings, ...row }) => ({
      ...row,
      queued_bytes: queuedBytes,
      packets_resent: resent,
      round_trip_ms: roundTripMs,
      clock_ahead_ms: clockAheadMs,
      other_settings: otherSettings,
    })),
  }
}

function numbersOf(counters: Counters): Readonly<Record<string, number>> {
  const entries = Object.entries(counters) as [string, unknown][]
  return Object.fromEntries(entries.filter((entry): entry is [string, number] => typeof entry[1] === 'number'))
}

function sumOf(counts: Float64Array): number {
  return counts.reduce((total, each) => total + each, 0)
}
