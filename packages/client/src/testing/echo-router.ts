// For tests: a router of a few lines that welcomes, echoes calls and says goodbye. Not part of the package.

import type { Message } from '@trunkline/protocol'
import * as p from '@trunkline/protocol'

/** The answer of the smallest router; undefined for no answer. */
export function echo(message: Message): Message | undefined {
  switch (message.type) {
    case p.HELLO:
      return { type: p.WELCOME, session: 7, details: { roles: { dealer: {} } } }
    case p.CALL:
      return { type: p.RESULT, request: message.request, details: {}, payload: message.payload }
    case p.GOODBYE:
      return { type: p.GOODBYE, details: {}, reason: p.GOODBYE_AND_OUT }
    default:
      return undefined
  }
}
