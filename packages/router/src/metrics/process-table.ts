// The metrics of a process that runs a router as data, by the names that all exporters use.

import type { MetricTable } from './metric.ts'

const NONE: readonly string[] = []

export const PROCESS_METRICS = {
  trunkline_event_loop_delay_seconds: {
    type: 'histogram',
    unit: 'seconds',
    labels: NONE,
    help: 'How much later than planned a timer ran that looks 20 times a second: so long everything else waited as well.',
  },
  trunkline_event_loop_active_seconds_total: {
    type: 'counter',
    unit: 'seconds',
    labels: NONE,
    help: 'Time in which the event loop worked, since the metrics were opened; its rate is the utilization of the one thread.',
  },
  process_cpu_seconds_total: { type: 'counter', unit: 'seconds', labels: NONE, help: 'Processor time of the process, user and system.' },
  process_resident_memory_bytes: { type: 'gauge', unit: 'bytes', labels: NONE, help: 'Resident memory of the process.' },
  process_start_time_seconds: {
    type: 'gauge',
    unit: 'seconds',
    across: 'min',
    labels: NONE,
    help: 'When the process started, in seconds since 1970.',
  },
  process_max_fds: { type: 'gauge', labels: NONE, help: 'The most file descriptors; absent where the system does not show it.' },
  nodejs_heap_size_total_bytes: { type: 'gauge', unit: 'bytes', labels: NONE, help: 'Memory that the JavaScript heap has reserved.' },
  nodejs_heap_size_used_bytes: { type: 'gauge', unit: 'bytes', labels: NONE, help: 'Memory that objects of JavaScript use.' },
  nodejs_external_memory_bytes: {
    type: 'gauge',
    unit: 'bytes',
    labels: NONE,
    help: 'Memory outside of the heap that objects of JavaScript hold.',
  },
} as const satisfies MetricTable
