// Open calls: what ties a caller to a callee until the final answer.

import type { Dict, Payload } from '@trunkline/protocol'
import type { EntryChecks } from '../contracts/contract-checks.ts'
import type { Deadline } from './deadlines.ts'
import type { Histogram } from './histogram.ts'
import type { Registration } from './registration.ts'
import type { Session } from './session.ts'

/** A call that no callee has taken yet. */
export function newCall(caller: Session, { request, registration, contract }: CallRequest, callee: Session): Call {
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
  }
}

/** Puts a call into the tables of its caller and its callee. */
export function openCall(call: Call): void {
  call.caller.addCall(call)
  call.callee.addInvocation(call)
  call.isCounted = call.caller.tables.addCall(call.caller.calls.size)
}

/** Takes a call out of both tables. */
export function closeCall(call: Call): void {
  call.caller.removeCall(call)
  call.callee.removeInvocation(call)
  if (call.isCounted) call.caller.tables.removeCall()
  call.isCounted = false
}

/** Counts how long a call took. */
export function endTiming({ durations, begun, weight }: Timing, now: number): void {
  durations.add((now - begun) / 1000, weight)
}

/** A call whose final answer has not come. */
export interface Call {
  readonly caller: Session
  /** The caller's request id. */
  readonly request: number
  readonly registration: Registration
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
}

/** What the router needs to pass a call to another callee. */
export interface Route extends CallRequest {
  /** Octets that it keeps. */
  readonly bytes: number
  /** False where the payload was not kept. */
  readonly canRepeat: boolean
  /** The callees that were unavailable. */
  readonly tried: Set<Session>
}
