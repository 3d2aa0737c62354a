// For tests: calls and registrations over nodes, as their clients make them and see them.

import type { CallMessage, Dict, InvocationMessage, Message } from '@trunkline/protocol'
import {
  CALL,
  EMPTY_DICT,
  ERROR,
  INTERRUPT,
  INVOCATION,
  REGISTER,
  REGISTERED,
  RESULT,
  UNREGISTER,
  UNREGISTERED,
  YIELD,
} from '@trunkline/protocol'
import { expect } from 'vitest'
import type { Member, Node } from './joined-realms.ts'
import { JoinedRealms, payloadOf } from './joined-realms.ts'

export const PROCEDURE = 'com.example.procedure'
let request = 0

export function register(member: Member, options: Dict = EMPTY_DICT, procedure = PROCEDURE): number {
  member.say({ type: REGISTER, request: ++request, options, procedure })
  return request
}

export function unregister(member: Member, registration: number): number {
  member.say({ type: UNREGISTER, request: ++request, registration, options: EMPTY_DICT })
  return request
}

export function call(member: Member, options: Dict = EMPTY_DICT, ...args: unknown[]): number {
  member.say(callOf(++request, options, args))
  return request
}

export function callOf(id: number, options: Dict, args: readonly unknown[] = []): CallMessage {
  return { type: CALL, request: id, options, procedure: PROCEDURE, payload: payloadOf(...args) }
}

/** What came, each as its type and what a test looks at. */
export function seen(member: Member): unknown[] {
  return member.take().map((message) => {
    switch (message.type) {
      case REGISTERED:
        return 'REGISTERED'
      case UNREGISTERED:
        return ['UNREGISTERED', message.details?.reason]
      case INVOCATION:
        return ['INVOCATION', message.details, message.payload?.args]
      case RESULT:
        return ['RESULT', message.details, message.payload?.args]
      case INTERRUPT:
        return ['INTERRUPT', message.options['mode']]
      case ERROR:
        return ['ERROR', message.requestType, message.error]
      default:
        return message
    }
  })
}

export function invocationOf(member: Member): InvocationMessage {
  const found = member.take().find((message: Message) => message.type === INVOCATION)
  if (found?.type !== INVOCATION) throw new Error('there is no INVOCATION')
  return found
}

/** A callee on the second of some nodes, a caller on the first. */
export function scene(nodes = 2, options: Dict = EMPTY_DICT): { realms: JoinedRealms; a: Node; b: Node; caller: Member; callee: Member } {
  const realms = new JoinedRealms(nodes)
  const [a, b] = [realms.at(0), realms.at(1)]
  const [caller, callee] = [a.join(), b.join()]
  register(callee, options)
  realms.deliverAll()
  expect(seen(callee)).toEqual(['REGISTERED'])
  return { realms, a, b, caller, callee }
}

export function expectNothingOpen(realms: JoinedRealms): void {
  for (const node of realms.nodes) {
    for (const { sessions } of node.neighbours.values()) expect(sessions.openCalls).toEqual({ to: 0, from: 0 })
    for (const { session } of node.members) expect([session.calls.size, session.invocations.size]).toEqual([0, 0])
  }
}

/** Gives the result of a call. */
export function answer(callee: Member, invocation: number, options: Dict, ...args: unknown[]): void {
  callee.say({ type: YIELD, request: invocation, options, payload: args.length === 0 ? undefined : payloadOf(...args) })
}

/** Ends a call with an error. */
export function fail(callee: Member, invocation: number, error: string): void {
  callee.say({ type: ERROR, requestType: INVOCATION, request: invocation, details: EMPTY_DICT, error, payload: undefined })
}
