// Shows what a router may send before a session is open, with literal messages.

import { describe, expect, it } from 'vitest'
import { messageFromArray } from './codec.ts'
import { ProtocolError } from './errors.ts'
import { checkOpening } from './handshake-client.ts'

const WELCOME = [2, 4711, { roles: { dealer: {} }, realm: 'realm1' }]
const CHALLENGE = [4, 'ticket', {}]
const ABORT = [3, { message: 'no' }, 'wamp.error.no_such_realm']

function check(list: unknown[], isChallenged = false): void {
  checkOpening(messageFromArray(list), isChallenged)
}

describe('before WELCOME', () => {
  it.each([[WELCOME], [CHALLENGE], [ABORT]])('the router may send %j', (list) => {
    expect(() => check(list)).not.toThrow()
  })

  it.each([
    ['no roles', {}],
    ['no role of a router', { roles: { caller: {} } }],
    ['a role that is null', { roles: { dealer: null } }],
  ])('a WELCOME with %s is refused', (_what, details) => {
    expect(() => check([2, 4711, details])).toThrow(ProtocolError)
  })

  it.each([
    ['GOODBYE', [6, {}, 'wamp.close.normal']],
    ['ERROR', [8, 48, 1, {}, 'com.example.error']],
    ['SUBSCRIBED', [33, 1, 2]],
    ['UNSUBSCRIBED', [35, 1]],
    ['PUBLISHED', [17, 1, 2]],
    ['EVENT', [36, 1, 2, {}]],
    ['RESULT', [50, 1, {}]],
    ['REGISTERED', [65, 1, 2]],
    ['UNREGISTERED', [67, 1]],
    ['INVOCATION', [68, 1, 2, {}]],
    ['HELLO', [1, 'realm1', {}]],
  ])('%s is refused', (name, list) => {
    expect(() => check(list)).toThrow(`${name} came before WELCOME`)
  })
})

it.each([[WELCOME], [CHALLENGE]])('while a challenge is open the router may send nothing but ABORT: %j is refused', (list) => {
  expect(() => check(ABORT, true)).not.toThrow()
  expect(() => check(list, true)).toThrow('came while a CHALLENGE is open')
})
