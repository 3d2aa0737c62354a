// The readings of a router over the last minutes: each status becomes one sample, in which counters are rates.

/** What a sample takes of a status; counters only grow while a router runs. */
export interface StatusReading {
  readonly pid: number
  readonly since: string
  readonly sessions: number
  readonly queued_bytes: number
  readonly cpu_seconds: number
  readonly event_loop_delay_ms: { readonly mean: number; readonly p99: number }
  readonly memory: { readonly rss: number; readonly heap_used: number }
  readonly traffic: { readonly messages_in: number; readonly messages_out: number }
  readonly counters: unknown
}

/** Per second, where a name has no unit. */
export const SERIES = [
  'sessions',
  'messagesIn',
  'messagesOut',
  'calls',
  'publications',
  'deliveries',
  'queuedOctets',
  'delayMeanMs',
  'delayP99Ms',
  'rssOctets',
  'heapOctets',
  'cpuPercent',
] as const

export type SeriesName = (typeof SERIES)[number]
export type Sample = Readonly<Record<SeriesName, number | null>>

/** How many samples are kept, one a second. */
export const MOST_SAMPLES = 300

export class Samples {
  /** In seconds since 1970, oldest first. */
  readonly times: number[] = []
  readonly #values = new Map<SeriesName, (number | null)[]>(SERIES.map((name) => [name, []]))
  #last: { readonly at: number; readonly reading: StatusReading } | undefined

  /** The values of a series, beside `times`; null where it is not known. */
  values(name: SeriesName): readonly (number | null)[] {
    return this.#values.get(name) ?? []
  }

  /** The newest value; undefined before there is one. */
  latest(name: SeriesName): number | undefined {
    return this.values(name).at(-1) ?? undefined
  }

  /** @param at in milliseconds since 1970 */
  add(reading: StatusReading, at: number): void {
    const last = this.#last
    const isSameRun = last !== undefined && last.reading.pid === reading.pid && last.reading.since === reading.since
    const sample = sampleOf(reading, isSameRun && at > last.at ? { ...last, seconds: (at - last.at) / 1_000 } : undefined)
    this.#last = { at, reading }
    this.times.push(at / 1_000)
    for (const name of SERIES) this.#values.get(name)?.push(sample[name])
    while (this.times.length > MOST_SAMPLES) {
      this.times.shift()
      for (const values of this.#values.values()) values.shift()
    }
  }
}

interface Before {
  readonly reading: StatusReading
  readonly seconds: number
}

function sampleOf(now: StatusReading, before: Before | undefined): Sample {
  const rate = (of: (reading: StatusReading) => number): number | null =>
    before === undefined ? null : Math.max(0, (of(now) - of(before.reading)) / before.seconds)
  const cpu = rate(({ cpu_seconds }) => cpu_seconds)
  return {
    sessions: now.sessions,
    messagesIn: rate(({ traffic }) => traffic.messages_in),
    messagesOut: rate(({ traffic }) => traffic.messages_out),
    calls: rate(counter('callsRouted')),
    publications: rate(counter('publicationsRouted')),
    deliveries: rate(counter('eventsSent')),
    queuedOctets: now.queued_bytes,
    delayMeanMs: now.event_loop_delay_ms.mean,
    delayP99Ms: now.event_loop_delay_ms.p99,
    rssOctets: now.memory.rss,
    heapOctets: now.memory.heap_used,
    cpuPercent: cpu === null ? null : cpu * 100,
  }
}

function counter(name: string): (reading: StatusReading) => number {
  return ({ counters }) => {
    const value = (counters as Readonly<Record<string, unknown>> | null)?.[name]
    return typeof value === 'number' ? value : 0
  }
}
