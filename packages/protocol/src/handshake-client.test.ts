// Shows the client's side of the opening handshake with literal messages.

import { describe, expect, it } from 'vitest'
import { messageFromArray, messageToArray } from './codec.ts'
import { ProtocolError, UsageError } from './errors.ts'
import { ClientHandshake } from './handshake-client.ts'

const ROLES = { roles: { caller: {} } }
const WELCOME = [2, 4711, { roles: { dealer: {} }, realm: 'realm1' }]

function started(): ClientHandshake {
  const handshake = new ClientHandshake('realm1', ROLES)
  handshake.hello()
  return handshake
}

function receive(handshake: ClientHandshake, list: unknown[]): unknown {
  return handshake.receive(messageFromArray(list))
}

describe('ClientHandshake', () => {
  it('begins with HELLO, which goes out once [BP-SES-01 BP-MSG-16]', () => {
    const handshake = new ClientHandshake('realm1', ROLES)
    expect(messageToArray(handshake.hello())).toEqual([1, 'realm1', ROLES])
    expect(() => handshake.hello()).toThrow(UsageError)
  })

  it('takes WELCOME as the answer to HELLO [BP-MSG-17]', () => {
    expect(receive(started(), WELCOME)).toEqual({ kind: 'welcome', session: 4711, details: WELCOME[2] })
  })

  it.each([
    ['no roles', {}],
    ['no role of a router', { roles: { caller: {} } }],
    ['a role that is null', { roles: { dealer: null } }],
  ])('refuses a WELCOME with %s', (_what, details) => {
    expect(() => receive(started(), [2, 4711, details])).toThrow(ProtocolError)
  })

  it('goes through several rounds of CHALLENGE and AUTHENTICATE [AP-AUTH-03 AP-AUTH-05 AP-MSG-01 AP-MSG-02]', () => {
    const handshake = started()
    expect(receive(handshake, [4, 'ticket', {}])).toEqual({ kind: 'challenge', authmethod: 'ticket', extra: {} })
    expect(messageToArray(handshake.authenticate('secret'))).toEqual([5, 'secret', {}])
    expect(receive(handshake, [4, 'totp', { digits: 6 }])).toEqual({ kind: 'challenge', authmethod: 'totp', extra: { digits: 6 } })
    expect(messageToArray(handshake.authenticate('123456', { nonce: 'x' }))).toEqual([5, '123456', { nonce: 'x' }])
    expect(receive(handshake, WELCOME)).toMatchObject({ kind: 'welcome' })
  })

  it.each([[WELCOME], [[4, 'ticket', {}]]])('lets the router send nothing but ABORT while a challenge is open: %j', (list) => {
    const handshake = started()
    receive(handshake, [4, 'ticket', {}])
    expect(() => receive(handshake, list)).toThrow(ProtocolError)
  })

  it('answers a challenge only once, and only when there is one', () => {
    const handshake = started()
    expect(() => handshake.authenticate('x')).toThrow(UsageError)
    receive(handshake, [4, 'ticket', {}])
    handshake.authenticate('x')
    expect(() => handshake.authenticate('x')).toThrow(UsageError)
  })

  it('ends with the ABORT of the router, also while a challenge is open', () => {
    const abort = [3, { message: 'no' }, 'wamp.error.no_such_realm']
    expect(receive(started(), abort)).toMatchObject({ kind: 'refused', abort: { reason: 'wamp.error.no_such_realm' } })
    const challenged = started()
    receive(challenged, [4, 'ticket', {}])
    expect(receive(challenged, abort)).toMatchObject({ kind: 'refused' })
    expect(() => receive(challenged, WELCOME)).toThrow('WELCOME came after the end')
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
  ])('refuses %s before WELCOME', (name, list) => {
    expect(() => receive(started(), list)).toThrow(`${name} came before WELCOME`)
  })

  it('gives up by ABORT', () => {
    const abort = started().abort('wamp.error.authentication_failed', 'no key')
    expect(messageToArray(abort)).toEqual([3, { message: 'no key' }, 'wamp.error.authentication_failed'])
  })
})
