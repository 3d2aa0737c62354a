// Reads the metrics of the command around the router. Changes nothing.

import type { MetricSource, Reading, Readings } from '@trunkline/router'
import { certificatesOf } from '../certificates.ts'
import type { LiveConfiguration } from '../live-configuration.ts'
import type { Traces } from '../traces.ts'
import { COMMAND_METRICS } from './command-table.ts'

export interface Measured {
  readonly version: string
  /** Returns the configuration, which is made after the metrics. */
  readonly live: () => LiveConfiguration
  /** Undefined where nothing is traced. */
  readonly traces: Pick<Traces, 'tracer' | 'dropped'> | undefined
}

/** The source of these metrics. */
export function commandMetrics(measured: Measured): MetricSource<typeof COMMAND_METRICS> {
  return { table: COMMAND_METRICS, read: () => readings(measured) }
}

function readings({ version, live, traces }: Measured): Readings<keyof typeof COMMAND_METRICS> {
  const { reloads, config } = live()
  return {
    trunkline_build_info: [{ labels: [version, process.version], value: 1 }],
    trunkline_configuration_reloads_total: [
      { labels: ['succeeded'], value: reloads.succeeded },
      { labels: ['failed'], value: reloads.failed },
    ],
    trunkline_configuration_last_reload_successful: Number(reloads.lastSucceeded),
    trunkline_configuration_applied_timestamp_seconds: reloads.appliedAt / 1000,
    trunkline_certificate_expiry_timestamp_seconds: expiries(certificatesOf(config.listeners)),
    trunkline_requests_untraced_total: traces?.tracer.dropped ?? 0,
    trunkline_spans_dropped_total: traces?.dropped() ?? 0,
  }
}

/** Two certificates of one listener may have the same subject: the one that expires first counts. */
function expiries(certificates: ReturnType<typeof certificatesOf>): readonly Reading[] {
  const first = new Map<string, Reading & { readonly value: number }>()
  for (const { listener, subject, until } of certificates) {
    const [key, value] = [JSON.stringify([listener, subject]), until.getTime() / 1000]
    if (value < (first.get(key)?.value ?? Number.POSITIVE_INFINITY)) first.set(key, { labels: [listener, subject], value })
  }
  return [...first.values()]
}
