// How the open calls of a session end that leaves, as callee and as caller: of very many the rest in later turns.

import { uris } from '@trunkline/protocol'
import { sendCallError } from '../state/answers.ts'
import type { Call } from '../state/call.ts'
import type { RealmContext } from '../state/realm-context.ts'
import type { Session } from '../state/session.ts'
import type { CallEnds } from './call-ends.ts'
import { KILL_NO_WAIT } from './call-ends.ts'

export const CALLEE_LEFT = 'the callee left before it answered'
const NODE_LOST = 'the node of the callee is lost; the call may have run'
const MOST_ENDED_AT_ONCE = 1_024 // Some milliseconds of work.

export class LeavingCalls {
  readonly #context: Pick<RealmContext, 'scheduler'>
  readonly #ends: CallEnds

  constructor(context: Pick<RealmContext, 'scheduler'>, ends: CallEnds) {
    this.#context = context
    this.#ends = ends
  }

  /** Ends all calls of a session. @param error what the callers of its invocations get */
  leave(session: Session, error: string): void {
    this.#endSome(this.parts(session, error))
  }

  /** Ends one call in each step. */
  *parts(session: Session, error: string): Generator<undefined, void> {
    for (const call of session.invocations.values()) {
      this.#endInvocation(call, session, error)
      yield
    }
    for (const call of session.takeCalls()) {
      if (!isOpen(call)) continue // It was answered in an earlier turn.
      this.#ends.end(call, 'caller_left')
      this.#ends.interrupt(call, KILL_NO_WAIT)
      yield
    }
  }

  #endSome(parts: Iterator<undefined, void>): void {
    for (let left = MOST_ENDED_AT_ONCE; left > 0; left--) if (parts.next().done === true) return
    this.#context.scheduler.defer(() => this.#endSome(parts))
  }

  #endInvocation(call: Call, callee: Session, error: string): void {
    this.#ends.fail(call, 'callee_left')
    if (call.foreign !== undefined) call.caller.link.calleeLeft?.(call.request)
    else if (call.caller !== callee) sendCallError(call.caller, call.request, error, error === uris.CANCELED ? CALLEE_LEFT : NODE_LOST)
  }
}

function isOpen(call: Call): boolean {
  return call.callee.invocations.get(call.invocation) === call
}
