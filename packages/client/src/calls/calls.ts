// Call canceling, call timeouts, progressive call results and progressive call invocations, apart so that bundles of
// sessions without them are smaller.

import { Aborts } from '../aborts.ts'
import type { CallParts } from '../call-parts.ts'
import { OutgoingCall } from './outgoing-call.ts'
import { StoppableCallee } from './stoppable-callee.ts'

/**
 * Makes the caller and callee with all call features of WAMP.
 */
export function calls(): CallParts {
  const aborts = new Aborts()
  return {
    features: ['call_canceling', 'call_timeout', 'progressive_call_invocations', 'progressive_call_results'],
    call(context, procedure, { args, kwargs, options }) {
      const call = new OutgoingCall(context, aborts, procedure, options)
      call.end(args, { kwargs })
      return call.result
    },
    openCall: (context, procedure, options) => new OutgoingCall(context, aborts, procedure, options),
    createCallee: (context) => new StoppableCallee(context),
  }
}
