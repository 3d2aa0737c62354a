// The entry of @trunkline/client/tracing: spans of OpenTelemetry for what a client or session does, in the terms of its semantic conventions
// 1.45. Only programs that trace import it, since it needs `@opentelemetry/api`.

import type { Attributes, Context, Span, Tracer, TracerProvider } from '@opentelemetry/api'
import { context, createTraceState, SpanKind, SpanStatusCode, trace as spans } from '@opentelemetry/api'
import type { Dict } from '@trunkline/protocol'
import { ApplicationError, spanOf, traceContextFrom, traceContextOf, TRACESTATE } from '@trunkline/protocol'
import { checkHandler } from './checks.ts'
import type { Invocation, InvocationHandler } from './invocation.ts'
import type { Client } from './reconnecting/client.ts'
import { isAsyncIterable, isPromise } from './results.ts'
import type { Session } from './session.ts'
import type { EventHandler, ReceivedEvent } from './subscriber.ts'

export interface TraceOptions {
  /** Default: the one that the program has registered. */
  readonly tracerProvider?: TracerProvider | undefined
}

/** A method whose last argument holds the options. */
type Request = (uri: string, values?: unknown, options?: unknown, ...more: unknown[]) => Promise<unknown>
type Declare = (uri: string, handler: unknown, ...more: unknown[]) => unknown

/**
 * Makes a client or session trace what it does from now on, and returns it: a span for each call, publication, invocation and event, each
 * with the context of what caused it. Contexts travel in `_traceparent` and `_tracestate`. Loops over events have no span:
 * {@link contextOf} gives the context of one.
 *
 * @example
 * import { createClient } from '@trunkline/client'
 * import { trace } from '@trunkline/client/tracing'
 *
 * const client = trace(createClient({ url: 'ws://127.0.0.1:8080/ws', realm: 'realm1' }))
 * console.log(await client.call('com.example.add', [2, 3])) // 5
 * await client.stop()
 */
export function trace<Traced extends Client | Session>(
  client: Traced,
  { tracerProvider = spans.getTracerProvider() }: TraceOptions = {},
): Traced {
  const tracer = tracerProvider.getTracer('@trunkline/client')
  const methods = client as unknown as Record<string, Request & Declare>
  const replace = (name: string, wrap: (method: Request & Declare) => unknown): void => {
    const method = methods[name]
    if (method === undefined) return
    Object.defineProperty(client, name, { value: wrap(method.bind<Request & Declare>(client)), configurable: true, writable: true })
  }
  replace('callResult', (call) => requestOf(tracer, call, callSpan))
  replace('send', (send) => requestOf(tracer, send, callSpan))
  replace('publish', (publish) => requestOf(tracer, publish, publishSpan))
  replace('register', (register) => (uri: string, handler: unknown, ...more: unknown[]) => {
    const traced = checkHandler(handler) as InvocationHandler
    return register(uri, (invocation: Invocation) => handled(tracer, invocationSpan(uri, invocation), () => traced(invocation)), ...more)
  })
  replace('subscribe', (subscribe) => (uri: string, first: unknown, ...more: unknown[]) => {
    if (typeof first !== 'function') return subscribe(uri, first, ...more)
    const traced = checkHandler(first) as EventHandler
    return subscribe(uri, (event: ReceivedEvent) => handled(tracer, eventSpan(uri, event), () => traced(event)), ...more)
  })
  return client
}

/** The context of an event or invocation, for `context.with`: that of the span which caused it. Without one the active context. */
export function contextOf({ details }: { readonly details: Dict }): Context {
  const carried = traceContextOf(details)
  if (carried === undefined) return context.active()
  const { [TRACESTATE]: state } = carried
  const traceState = state === undefined ? {} : { traceState: createTraceState(state) }
  return spans.setSpanContext(context.active(), { ...spanOf(carried), isRemote: true, ...traceState })
}

interface NewSpan {
  readonly name: string
  readonly kind: SpanKind
  readonly attributes: Attributes
  readonly parent?: Context
}

function callSpan(uri: string): NewSpan {
  return { name: short(uri), kind: SpanKind.CLIENT, attributes: rpc(uri) }
}

function publishSpan(uri: string): NewSpan {
  return { name: `publish ${short(uri)}`, kind: SpanKind.PRODUCER, attributes: messaging(uri, 'publish', 'send') }
}

function invocationSpan(registered: string, invocation: Invocation): NewSpan {
  return { name: short(registered), kind: SpanKind.SERVER, attributes: rpc(invocation.procedure), parent: contextOf(invocation) }
}

function eventSpan(subscribed: string, event: ReceivedEvent): NewSpan {
  const attributes = {
    ...messaging(event.topic, 'process', 'process'),
    'messaging.message.id': String(event.publication),
    ...(subscribed === event.topic ? {} : { 'messaging.destination.template': short(subscribed) }),
  }
  return { name: `process ${short(subscribed)}`, kind: SpanKind.CONSUMER, attributes, parent: contextOf(event) }
}

/** A request with a span, whose context it carries. */
function requestOf(tracer: Tracer, request: Request, spanFor: (uri: string) => NewSpan): Request {
  return (uri, values, options, ...more) => {
    // What is wrong with the request is for the request to say.
    if (typeof uri !== 'string' || typeof (options ?? {}) !== 'object') return request(uri, values, options, ...more)
    const { name, kind, attributes } = spanFor(uri)
    const span = tracer.startSpan(name, { kind, attributes }, context.active())
    const own = span.spanContext()
    const carried = traceContextFrom(own, own.traceState?.serialize())
    const sent = carried === undefined ? options : { ...carried, ...(options as Dict | undefined) }
    return within(span, context.active(), () => request(uri, values, sent, ...more)) as Promise<unknown>
  }
}

function handled(tracer: Tracer, { name, kind, attributes, parent = context.active() }: NewSpan, handle: () => unknown): unknown {
  return within(tracer.startSpan(name, { kind, attributes }, parent), parent, handle)
}

/** Does something within a span, which ends with it: with its promise, or with its last value. */
function within(span: Span, parent: Context, work: () => unknown): unknown {
  const inside = spans.setSpan(parent, span)
  const failed = (error: unknown): never => {
    fail(span, error)
    span.end()
    throw error
  }
  const ended = (value: unknown): unknown => {
    span.end()
    return value
  }
  let outcome: unknown
  try {
    outcome = context.with(inside, work)
  } catch (error) {
    return failed(error)
  }
  if (isAsyncIterable(outcome)) return valuesWithin(inside, outcome, ended, failed)
  return isPromise(outcome) ? outcome.then(ended, failed) : ended(outcome)
}

/** The values of an async generator, each made within the span. */
function valuesWithin(
  inside: Context,
  values: AsyncIterable<unknown>,
  ended: (value: unknown) => unknown,
  failed: (error: unknown) => never,
): AsyncIterable<unknown> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = values[Symbol.asyncIterator]()
      const end = (result: IteratorResult<unknown>): IteratorResult<unknown> =>
        result.done === true ? (ended(result) as typeof result) : result
      return {
        next: () => context.with(inside, () => iterator.next()).then(end, failed),
        return: async (value?: unknown) => {
          ended(undefined)
          return (await iterator.return?.(value)) ?? { value, done: true }
        },
      }
    },
  }
}

function fail(span: Span, error: unknown): void {
  span.setStatus({ code: SpanStatusCode.ERROR, message: short(error instanceof Error ? error.message : String(error)) })
  if (error instanceof ApplicationError) return void span.setAttribute('error.type', short(error.uri))
  if (!(error instanceof Error)) return void span.setAttribute('error.type', '_OTHER')
  span.setAttribute('error.type', error.name)
  span.recordException(error)
  // For the log of the program, which prints the properties of an error with it.
  if (!('trace_id' in error) && Object.isExtensible(error)) Object.assign(error, { trace_id: span.spanContext().traceId })
}

function rpc(procedure: string): Attributes {
  return { 'rpc.system.name': 'wamp', 'rpc.method': short(procedure) }
}

function messaging(topic: string, name: string, type: string): Attributes {
  return {
    'messaging.system.name': 'wamp',
    'messaging.destination.name': short(topic),
    'messaging.operation.name': name,
    'messaging.operation.type': type,
  }
}

function short(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`
}

const LONGEST = 256
