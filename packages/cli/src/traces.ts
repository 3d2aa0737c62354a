// Sends the spans of a router to a collector, as the configuration says. The packages of OpenTelemetry are installed by who traces.

import type { ReadableSpan, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace-base'
import { UsageError } from '@trunkline/client'
import type { Log } from '@trunkline/router'
import type { CountingTracer } from '@trunkline/router/tracing'
import type { TracingDocument } from './config/schema.ts'
import { readVersion } from './version.ts'

/** Spans on their way to a collector. */
export interface Traces {
  readonly tracer: CountingTracer
  /** Spans that did not reach the collector: it did not take them, or too many waited for it. */
  readonly dropped: () => number
  /** Sends what is left, for some seconds at most. */
  readonly close: () => Promise<void>
}

/** What has to be installed beside the command. */
const PACKAGES =
  '@opentelemetry/api@1.9 @opentelemetry/resources@2.12 @opentelemetry/sdk-trace-base@2.12 @opentelemetry/exporter-trace-otlp-http@0.223'

/** @throws {UsageError} (rejects) when the packages are not installed */
export async function openTraces(options: TracingDocument, log: Log): Promise<Traces> {
  const { api, sdk, otlp, resources } = await packages()
  const { createTracer } = await import('@trunkline/router/tracing')
  const { endpoint, sample = 100, headers = {}, service = 'trunkline', mostPerSecond } = options
  const exporter = new CountedExporter(new otlp.OTLPTraceExporter({ url: urlOf(endpoint), headers, timeoutMillis: TIMEOUT_MS }), log)
  const provider = new sdk.BasicTracerProvider({
    resource: resources.resourceFromAttributes({ 'service.name': service, 'service.version': readVersion() }),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.AlwaysOnSampler() }),
    spanProcessors: [
      new BoundedQueue(new sdk.BatchSpanProcessor(exporter, { maxQueueSize: MOST_QUEUED, exportTimeoutMillis: TIMEOUT_MS }), exporter),
    ],
  })
  // What the packages themselves have to say is in the log already.
  api.diag.disable()
  return {
    tracer: createTracer({ tracerProvider: provider, sample: sample / 100, mostPerSecond }),
    dropped: () => exporter.dropped,
    close: () => closed(provider.shutdown(), log),
  }
}

/** Counts and logs spans that could not be sent: the first time, and once a minute after that. */
class CountedExporter implements SpanExporter {
  readonly #exporter: SpanExporter
  readonly #log: Log
  /** Spans that wait to be sent. */
  waiting = 0
  #dropped = 0
  #notLogged = 0
  #loggedAt = Number.NEGATIVE_INFINITY

  constructor(exporter: SpanExporter, log: Log) {
    this.#exporter = exporter
    this.#log = log
  }

  get dropped(): number {
    return this.#dropped
  }

  export(...[spans, done]: Parameters<SpanExporter['export']>): void {
    this.waiting -= spans.length
    this.#exporter.export(spans, (result) => {
      if (result.code !== 0) this.drop(spans.length, result.error?.message || String(result.error))
      done({ code: 0 })
    })
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown()
  }

  async forceFlush(): Promise<void> {
    await this.#exporter.forceFlush?.()
  }

  drop(spans: number, error: string): void {
    this.#dropped += spans
    this.#notLogged += spans
    const now = performance.now()
    if (now - this.#loggedAt < LOG_INTERVAL_MS) return
    this.#log.warn('spans not sent', { area: 'traces', spans: this.#notLogged, error })
    this.#loggedAt = now
    this.#notLogged = 0
  }
}

/** Drops spans before the queue behind it would, which does not count what it drops. */
class BoundedQueue implements SpanProcessor {
  readonly #queue: SpanProcessor
  readonly #exporter: CountedExporter

  constructor(queue: SpanProcessor, exporter: CountedExporter) {
    this.#queue = queue
    this.#exporter = exporter
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    if (this.#exporter.waiting >= MOST_QUEUED) return this.#exporter.drop(1, 'the collector is too slow')
    this.#exporter.waiting++
    this.#queue.onEnd(span)
  }

  forceFlush(): Promise<void> {
    return this.#queue.forceFlush()
  }

  shutdown(): Promise<void> {
    return this.#queue.shutdown()
  }
}

/** @throws {UsageError} (rejects) when the packages are not installed */
export async function needPackages(): Promise<void> {
  await packages()
}

async function packages() {
  try {
    return {
      api: await import('@opentelemetry/api'),
      sdk: await import('@opentelemetry/sdk-trace-base'),
      resources: await import('@opentelemetry/resources'),
      otlp: await import('@opentelemetry/exporter-trace-otlp-http'),
    }
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new UsageError(`tracing needs packages that are not installed: npm install ${PACKAGES}`, 'TL_USAGE', { cause: error })
  }
}

/** As other programs take it: the address of a collector, to which the path is added where there is none. */
function urlOf(endpoint: string): string {
  const url = new URL(endpoint)
  if (url.pathname === '/') url.pathname = '/v1/traces'
  return url.href
}

async function closed(shutdown: Promise<void>, log: Log): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>((resolve) => (timer = setTimeout(() => resolve('the collector does not answer'), CLOSE_MS)))
  const error = await Promise.race([shutdown.then(() => undefined, String), late])
  clearTimeout(timer)
  if (error !== undefined) log.warn('spans not sent', { area: 'traces', error })
}

const TIMEOUT_MS = 10_000
const CLOSE_MS = 3_000
const LOG_INTERVAL_MS = 60_000
/** Spans that wait to be sent; more are dropped. */
const MOST_QUEUED = 4_096
