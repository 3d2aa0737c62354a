// The entry of @trunkline/router/tracing: spans of OpenTelemetry. Only programs that trace import it, since it needs `@opentelemetry/api`.

import type { CountingTracer, TracerOptions } from './span-tracer.ts'
import { SpanTracer } from './span-tracer.ts'

export type { CountingTracer, TracerOptions } from './span-tracer.ts'

/**
 * Makes the tracer of a router, its option `tracer`: a span for each call and event that is routed, the time of an authorizer, and the time of
 * the callee. A request whose sender does not record its trace has none, and its context is passed on; of one without a context the
 * sampler of the program decides.
 *
 * @example
 * import { createRouter } from '@trunkline/router'
 * import { createTracer } from '@trunkline/router/tracing'
 *
 * const router = createRouter({ tracer: createTracer() })
 * await router.close()
 */
export function createTracer(options: TracerOptions = {}): CountingTracer {
  return new SpanTracer(options)
}
