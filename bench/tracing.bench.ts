// Measures what contexts and spans of traces cost a routed message, without sockets: two routers in one process take turns. Spans are
// made and dropped, not sent. Run: npx tsx --conditions=trunkline-source bench/tracing.bench.ts. It must never use a network.

import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { createTracer } from '@trunkline/router/tracing'
import { calls, compare, events, Scene, SUBSCRIBERS } from './in-process.ts'

const context = (flags: string): object => ({ _traceparent: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-${flags}` })

function traced(sample: number): Scene {
  const mostPerSecond = Number.POSITIVE_INFINITY
  return new Scene({ tracer: createTracer({ tracerProvider: new BasicTracerProvider(), sample, mostPerSecond }) })
}

const WORKS = [
  ['call', calls],
  [`publication to ${SUBSCRIBERS}`, events],
] as const

for (const [name, work] of WORKS) {
  compare(`${name}, with a context to without`, work(new Scene(), context('00')), work(new Scene()))
  compare(`${name}, its sender does not record: tracer to none`, work(traced(0), context('00')), work(new Scene(), context('00')))
  compare(`${name}, no context, 1 in 100 recorded: tracer to none`, work(traced(0.01)), work(new Scene()))
  compare(`${name}, all recorded: tracer to none`, work(traced(1), context('01')), work(new Scene(), context('01')))
}
