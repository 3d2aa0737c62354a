// Reads the metrics of this process: event loop, memory, processor. The one timer here looks how late it is.

import type { EventLoopUtilization } from 'node:perf_hooks'
import { performance } from 'node:perf_hooks'
import { Histogram } from '../core/index.ts'
import type { Readings } from './metric.ts'
import type { PROCESS_METRICS } from './process-table.ts'

const LOOK_MS = 50
const DELAYS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

/** Looks at the process from its creation on, until it is stopped. */
export class ProcessWatch {
  readonly #delays = new Histogram(DELAYS)
  readonly #since: EventLoopUtilization = performance.eventLoopUtilization()
  readonly #timer: NodeJS.Timeout
  readonly #most: number | undefined
  #planned = performance.now() + LOOK_MS

  /** @param descriptors the most file descriptors of the process, if the system shows it */
  constructor(descriptors: number | undefined) {
    this.#most = descriptors
    this.#timer = setInterval(() => this.#look(), LOOK_MS).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** The present values of {@link PROCESS_METRICS}. */
  read(): Readings<keyof typeof PROCESS_METRICS> {
    const { user, system } = process.cpuUsage()
    const { rss, heapTotal, heapUsed, external } = process.memoryUsage()
    return {
      trunkline_event_loop_delay_seconds: [{ labels: [], value: this.#delays }],
      trunkline_event_loop_active_seconds_total: performance.eventLoopUtilization(this.#since).active / 1000,
      process_cpu_seconds_total: (user + system) / 1_000_000,
      process_resident_memory_bytes: rss,
      process_start_time_seconds: performance.timeOrigin / 1000,
      process_max_fds: this.#most ?? [],
      nodejs_heap_size_total_bytes: heapTotal,
      nodejs_heap_size_used_bytes: heapUsed,
      nodejs_external_memory_bytes: external,
    }
  }

  /** Node plans a repeated timer from the end of its last run, so each look plans the next from its own time. */
  #look(): void {
    const now = performance.now()
    this.#delays.add(Math.max(0, now - this.#planned) / 1000)
    this.#planned = now + LOOK_MS
  }
}
