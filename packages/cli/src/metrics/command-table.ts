// The metrics of the command around the router as data: configuration, certificates, versions.

import type { MetricTable } from '@trunkline/router'

const NONE: readonly string[] = []

export const COMMAND_METRICS = {
  trunkline_build_info: { type: 'info', labels: ['version', 'node'], help: 'The versions of Trunkline and of Node.' },
  trunkline_configuration_reloads_total: { type: 'counter', labels: ['outcome'], help: 'Reloads of the configuration.' },
  trunkline_configuration_last_reload_successful: {
    type: 'gauge',
    across: 'min',
    labels: NONE,
    help: '1 if the last reload succeeded or there was none, 0 if it failed and an older configuration holds.',
  },
  trunkline_configuration_applied_timestamp_seconds: {
    type: 'gauge',
    unit: 'seconds',
    across: 'max',
    labels: NONE,
    help: 'When the present configuration was applied, in seconds since 1970.',
  },
  trunkline_certificate_expiry_timestamp_seconds: {
    type: 'gauge',
    unit: 'seconds',
    across: 'min',
    labels: ['listener', 'subject'],
    help: 'When each certificate of a listener expires, those of its chain included, in seconds since 1970.',
  },
  trunkline_requests_untraced_total: {
    type: 'counter',
    labels: NONE,
    help: 'Calls and publications that should have had spans, and had none: they were more than `tracing.mostPerSecond`.',
  },
  trunkline_spans_dropped_total: {
    type: 'counter',
    labels: NONE,
    help: 'Spans that did not reach the collector: it did not take them, or too many waited for it.',
  },
} as const satisfies MetricTable
