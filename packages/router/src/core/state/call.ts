// Open calls: what ties a caller to a callee until the final answer.

import type { Dict, Payload, TraceContext } from '@trunkline/protocol'
import type { EntryChecks } from '../contracts/contract-checks.ts'
import type { Deadline } from './deadlines.ts'
import type { Histogram } from './histogram.ts'
import type { OnCallEnd } from '../ports/witness.ts'
import { RecentDurations } from './recent-durations.ts'
import type { Registration } from './registration.ts'
import type { Session } from './session.ts'

/** A call that no callee has taken yet. */
export function newCall(
  caller: Session,
  { request, registration, contract }: Pick<CallRequest, 'request' | 'registration' | 'contract'>,
  callee: Session,
): Call {
  return {
    caller,
    request,
    registration,
    callee,
    invocation: 0,
    wantsProgress: false,
    isCounted: false,
    isKilling: false,
    timer: undefined,
    stream: undefined,
    contract,
    route: undefined,
    timing: undefined,
    onEnd: undefined,
    elsewhere: undefined,
    foreign: undefined,
  }
}

/** Puts a call into the tables of its caller and its callee. */
export function openCall(call: Call): void {
  call.caller.addCall(call)
  call.callee.addInvocation(call)
  call.isCounted = call.caller.tables.addCall(call.caller.calls.size)
}

/** Puts a call of another node into the tables; there it counts to the tables of its caller. */
export function openForeignCall(call: Call): void {
  call.caller.addCall(call)
  call.callee.addInvocation(call)
}

/** Takes a call out of both tables. */
export function closeCall(call: Call): void {
  call.caller.removeCall(call)
  call.callee.removeInvocation(call)
  if (call.isCounted) call.caller.tables.removeCall()
  call.isCounted = false
}

/** Counts how long a call took. */
export function endTiming({ registration }: Call, { durations, begun, weight }: Timing, now: number): void {
  const seconds = (now - begun) / 1000
  durations.add(seconds, weight)
  registration.recent ??= new RecentDurations(durations.bounds, now)
  registration.recent.add(seconds, weight, now)
}

/** A call whose final answer has not come. */
export interface Call {
  readonly caller: Session
  /** The caller's request id. */
  readonly request: number
  registration: Registration
  callee: Session
  /** The callee's invocation id. */
  invocation: number
  /** Whether the router passes progressive results on to the caller. */
  wantsProgress: boolean
  /** Whether it counts to the tables of its caller. */
  isCounted: boolean
  /** CANCEL with mode `kill` was passed on; the call stays open until the callee answers. */
  isKilling: boolean
  /** Only of a call with a time limit. */
  timer: CallTimer | undefined
  /** Only of a progressive call. */
  stream: Stream | undefined
  /** Only of a procedure whose payloads are checked. */
  readonly contract: EntryChecks | undefined
  /** Only while the call may still go to another callee. */
  route: Route | undefined
  /** Only of a call that is timed. */
  timing: Timing | undefined
  /** Only of a call that is watched. */
  onEnd: OnCallEnd | undefined
  /** Only of a call that was sent to another node, until its first further chunk. */
  elsewhere: Elsewhere | undefined
  /** Only of a call that another node passed to a callee of this one: it counts there. */
  foreign: ForeignCaller | undefined
}

/** What another node tells of the client whose call it passed here; the caller of the call is the session of that node. */
export interface ForeignCaller {
  /** Whether it has announced payload passthru. */
  readonly takesPassthru: boolean
  /** The number that its node gave to its owner. */
  readonly owner: number
}

/** What it takes to pass a call to another callee, if the other node gives it back; its payload comes back with it. */
export interface Elsewhere {
  readonly wanted: CallRequest
  /** The callees that did not get it. */
  readonly tried: ReadonlySet<Session> | undefined
  /** Those of them that got the call, and said that they are unavailable. */
  readonly unavailable: ReadonlySet<Session> | undefined
}

/** Since when a call has been with its callee, and where its duration is counted. */
export interface Timing {
  readonly durations: Histogram
  /** By the clock for durations. */
  readonly begun: number
  /** How many calls it stands for. */
  readonly weight: number
}

/** The time limit of a call: until the first result, and then from each chunk or result to the next. */
export interface CallTimer extends Deadline {
  readonly milliseconds: number
}

/** What all chunks of a progressive call share, as its first CALL set it. */
export interface Stream {
  readonly procedure: string
  /** The id of the registration. */
  readonly registration: number
  /** Details of the last INVOCATION; all earlier ones have `progress` too. */
  readonly details: Dict
  /** Octets that it keeps. */
  readonly bytes: number
  /** The caller's last chunk has come. */
  isComplete: boolean
}

/** What a CALL asks for in its options. */
export interface CallWishes {
  /** More chunks follow. */
  readonly isStream: boolean
  readonly wantsProgress: boolean
  readonly isDisclosed: boolean
  /** Milliseconds; 0 for no limit. */
  readonly timeout: number
  readonly passthru: Dict | undefined
  /** Passed on to the callee. */
  readonly trace: TraceContext | undefined
}

/** A CALL that the router passes to a callee. */
export interface CallRequest {
  /** The caller's request id. */
  readonly request: number
  readonly registration: Registration
  readonly procedure: string
  readonly wishes: CallWishes
  readonly payload: Payload | undefined
  readonly contract: EntryChecks | undefined
  /** The hash of its key: only of a call to a sharded procedure. */
  readonly key: number | undefined
}

/** What the router needs to pass a call to another callee. */
export interface Route {
  /** Undefined where the call was not kept: it cannot be repeated. */
  readonly wanted: CallRequest | undefined
  /** Octets that it keeps. */
  bytes: number
  /** The callees that were unavailable; undefined while there are none. */
  tried: Set<Session> | undefined
}
