// The state of the process and its router, for `trunkline.admin.view.status`.

import type { Counters, Router } from '@trunkline/router'
import { readVersion } from '../version.ts'
import type { LogLevel } from '../leveled-log.ts'
import type { EventLoopDelay } from './event-loop-delay.ts'
import { moment } from './rows.ts'

export interface StatusParts {
  readonly router: Router
  readonly delay: EventLoopDelay
  readonly logLevel: LogLevel
  /** When the router was started, in milliseconds since 1970. */
  readonly since: number
}

export function adminStatus({ router, delay, logLevel, since }: StatusParts) {
  const { rss, heapUsed, heapTotal, external, arrayBuffers } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  const { realms } = router
  const total = { sessions: 0, procedures: 0, topics: 0 }
  for (const { extent } of realms) {
    total.sessions += extent.sessions
    total.procedures += extent.procedures
    total.topics += extent.topics
  }
  return {
    version: readVersion(),
    node: process.version,
    pid: process.pid,
    state: router.isDraining ? ('draining' as const) : ('running' as const),
    since: moment(since),
    uptime_seconds: Math.floor(process.uptime()),
    cpu_seconds: Math.round((user + system) / 1e4) / 100,
    event_loop_delay_ms: delay.recent,
    memory: { rss, heap_used: heapUsed, heap_total: heapTotal, external, array_buffers: arrayBuffers },
    listeners: router.listeners.map(({ address }) => address),
    realms: realms.length,
    ...total,
    log_level: logLevel,
    counters: numbersOf(router.counters),
  }
}

function numbersOf(counters: Counters): Readonly<Record<string, number>> {
  const entries = Object.entries(counters) as [string, unknown][]
  return Object.fromEntries(entries.filter((entry): entry is [string, number] => typeof entry[1] === 'number'))
}
