// The result of a load: a table for people, a document for programs.

import type { LatencySummary } from '../latencies.ts'
import type { Meter } from './meter.ts'
import type { Outcome, Sizes } from './scenarios.ts'

export interface Report extends Outcome {
  readonly scenario: string
  readonly url: string
  readonly router: 'own' | 'given'
  readonly serializer: string
  readonly sizes: Sizes
  readonly seconds: number
  readonly count: number
  readonly per_second: number
  readonly errors: number
  readonly last_error?: string
  readonly latency_ms: LatencySummary
  /** Of one core, for this process, which plays all clients. */
  readonly cpu_percent: number
}

/** What each scenario counts. */
export const COUNTED: Readonly<Record<string, string>> = { rpc: 'calls', pubsub: 'events', connect: 'sessions', soak: 'calls' }

/** Above this share of a core, the load itself may be what is slow. */
const BUSY_PERCENT = 85

/** The rows of a report. */
export function reportText(report: Report): string {
  const { scenario, seconds, count, per_second: perSecond, errors, last_error: lastError, latency_ms: latency, sizes } = report
  const { min, mean, p50, p95, p99, max } = latency
  const rows = [
    ['router', `${report.router === 'own' ? 'its own, at' : 'at'} ${report.url}, ${report.serializer}`],
    ['load', `${sizes.sessions} sessions, ${sizes.window} in flight each, ${sizes.others} others, ${sizes.size} characters`],
    [COUNTED[scenario] ?? 'count', `${count} in ${seconds} s, ${perSecond} a second`],
    ['ms', `least ${min}, mean ${mean}, median ${p50}, p95 ${p95}, p99 ${p99}, most ${max}`],
    ['errors', lastError === undefined ? String(errors) : `${errors}, the last: ${lastError}`],
    ...(report.lost === undefined ? [] : [['lost', `${report.lost} events`]]),
    ...(report.ended === undefined ? [] : [['ended', `${report.ended} sessions`]]),
    [
      'this process',
      `${report.cpu_percent} % of a core${report.cpu_percent > BUSY_PERCENT ? ': it may be the bound, not the router' : ''}`,
    ],
  ]
  return rows.map(([title = '', text = '']) => `${title.padEnd(13)} ${text}\n`).join('')
}

/** One line of progress. */
export function progressText(scenario: string, second: number, meter: Meter, elapsed: number): string {
  const { count, latency } = meter.takeRecent()
  return `${String(second).padStart(5)} s  ${Math.round(count / elapsed)} ${COUNTED[scenario]} a second, p99 ${latency.p99} ms, ${meter.errors} errors\n`
}
