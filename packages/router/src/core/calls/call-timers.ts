// The time limits of calls (specification: "Call Timeouts"): until the first result, and then from each chunk or result to the next.

import type { Dict } from '@trunkline/protocol'
import { uris } from '@trunkline/protocol'
import { sendCallError } from '../state/answers.ts'
import type { Call, CallTimer } from '../state/call.ts'
import type { RealmContext } from '../state/realm-context.ts'
import type { Callee } from '../state/registration.ts'
import type { CallEnds } from './call-ends.ts'

const TIME_IS_OVER: Dict = { mode: 'killnowait', reason: uris.TIMEOUT }

export class CallTimers {
  readonly #context: RealmContext
  readonly #ends: CallEnds

  constructor(context: RealmContext, ends: CallEnds) {
    this.#context = context
    this.#ends = ends
  }

  start(call: Call, callee: Callee, milliseconds: number): void {
    const timer: CallTimer = { milliseconds, at: 0, place: -1, expire: () => this.#expire(call) }
    call.timer = timer
    if (!callee.keepsTime) this.#context.deadlines.set(timer, this.#context.clock.monotonic() + milliseconds)
  }

  restart({ timer }: Call): void {
    if (timer === undefined || timer.place === -1) return
    this.#context.deadlines.set(timer, this.#context.clock.monotonic() + timer.milliseconds)
  }

  /** Continues the time limit with the new callee, which may enforce it itself or leave it to the router. */
  move(timer: CallTimer, callee: Callee): void {
    const { deadlines, clock } = this.#context
    if (callee.keepsTime) deadlines.clear(timer)
    else if (timer.place === -1) deadlines.set(timer, clock.monotonic() + timer.milliseconds)
  }

  #expire(call: Call): void {
    this.#context.counters.callsTimedOut++
    this.#ends.fail(call, 'timed_out')
    this.#ends.interrupt(call, TIME_IS_OVER)
    sendCallError(call.caller, call.request, uris.TIMEOUT)
  }
}
