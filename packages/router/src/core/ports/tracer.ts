// Spans of the requests that a router routes. Types only: the core says when something begins and ends, and passes contexts on.

import type { TraceContext } from '@trunkline/protocol'
import type { Actor, CallOnItsWay, OnCallEnd } from './witness.ts'

/** A CALL or PUBLISH. */
export interface TracedRequest {
  readonly kind: 'call' | 'publish'
  readonly realm: string
  readonly by: Actor
  readonly uri: string
  /** That of its sender; undefined: it sent none that is valid. */
  readonly trace: TraceContext | undefined
  /** When an authorizer was asked, by {@link Tracer.now}; undefined: the rights were known. */
  readonly askedAt: number | undefined
}

/** A call with spans. */
export interface TracedCall {
  /** What its callee gets. */
  readonly trace: TraceContext
  /** Called once. */
  readonly onEnd: OnCallEnd
}

/** A publication with a span. */
export interface TracedPublication {
  /** What its subscribers get. */
  readonly trace: TraceContext
  /** Called once. @param deliveries events that were sent to subscribers, or queued for them */
  readonly onEnd: (deliveries: number) => void
}

/** Makes spans. Every method returns at once and never throws; undefined: this request has none, and its context is passed on. */
export interface Tracer {
  /** Milliseconds since 1970, with fractions. */
  now(): number
  called(request: TracedRequest, call: CallOnItsWay): TracedCall | undefined
  published(request: TracedRequest): TracedPublication | undefined
  /** @param error the URI of the error */
  refused(request: TracedRequest, error: string): void
}
