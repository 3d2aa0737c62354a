// Shows the router's side of the opening handshake with literal messages.

import { beforeEach, describe, expect, it } from 'vitest'
import { messageFromArray, messageToArray } from './codec.ts'
import { ProtocolError } from './errors.ts'
import { ROUTER_ROLES } from './features.ts'
import type { AuthenticationNext, Identity, JoinRequest } from './handshake-router.ts'
import { RouterHandshake, welcome } from './handshake-router.ts'

const PETER: Identity = { authid: 'peter', authrole: 'user', authmethod: 'ticket', authprovider: 'static' }
const HELLO = [1, 'realm1', { roles: { caller: {} } }]

describe('RouterHandshake', () => {
  let handshake: RouterHandshake
  let asked: JoinRequest[]
  let next: AuthenticationNext
  let outcomes: unknown[]
  beforeEach(() => {
    asked = []
    outcomes = []
    handshake = new RouterHandshake(
      (request, step) => {
        asked.push(request)
        next = step
      },
      (outcome) => {
        if ('send' in outcome) outcomes.push(['send', messageToArray(outcome.send)])
        else if ('refuse' in outcome) outcomes.push(['refuse', messageToArray(outcome.refuse)])
        else outcomes.push(['join', outcome.join.realm, outcome.identity])
      },
    )
  })

  const receive = (...message: unknown[]): void => handshake.receive(messageFromArray(message))

  it('hands a HELLO to the authenticator and lets in whom it accepts [BP-MSG-16 BP-SES-02]', () => {
    receive(...HELLO)
    expect(asked).toEqual([
      {
        realm: 'realm1',
        roles: ['caller'],
        authmethods: ['anonymous'],
        authid: undefined,
        authrole: undefined,
        authextra: {},
        agent: undefined,
      },
    ])
    expect(outcomes).toEqual([])
    next({ accept: PETER })
    expect(outcomes).toEqual([['join', 'realm1', PETER]])
  })

  it('tells when a login begins, and by which method it goes on', () => {
    expect([handshake.isLoggingIn, handshake.request, handshake.challenged]).toEqual([false, undefined, undefined])
    receive(...HELLO)
    expect([handshake.isLoggingIn, handshake.request?.realm, handshake.challenged]).toEqual([true, 'realm1', undefined])
    next({ challenge: 'ticket', extra: {}, answer: () => undefined })
    expect([handshake.isLoggingIn, handshake.challenged]).toEqual([true, 'ticket'])
  })

  it('reads what a client asks for, in its order', () => {
    const details = {
      roles: { callee: {} },
      authmethods: ['wampcra', 'ticket'],
      authid: 'peter',
      authrole: 'admin',
      authextra: { a: 1 },
      agent: 'x-1',
    }
    receive(1, 'realm1', details)
    expect(asked[0]).toMatchObject({
      authmethods: ['wampcra', 'ticket'],
      authid: 'peter',
      authrole: 'admin',
      authextra: { a: 1 },
      agent: 'x-1',
    })
  })

  it.each([
    [{}],
    [{ roles: {} }],
    [{ roles: { broker: {} } }],
    [{ roles: { caller: null } }],
    [{ roles: { caller: [] } }],
    [{ roles: { caller: {}, callee: 'yes' } }],
  ])('refuses the details %j [BP-SES-06]', (details) => {
    expect(() => receive(1, 'realm1', details)).toThrow(ProtocolError)
    expect(asked).toEqual([])
  })

  it('reads features in either spelling, only where they are true, and ignores unknown ones [BP-SES-08]', () => {
    const features = { call_cancelling: true, progressive_call_results: true, shared_registration: 1, call_timeout: false, of_my_own: true }
    receive(1, 'realm1', { roles: { callee: { features }, caller: { features: null } } })
    const roles = asked[0]?.roles ?? []
    expect(roles).toEqual(expect.arrayContaining(['caller', 'callee', 'callee.call_canceling', 'callee.progressive_call_results']))
    for (const absent of ['callee.shared_registration', 'callee.call_timeout', 'callee.of_my_own', 'publisher'])
      expect(roles).not.toContain(absent)
  })

  it.each(['', 'a..b', 'realm 1', 'realm1\n'])('refuses the realm %j with invalid_uri [BP-ERR-02]', (realm) => {
    try {
      receive(1, realm, { roles: { caller: {} } })
      expect('it').toBe('refused')
    } catch (error) {
      expect(error).toMatchObject({ name: 'ProtocolError', uri: 'wamp.error.invalid_uri' })
    }
  })

  it('tolerates a HELLO that names no realm where one is assigned, and nowhere else [BP-SES-02]', () => {
    expect(() => receive(1, null, { roles: { caller: {} } })).toThrow('HELLO names no realm')
    const assigning = new RouterHandshake(
      (request) => void asked.push(request),
      () => undefined,
      'realm2',
    )
    assigning.receive(messageFromArray([1, null, { roles: { caller: {} } }]))
    expect(asked.map(({ realm }) => realm)).toEqual(['realm2'])
  })

  it('refuses with the reason that the authenticator gives [BP-SES-12 BP-ERR-03 BP-MSG-18]', () => {
    receive(...HELLO)
    next({ deny: 'wamp.error.not_authorized', message: 'not here' })
    expect(outcomes).toEqual([['refuse', [3, { message: 'not here' }, 'wamp.error.not_authorized']]])
  })

  it('passes challenges, as many as the authenticator wants', () => {
    const seen: unknown[] = []
    receive(...HELLO)
    next({
      challenge: 'ticket',
      extra: { round: 1 },
      answer: (signature, extra, then) => {
        seen.push([signature, extra])
        then({
          challenge: 'totp',
          extra: {},
          answer: (code, _, last) => last(code === '123' ? { accept: PETER } : { deny: 'wamp.error.authentication_denied', message: '' }),
        })
      },
    })
    receive(5, 'secret', { a: 1 })
    receive(5, '123', {})
    expect(seen).toEqual([['secret', { a: 1 }]])
    expect(outcomes).toEqual([
      ['send', [4, 'ticket', { round: 1 }]],
      ['send', [4, 'totp', {}]],
      ['join', 'realm1', PETER],
    ])
  })

  it.each([
    ['before HELLO', []],
    ['during the login', [HELLO]],
  ])('takes nothing but HELLO, then AUTHENTICATE: not %s [BP-PERR-07 BP-PERR-08 BP-PERR-19]', (when, before) => {
    for (const message of before) receive(...message)
    const refused = [
      [5, 'secret', {}],
      [6, {}, 'wamp.close.close_realm'],
      [8, 68, 1, {}, 'com.example.error'],
      [16, 1, {}, 'com.example.topic'],
      [2, 1, {}],
      ...(before.length === 0 ? [] : [HELLO]),
    ]
    for (const message of refused) expect(() => receive(...message)).toThrow(`may not arrive ${when}`)
  })

  it('has no effect any more once it was stopped', () => {
    receive(...HELLO)
    handshake.stop()
    next({ accept: PETER })
    expect(outcomes).toEqual([])
  })

  it('lets in only once, however often the authenticator answers', () => {
    receive(...HELLO)
    next({ accept: PETER })
    next({ accept: PETER })
    next({ deny: 'wamp.error.not_authorized', message: '' })
    expect(outcomes.length).toBe(1)
  })
})

describe('welcome', () => {
  it('names realm, identity, roles and implementation, authextra only if there is any [BP-SES-25 BP-SES-07 BP-SES-09 BP-MSG-17]', () => {
    const router = { roles: ROUTER_ROLES, agent: 'Trunkline' }
    const details = { ...router, realm: 'realm1', ...PETER }
    expect(messageToArray(welcome(4711, 'realm1', PETER, router))).toEqual([2, 4711, details])
    const extended = { ...PETER, authextra: { a: 1 } }
    expect(messageToArray(welcome(4711, 'realm1', extended, router))).toEqual([2, 4711, { ...details, authextra: { a: 1 } }])
  })
  it('tells how long a message may be, where one may be too long', () => {
    const router = { roles: ROUTER_ROLES, agent: 'Trunkline', longestMessage: 512 }
    expect(welcome(4711, 'realm1', PETER, router)).toMatchObject({ details: { _limits: { message: 512 } } })
  })
})
