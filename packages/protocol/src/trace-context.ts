// The context of a trace in options and details: who reads it knows which call or event caused which other (W3C "Trace Context").
// A peer may send anything here, so that all of it is checked, and nothing is passed on that is longer than the standard says.

import { beginningOf } from './kept-text.ts'
import type { Dict } from './messages.ts'
import { EMPTY_DICT } from './messages.ts'
import { TRACEPARENT, TRACESTATE } from './own-names.ts'

/** The attributes as they are passed on: `_traceparent` of version 00, and perhaps `_tracestate`. */
export type TraceContext = Dict & { readonly [TRACEPARENT]: string; readonly [TRACESTATE]?: string }

/** The context in options or details; undefined where there is none, or none that is valid. */
export function traceContextOf(options: Dict): TraceContext | undefined {
  if (options === EMPTY_DICT) return undefined
  const traceparent = readParent(options[TRACEPARENT])
  if (traceparent === undefined) return undefined
  const tracestate = readState(options[TRACESTATE])
  return tracestate === undefined ? { [TRACEPARENT]: traceparent } : { [TRACEPARENT]: traceparent, [TRACESTATE]: tracestate }
}

/** The id of the trace, 32 hexadecimal digits. */
export function traceIdOf({ [TRACEPARENT]: parent }: TraceContext): string {
  return parent.slice(3, 35)
}

/** Whether the sender records this trace. */
export function isSampled({ [TRACEPARENT]: parent }: TraceContext): boolean {
  return (Number.parseInt(parent.slice(53), 16) & 1) === 1
}

/** Later versions may be longer; what is known of them is passed on as version 00. */
function readParent(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length < PARENT_LENGTH) return undefined
  const isLonger = value.length > PARENT_LENGTH
  if (isLonger && (value.startsWith('00') || value[PARENT_LENGTH] !== '-')) return undefined
  const known = beginningOf(value, PARENT_LENGTH)
  if (!PARENT.test(known)) return undefined
  return known.startsWith('00') ? known : `00${known.slice(2)}`
}

/** What is too long loses its last entries: each entry is of one system, and the first is the latest. */
function readState(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length === 0) return undefined
  const short = value.length <= LONGEST_STATE ? value : beginningOf(value, Math.max(0, value.lastIndexOf(',', LONGEST_STATE)))
  const entries = short.split(',')
  const state = entries.length <= MOST_ENTRIES ? short : entries.slice(0, MOST_ENTRIES).join(',')
  return STATE.test(state) ? state : undefined
}

const PARENT_LENGTH = 55
const PARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/
const LONGEST_STATE = 512
const MOST_ENTRIES = 32
const STATE = /^[\u0020-\u007e]+$/

/** A span as systems for traces name it. */
export interface SpanIds {
  readonly traceId: string
  readonly spanId: string
  readonly traceFlags: number
}

/** The span that a context names: that of its sender. */
export function spanOf(trace: TraceContext): SpanIds {
  const { [TRACEPARENT]: parent } = trace
  return { traceId: traceIdOf(trace), spanId: parent.slice(36, 52), traceFlags: Number.parseInt(parent.slice(53), 16) }
}

/** The context for what a span causes. @param state of other systems, if there is one */
export function traceContextFrom({ traceId, spanId, traceFlags }: SpanIds, state: string | undefined): TraceContext | undefined {
  const flags = (traceFlags & 0xff).toString(16).padStart(2, '0')
  return traceContextOf({ [TRACEPARENT]: `00-${traceId}-${spanId}-${flags}`, [TRACESTATE]: state })
}
