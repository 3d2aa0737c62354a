// How calls end: every call is closed here, and counted once. Its caller is answered afterwards, if at all.

import type { Dict } from '@trunkline/protocol'
import { INTERRUPT, uris } from '@trunkline/protocol'
import type { CallAnswer } from '../ports/witness.ts'
import type { Call } from '../state/call.ts'
import { closeCall, endTiming } from '../state/call.ts'
import type { CallOutcome } from '../state/counters.ts'
import type { RealmContext } from '../state/realm-context.ts'
import { settleRoute } from './rerouting.ts'

export const KILL_NO_WAIT: Dict = { mode: 'killnowait', reason: uris.CANCELED }

export class CallEnds {
  readonly #context: RealmContext

  constructor(context: RealmContext) {
    this.#context = context
  }

  end(call: Call, outcome: CallOutcome, answer?: CallAnswer): void {
    this.close(call)
    this.count(call, outcome, answer)
  }

  /** Ends a call that its callee did not answer as it should. */
  fail(call: Call, outcome: CallOutcome, answer?: CallAnswer): void {
    if (call.foreign === undefined) call.registration.errors++
    this.end(call, outcome, answer)
  }

  /** Ends a call before its callee is done, and answers its caller. */
  stop(call: Call, outcome: CallOutcome, answer: () => void): void {
    this.end(call, outcome)
    this.interrupt(call, KILL_NO_WAIT)
    answer()
  }

  close(call: Call): void {
    closeCall(call)
    call.callee.link.callEnded?.(call.invocation)
    if (call.timing !== undefined) endTiming(call, call.timing, this.#context.clock.monotonic())
    settleRoute(call)
    if (call.timer !== undefined) this.#context.deadlines.clear(call.timer)
    if (call.stream !== undefined) call.caller.callBudget.giveBack(call.stream.bytes)
  }

  /** A call of another node counts there. */
  count(call: Call, outcome: CallOutcome, answer?: CallAnswer): void {
    if (call.foreign !== undefined) return
    this.#context.counters.callsEnded[outcome]++
    call.onEnd?.(call, outcome, answer)
  }

  /** Sends at most one INTERRUPT for each call, and none to a callee that has left. */
  interrupt(call: Call, options: Dict): void {
    const { callee, invocation } = call
    if (callee.isMember && callee.isInterruptible && !call.isKilling) callee.link.send({ type: INTERRUPT, request: invocation, options })
  }
}
