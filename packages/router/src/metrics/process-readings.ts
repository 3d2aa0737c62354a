// Reads the metrics of this process: event loop, memory, processor.

import type { EventLoopUtilization } from 'node:perf_hooks'
import { performance } from 'node:perf_hooks'
import type { EventLoopWatch } from '../event-loop-watch.ts'
import type { Readings } from './metric.ts'
import type { PROCESS_METRICS } from './process-table.ts'

/** Looks at the process from its creation on, until it is stopped. */
export class ProcessWatch {
  readonly #loop: EventLoopWatch
  readonly #stop: () => void
  readonly #since: EventLoopUtilization = performance.eventLoopUtilization()
  readonly #most: number | undefined

  /** @param descriptors the most file descriptors of the process, if the system shows it */
  constructor(loop: EventLoopWatch, descriptors: number | undefined) {
    this.#loop = loop
    this.#most = descriptors
    this.#stop = loop.start()
  }

  stop(): void {
    this.#stop()
  }

  /** The present values of {@link PROCESS_METRICS}. */
  read(): Readings<keyof typeof PROCESS_METRICS> {
    const { user, system } = process.cpuUsage()
    const { rss, heapTotal, heapUsed, external } = process.memoryUsage()
    return {
      trunkline_event_loop_delay_seconds: [{ labels: [], value: this.#loop.delays }],
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
}
