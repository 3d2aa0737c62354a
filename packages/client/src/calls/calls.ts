// The door @trunkline/client/calls: calls that can be cancelled, limited in time, answered step by step and made in chunks,
// for those who want them.

import { Aborts } from '../aborts.ts'
import type { CallParts } from '../call-parts.ts'
import { OutgoingCall } from './outgoing-call.ts'
import { StoppableCallee } from './stoppable-callee.ts'

export { callProgress, callStream } from './streams.ts'
export type { CallOpener, ProgressiveCall, ProgressiveCallOptions } from './streams.ts'
export type { Chunk } from '../invocation.ts'

/**
 * All that WAMP knows of calls, for both ends.
 */
export function calls(): CallParts {
  const aborts = new Aborts()
  return {
    features: ['call_canceling', 'call_timeout', 'progressive_call_invocations', 'progressive_call_results'],
    call(context, procedure, args, kwargs, options) {
      const call = new OutgoingCall(context, aborts, procedure, options)
      call.end(args, kwargs)
      return call.result
    },
    openCall: (context, procedure, options) => new OutgoingCall(context, aborts, procedure, options),
    createCallee: (context) => new StoppableCallee(context),
  }
}
