// What is kept of a call while it may still go to another callee (specification: "Call Re-Routing"), and what that counts.

import { owned } from '@trunkline/protocol'
import type { Call, CallRequest, Elsewhere, Route } from '../state/call.ts'
import type { Session } from '../state/session.ts'
import { octetsToRepeat } from './call-wishes.ts'
import { isShared } from './invocation-policy.ts'

/** Of a call that cannot be repeated nothing is kept. */
const NOT_REPEATABLE: Route = { wanted: undefined, bytes: 0, tried: undefined }
/** What a set with a few sessions takes, and one more session in it, as measured. */
const SET_OCTETS = 256
const TRIED_OCTETS = 32

/**
 * @param callBytes how much may be kept with the calls of one session
 * @param tried callees that got the call and are unavailable
 */
export function makeRoute({ caller }: Call, wanted: CallRequest, callBytes: number, tried?: ReadonlySet<Session>): Route {
  const bytes = octetsToRepeat(wanted) + (tried === undefined ? 0 : SET_OCTETS + tried.size * TRIED_OCTETS)
  if (!isShared(wanted.registration) || !caller.callBudget.fitsToRepeat(bytes, callBytes)) return NOT_REPEATABLE
  caller.callBudget.take(bytes)
  return { wanted: { ...wanted, payload: owned(wanted.payload) }, bytes, tried: tried && new Set(tried) }
}

/**
 * What is kept of a call that was sent to another node, which may give it back.
 * @param tried callees that did not get it
 */
export function keptElsewhere(call: Call, wanted: CallRequest, tried: ReadonlySet<Session> | undefined): Elsewhere {
  return { wanted: { ...wanted, payload: undefined }, tried, unavailable: unavailableFor(call) }
}

/** The callees that got a call and said that they are unavailable. */
export function unavailableFor({ route, elsewhere }: Call): ReadonlySet<Session> | undefined {
  return route?.tried ?? elsewhere?.unavailable
}

/** No re-routing any more: after the first message in either direction, and after the end. */
export function settleRoute(call: Call): void {
  if (call.route === undefined) return
  call.caller.callBudget.giveBack(call.route.bytes)
  call.route = undefined
}

/** Notes that the callee of a call is unavailable. Returns false where no further one can be remembered for it. */
export function noteTried({ caller, callee }: Call, route: Route): boolean {
  const octets = route.tried === undefined ? SET_OCTETS : TRIED_OCTETS
  if (!caller.callBudget.fitsToRepeat(octets, Number.POSITIVE_INFINITY)) return false
  caller.callBudget.take(octets)
  route.bytes += octets
  route.tried = (route.tried ?? new Set()).add(callee)
  return true
}
