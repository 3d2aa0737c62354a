// Call canceling, call timeouts, progressive call results and progressive call invocations, apart so that bundles of
// sessions without them are smaller.

import { Aborts } from '../aborts.ts'
import type { CallParts } from '../call-parts.ts'
import { contractMethods } from '../contracts.ts'
import { OutgoingCall } from './outgoing-call.ts'
import { sessionPeer } from './session-peer.ts'
import { StoppableCallee } from './stoppable-callee.ts'

/** All call features of WAMP, and contracts, for sessions. */
export function calls(): CallParts {
  const aborts = new Aborts()
  return { ...callParts(aborts), contracts: (session) => contractMethods(sessionPeer(session, aborts)) }
}

/** All call features of WAMP. */
export function callParts(aborts: Aborts): Omit<CallParts, 'contracts'> {
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
