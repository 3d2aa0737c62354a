// Makes spans of OpenTelemetry of what a router routes, in the terms of its semantic conventions 1.45. Makes none of what its sender does
// not record, and no more in a second than the limit, so that no client can make a router spend its time on spans.

import type { Attributes, Context, Span, Tracer as OtelTracer, TracerProvider } from '@opentelemetry/api'
import { createTraceState, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace as spans } from '@opentelemetry/api'
import type { TraceContext } from '@trunkline/protocol'
import { beginningOf, isSampled, spanOf, traceContextFrom, TRACESTATE } from '@trunkline/protocol'
import type { CallAnswer, CallOnItsWay, TracedCall, TracedPublication, TracedRequest, Tracer } from '../core/ports/index.ts'

export interface TracerOptions {
  /** Default: the one that the program has registered. */
  readonly tracerProvider?: TracerProvider | undefined
  /**
   * How many requests that come without a context may begin a trace, from 0 to 1; the sampler of the provider then decides. Cheaper than a
   * sampler, which is asked about each. Default 1.
   */
  readonly sample?: number | undefined
  /** The most calls and events with spans in one second; of further ones only the context is passed on. Default 1,000. */
  readonly mostPerSecond?: number | undefined
}

/** A tracer that counts. */
export interface CountingTracer extends Tracer {
  /** Calls and events without spans, because there were too many. */
  readonly dropped: number
}

/** The spans of a call that has not ended; undefined once they were ended before it, because too many came later. */
interface OpenCall {
  spans: readonly Span[] | undefined
  readonly askedAt: number | undefined
}

interface Begun {
  readonly span: Span
  readonly context: Context
}

export class SpanTracer implements CountingTracer {
  readonly #tracer: OtelTracer
  readonly #sample: number
  readonly #most: number
  /** The oldest first. */
  readonly #open = new Set<OpenCall>()
  #second = 0
  #inSecond = 0
  #dropped = 0

  constructor({ tracerProvider = spans.getTracerProvider(), sample = 1, mostPerSecond = MOST_PER_SECOND }: TracerOptions) {
    this.#tracer = tracerProvider.getTracer('@trunkline/router')
    this.#sample = sample
    this.#most = mostPerSecond
  }

  get dropped(): number {
    return this.#dropped
  }

  now(): number {
    return performance.timeOrigin + performance.now()
  }

  called(request: TracedRequest, call: CallOnItsWay): TracedCall | undefined {
    const begun = this.#begin(request, `route ${short(call.registration.uri)}`, SpanKind.SERVER)
    if (begun === undefined) return undefined
    const startTime = this.#timeOf(request)
    const wait = this.#tracer.startSpan(
      `wait ${short(call.registration.uri)}`,
      { kind: SpanKind.CLIENT, attributes: rpc(request), ...(startTime === undefined ? {} : { startTime }) },
      begun.context,
    )
    const trace = contextOf(wait)
    if (trace === undefined) return undefined
    const open = this.#hold({ spans: [wait, begun.span], askedAt: request.askedAt })
    const onEnd = ({ callee }: CallOnItsWay, outcome: string, answer: CallAnswer | undefined): void => {
      open.spans?.[0]?.setAttribute('wamp.callee.session', callee.id)
      this.#end(open, outcome, answer?.error)
    }
    return { trace, onEnd }
  }

  /** Keeps the spans of a call until it ends. A client may leave any number of calls open: beyond a bound the oldest one has them no more. */
  #hold(open: OpenCall): OpenCall {
    this.#open.add(open)
    const [oldest] = this.#open.size > MOST_OPEN ? this.#open : []
    if (oldest !== undefined) this.#end(oldest, 'open')
    return open
  }

  #end(call: OpenCall, outcome: string, error = outcome): void {
    for (const span of call.spans ?? []) {
      span.setAttribute('wamp.call.outcome', outcome)
      if (!GOOD.has(outcome)) fail(span, error)
      span.end(this.#timeOf(call))
    }
    call.spans = undefined
    this.#open.delete(call)
  }

  published(request: TracedRequest): TracedPublication | undefined {
    // Topics may hold ids, and names of spans should be few.
    const begun = this.#begin(request, 'route event', SpanKind.INTERNAL)
    const trace = begun && contextOf(begun.span)
    if (begun === undefined || trace === undefined) return undefined
    const onEnd = (deliveries: number): void => {
      begun.span.setAttribute('wamp.event.deliveries', deliveries)
      begun.span.end(this.#timeOf(request))
    }
    return { trace, onEnd }
  }

  refused(request: TracedRequest, error: string): void {
    const begun = this.#begin(request, `refuse ${request.kind}`, request.kind === 'call' ? SpanKind.SERVER : SpanKind.INTERNAL)
    if (begun === undefined) return
    fail(begun.span, error)
    begun.span.end(this.#timeOf(request))
  }

  /** Begins the span of a request, with one for the time in which an authorizer was asked. */
  #begin(request: TracedRequest, name: string, kind: SpanKind): Begun | undefined {
    const { trace, by, askedAt } = request
    if (trace === undefined ? by.isInternal || !this.#isChosen() : !isSampled(trace)) return undefined
    if (!this.#hasRoom()) return undefined
    const attributes = request.kind === 'call' ? rpc(request) : messaging(request)
    const parent = trace === undefined ? ROOT_CONTEXT : remote(trace)
    const span = this.#tracer.startSpan(name, { kind, attributes, ...(askedAt === undefined ? {} : { startTime: askedAt }) }, parent)
    if (!span.isRecording()) return undefined
    this.#inSecond++
    const context = spans.setSpan(parent, span)
    if (askedAt !== undefined) this.#tracer.startSpan('authorize', { startTime: askedAt }, context).end(this.now())
    return { span, context }
  }

  /**
   * The time for the spans of a request; undefined where the provider takes its own. Its clock differs from `now`, so that all spans of a
   * request have the one or all the other: else one could begin before its parent, or end before it began.
   */
  #timeOf({ askedAt }: Pick<TracedRequest, 'askedAt'>): number | undefined {
    return askedAt === undefined ? undefined : this.now()
  }

  #isChosen(): boolean {
    return this.#sample >= 1 || Math.random() < this.#sample
  }

  #hasRoom(): boolean {
    const second = Math.floor(performance.now() / 1_000)
    if (second !== this.#second) [this.#second, this.#inSecond] = [second, 0]
    if (this.#inSecond < this.#most) return true
    this.#dropped++
    return false
  }
}

function remote(trace: TraceContext): Context {
  const { [TRACESTATE]: state } = trace
  const traceState = state === undefined ? {} : { traceState: createTraceState(state) }
  return spans.setSpanContext(ROOT_CONTEXT, { ...spanOf(trace), isRemote: true, ...traceState })
}

function contextOf(span: Span): TraceContext | undefined {
  const own = span.spanContext()
  return traceContextFrom(own, own.traceState?.serialize())
}

function rpc(request: TracedRequest): Attributes {
  return { 'rpc.system.name': 'wamp', 'rpc.method': short(request.uri), ...who(request) }
}

function messaging(request: TracedRequest): Attributes {
  return { 'messaging.system.name': 'wamp', 'messaging.destination.name': short(request.uri), ...who(request) }
}

function who({ realm, by }: TracedRequest): Attributes {
  return { 'wamp.realm': realm, 'wamp.session': by.id, 'wamp.authrole': short(by.identity.authrole) }
}

function fail(span: Span, error: string): void {
  span.setAttribute('error.type', short(error))
  span.setStatus({ code: SpanStatusCode.ERROR })
}

/** Clients choose URIs, and spans stay for a while. */
function short(text: string): string {
  return text.length <= LONGEST ? text : `${beginningOf(text, LONGEST)}…`
}

/** Ends of calls that are no error of the router or the callee. */
const GOOD: ReadonlySet<string> = new Set(['result', 'canceled', 'caller_left', 'open'])
const LONGEST = 256
/** Calls with spans that are open at a time: the spans of one take some 4 KiB. */
const MOST_OPEN = 10_000
const MOST_PER_SECOND = 1_000
