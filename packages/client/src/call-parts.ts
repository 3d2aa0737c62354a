// What a session needs of the two halves of calls, and what they need of it; the halves that are always there. More
// comes from `@trunkline/client/calls`.

import { CALL, RESULT } from '@trunkline/protocol'
import { Callee } from './callee.ts'
import { needsCalls } from './invocation.ts'
import type { CallOptions, CancelMode } from './options.ts'
import { dictOf } from './options.ts'
import type { Args, Kwargs } from './results.ts'
import { CallResult } from './results.ts'
import type { SessionContext } from './session-context.ts'

/** A call whose arguments may go out in chunks. */
export interface OpenCall {
  /** The final result. */
  readonly result: Promise<CallResult>
  /**
   * Sends a chunk. Returns false when the call is over or was ended: nothing was sent.
   * @throws {PayloadError} when it cannot be sent; with the first chunk that ends the call
   */
  send(args?: Args, kwargs?: Kwargs): boolean
  /** Sends the last chunk; as `send`. Without args and kwargs it only says that no more will come. */
  end(args?: Args, kwargs?: Kwargs): boolean
  /**
   * Cancels the call. `kill` waits up to 10 s for the callee's answer.
   * @param mode default: `cancelMode` of the options
   * @param reason what `result` rejects with
   */
  cancel(mode?: CancelMode, reason?: unknown): void
}

/** How a session calls and is called. */
export interface CallParts {
  /** The features that work by it, announced for callers and for callees. */
  readonly features: readonly string[]
  call(context: SessionContext, procedure: string, args: Args, kwargs: Kwargs, options: CallOptions): Promise<CallResult>
  openCall(context: SessionContext, procedure: string, options: CallOptions): OpenCall
  createCallee(context: SessionContext): Callee
}

/** Calls with one answer, that nobody stops. */
export const basicCalls: CallParts = {
  features: [],
  call({ requests, codec }, procedure, args, kwargs, callOptions) {
    const { signal, cancelMode, onProgress, ...wire } = callOptions
    if ((signal ?? cancelMode ?? onProgress) !== undefined) needsCalls('signal, onProgress')
    const sealed = codec.seal({ kind: 'call', uri: procedure }, args, kwargs, dictOf(wire))
    return requests.request(
      (request) => ({ type: CALL, request, procedure, ...sealed }),
      RESULT,
      ({ payload, details }) => new CallResult(codec.open({ kind: 'result', uri: procedure }, payload, details), details),
    )
  },
  openCall: () => needsCalls('openCall'),
  createCallee: (context) => new Callee(context),
}
