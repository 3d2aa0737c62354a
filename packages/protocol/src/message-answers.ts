// Which messages answer which (specification: "Messages"); ERROR, which answers every request, is not listed. This is not in the
// table of messages, because a client in a browser does not need it.

import * as m from './messages.ts'

/** The types of the answers, by the type of the request. */
export const ANSWERS: ReadonlyMap<number, readonly number[]> = new Map([
  [m.HELLO, [m.WELCOME, m.CHALLENGE, m.ABORT]],
  [m.CHALLENGE, [m.AUTHENTICATE, m.ABORT]],
  [m.AUTHENTICATE, [m.WELCOME, m.CHALLENGE, m.ABORT]],
  [m.GOODBYE, [m.GOODBYE]],
  [m.PUBLISH, [m.PUBLISHED]],
  [m.SUBSCRIBE, [m.SUBSCRIBED]],
  [m.UNSUBSCRIBE, [m.UNSUBSCRIBED]],
  [m.CALL, [m.RESULT]],
  [m.REGISTER, [m.REGISTERED]],
  [m.UNREGISTER, [m.UNREGISTERED]],
  [m.INVOCATION, [m.YIELD]],
])
