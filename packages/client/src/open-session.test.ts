// Shows how a session comes about, or does not, with a scripted router.

import { describe, expect, it } from 'vitest'
import { UsageError } from '@trunkline/protocol'
import type { OpenSessionOptions } from './open-session.ts'
import { calls } from './calls/calls.ts'
import { openSession } from './open-session.ts'
import { ManualClock, openScripted, ScriptedRouter, turn, WELCOME_DETAILS } from './testing/scripted-router.ts'

async function begin(
  options: Partial<OpenSessionOptions> = {},
): Promise<{ router: ScriptedRouter; clock: ManualClock; outcome: Promise<unknown> }> {
  const router = new ScriptedRouter()
  const clock = new ManualClock()
  const outcome = openSession({ transport: router, realm: 'realm1', clock, ...options }).catch((error: unknown) => error)
  await turn()
  return { router, clock, outcome }
}

describe('connect', () => {
  it('announces what calls() brings, for callers and callees alike [AP-RPC-TMO-02 AP-RPC-CAN-01 AP-RPC-PCR-01 AP-RPC-PCR-02 AP-RPC-PCI-02]', async () => {
    const { router } = await begin({ calls: calls() })
    const brought = { call_canceling: true, call_timeout: true, progressive_call_invocations: true, progressive_call_results: true }
    const roles = { caller: { features: brought }, callee: { features: brought } }
    expect(router.take()).toMatchObject([[1, 'realm1', { roles }]])
  })

  it('says HELLO first and announces its roles with their features [BP-SES-01 BP-SES-05 BP-SES-08 BP-SES-09 BP-MSG-09 AP-FEAT-01 AP-FEAT-02]', async () => {
    const { router } = await begin()
    expect(router.take()).toEqual([
      [
        1,
        'realm1',
        {
          agent: 'trunkline',
          roles: {
            publisher: {
              features: {
                payload_passthru_mode: true,
                publisher_exclusion: true,
                publisher_identification: true,
                subscriber_blackwhite_listing: true,
              },
            },
            subscriber: {
              features: {
                pattern_based_subscription: true,
                payload_passthru_mode: true,
                publication_trustlevels: true,
                publisher_identification: true,
                subscription_revocation: true,
              },
            },
            caller: {
              features: {
                caller_identification: true,
                payload_passthru_mode: true,
              },
            },
            callee: {
              features: {
                call_reroute: true,
                call_trustlevels: true,
                caller_identification: true,
                pattern_based_registration: true,
                payload_passthru_mode: true,
                registration_revocation: true,
                shared_registration: true,
              },
            },
          },
        },
      ],
    ])
  })

  it('says who it is and leaves out what is not given', async () => {
    const { router } = await begin({ authid: 'joe', authmethods: ['ticket'], roles: { caller: {} }, agent: 'shop' })
    expect(router.take()).toEqual([[1, 'realm1', { roles: { caller: {} }, agent: 'shop', authid: 'joe', authmethods: ['ticket'] }]])
  })

  it('gives an open session after WELCOME [BP-MSG-17]', async () => {
    const { session, clock } = await openScripted()
    expect(session).toMatchObject({ id: 7, realm: 'realm1', details: WELCOME_DETAILS, isOpen: true })
    expect(clock.openTimers).toBe(0)
  })

  it('is in the realm that WELCOME names, be it another than the one asked for', async () => {
    for (const [said, realm] of [
      [{ realm: 'realm2' }, 'realm2'],
      [{ realm: null }, 'realm1'],
      [{}, 'realm1'],
    ] as const) {
      const { router, outcome } = await begin()
      router.says([2, 7, { roles: { broker: {} }, ...said }])
      expect(await outcome).toMatchObject({ id: 7, realm })
    }
  })

  it.each([{ realm: null }, { realm: undefined }])(
    'leaves the realm to the router with %j, and is in the one that WELCOME names',
    async (options) => {
      const { router, outcome } = await begin(options)
      expect(router.take().map((message) => message.slice(0, 2))).toEqual([[1, null]])
      router.says([2, 7, { ...WELCOME_DETAILS, realm: 'com.example.assigned' }])
      expect(await outcome).toMatchObject({ realm: 'com.example.assigned' })
    },
  )

  it('tells that the router assigns no realm', async () => {
    const { router, outcome } = await begin({ realm: null })
    router.says([3, { message: 'HELLO names no realm' }, 'wamp.error.no_such_realm'])
    expect(await outcome).toMatchObject({
      code: 'TL_CONNECT_REFUSED',
      message: 'the router refused to assign a realm with wamp.error.no_such_realm: HELLO names no realm',
    })
  })

  it('is in a realm without a name where neither side named one', async () => {
    const { router, outcome } = await begin({ realm: null })
    router.says([2, 7, { roles: { broker: {} } }])
    expect(await outcome).toMatchObject({ realm: '' })
  })

  it('rejects with the reason of the router and does not answer its ABORT [BP-SES-11]', async () => {
    const { router, outcome } = await begin()
    router.take()
    router.says([3, { message: 'no realm1 here' }, 'wamp.error.no_such_realm'])
    expect(await outcome).toMatchObject({
      name: 'ConnectError',
      code: 'TL_CONNECT_REFUSED',
      reason: 'wamp.error.no_such_realm',
      details: { message: 'no realm1 here' },
    })
    expect(router.take()).toEqual([])
    expect(router.isClosed).toBe(true)
  })

  it('understands a router that is shutting down before a session exists [BP-ERR-07]', async () => {
    const { router, outcome } = await begin()
    router.says([3, {}, 'wamp.close.system_shutdown'])
    expect(await outcome).toMatchObject({ code: 'TL_CONNECT_REFUSED', reason: 'wamp.close.system_shutdown' })
  })

  it.each([
    ['GOODBYE', [6, {}, 'wamp.close.normal'], '[BP-PERR-07]'],
    ['ERROR', [8, 48, 1, {}, 'com.example.error'], '[BP-PERR-08]'],
    ['SUBSCRIBED', [33, 1, 2], '[BP-PERR-10]'],
    ['UNSUBSCRIBED', [35, 1], '[BP-PERR-11]'],
    ['PUBLISHED', [17, 1, 2], '[BP-PERR-12]'],
    ['RESULT', [50, 1, {}], '[BP-PERR-13]'],
    ['REGISTERED', [65, 1, 2], '[BP-PERR-14]'],
    ['UNREGISTERED', [67, 1], '[BP-PERR-14]'],
    ['INVOCATION', [68, 1, 2, {}], '[BP-PERR-14]'],
    ['a WELCOME without roles', [2, 7, {}], ''],
    ['no message at all', [999], '[BP-PERR-17]'],
  ])('aborts when the router sends %s before the session is open: %j %s', async (_what, list) => {
    const { router, outcome } = await begin()
    router.take()
    router.says(list)
    expect(await outcome).toMatchObject({ code: 'TL_CONNECT_PROTOCOL', reason: 'wamp.error.protocol_violation' })
    expect(router.take()).toEqual([[3, { message: expect.any(String) as string }, 'wamp.error.protocol_violation']])
    expect(router.isClosed).toBe(true)
  })

  it('answers each CHALLENGE with what onChallenge says [AP-AUTH-03 AP-AUTH-05 AP-MSG-01 AP-MSG-02]', async () => {
    const { router, outcome } = await begin({
      authmethods: ['ticket', 'totp'],
      onChallenge: ({ method, extra }) => (method === 'ticket' ? 'secret' : Promise.resolve({ signature: '42', extra: { got: extra } })),
    })
    router.take()
    router.says([4, 'ticket', {}])
    await turn()
    router.says([4, 'totp', { digits: 2 }])
    await turn()
    expect(router.take()).toEqual([
      [5, 'secret', {}],
      [5, '42', { got: { digits: 2 } }],
    ])
    router.says([2, 7, WELCOME_DETAILS])
    expect(await outcome).toMatchObject({ id: 7 })
  })

  it('takes no more than ten rounds: each may cost the client what deriving a key does', async () => {
    const { router, outcome } = await begin({ onChallenge: () => 'signature' })
    for (let round = 0; round <= 10; round += 1) {
      router.says([4, 'wampcra', {}])
      await turn()
    }
    expect(await outcome).toMatchObject({ code: 'TL_CONNECT_PROTOCOL', message: 'more than 10 CHALLENGEs came' })
    expect(router.take().filter(([type]) => type === 5)).toHaveLength(10)
  })

  it('takes a WELCOME that comes while a CHALLENGE is open for a fault of the router', async () => {
    const { router, outcome } = await begin({ onChallenge: () => new Promise(() => undefined) })
    router.says([4, 'ticket', {}], [2, 7, WELCOME_DETAILS])
    expect(await outcome).toMatchObject({ code: 'TL_CONNECT_PROTOCOL', message: 'WELCOME came while a CHALLENGE is open' })
  })

  it('gives up by ABORT when it cannot answer a CHALLENGE, and does not tell the router why [BP-SES-26]', async () => {
    const failure = new Error('the key file is at /home/joe')
    for (const onChallenge of [undefined, () => Promise.reject(failure)]) {
      const { router, outcome } = await begin({ onChallenge })
      router.take()
      router.says([4, 'ticket', {}])
      expect(await outcome).toMatchObject({ code: 'TL_CONNECT_CHALLENGE', reason: 'wamp.error.authentication_failed' })
      expect(router.take()).toEqual([[3, { message: 'cannot answer a CHALLENGE by ticket' }, 'wamp.error.authentication_failed']])
      expect(router.isClosed).toBe(true)
    }
  })

  it('gives up after 10 s by default, for connection and login together', async () => {
    const { router, clock, outcome } = await begin({ onChallenge: () => 'secret' })
    clock.advance(9_000)
    router.says([4, 'ticket', {}])
    await turn()
    router.take()
    clock.advance(999)
    expect([router.take(), router.isClosed]).toEqual([[], false])
    clock.advance(1)
    expect(router.take()).toEqual([[3, { message: expect.any(String) as string }, 'wamp.close.close_realm']])
    expect(await outcome).toMatchObject({ code: 'TL_CONNECT_TIMEOUT', message: 'no session within 10000 ms' })
  })

  it('gives up by ABORT after openTimeoutMs [BP-SES-26]', async () => {
    const { router, clock, outcome } = await begin({ openTimeoutMs: 300 })
    router.take()
    clock.advance(299)
    expect(router.isClosed).toBe(false)
    clock.advance(1)
    expect(await outcome).toMatchObject({ code: 'TL_CONNECT_TIMEOUT', message: 'no session within 300 ms' })
    expect(router.take()).toEqual([[3, { message: 'the client gave up' }, 'wamp.close.close_realm']])
  })

  it('says nothing more after it gave up, although onChallenge fails later', async () => {
    let refuse: (error: Error) => void = () => undefined
    const onChallenge = (): Promise<string> => new Promise((_resolve, reject) => (refuse = reject))
    const { router, clock, outcome } = await begin({ onChallenge })
    router.says([4, 'ticket', {}])
    clock.advance(10_000)
    expect(await outcome).toMatchObject({ code: 'TL_CONNECT_TIMEOUT' })
    refuse(new Error('too late'))
    await turn()
    router.says([999])
    expect(router.sentAfterClose).toBe(0)
  })

  it('rejects when the connection is lost first', async () => {
    const lost = await begin()
    lost.router.lose({ wasClean: false, error: new Error('ECONNRESET') })
    expect(await lost.outcome).toMatchObject({ code: 'TL_CONNECT_FAILED', reason: 'wamp.error.network_failure' })
    expect(lost.clock.openTimers).toBe(0)
  })

  it('takes WebSocket close code 1009 for a message that was too long', async () => {
    const closed = await begin()
    closed.router.lose({ wasClean: true, code: 1009 })
    expect(await closed.outcome).toMatchObject({ reason: 'wamp.error.payload_size_exceeded' })
  })

  it('takes WebSocket close code 1002 or 1011 for an ABORT', async () => {
    const closed = await begin()
    closed.router.lose({ wasClean: true, code: 1002 })
    expect(await closed.outcome).toMatchObject({ code: 'TL_CONNECT_PROTOCOL', reason: 'wamp.error.protocol_violation' })
  })

  it.each([
    ['a realm that is no URI', { realm: 'my realm' }],
    ['neither url nor transport', { transport: undefined }],
    ['an unknown scheme', { transport: undefined, url: 'http://localhost/' }],
    ['a url that is none', { transport: undefined, url: 'localhost' }],
    ['details of a wrong type', { authid: 7 as unknown as string }],
  ])('refuses %s before anything is sent', async (_what, options) => {
    const { router, outcome } = await begin(options)
    expect(await outcome).toBeInstanceOf(UsageError)
    expect(router.sent).toEqual([])
  })
})
