// Shows calls, publications and the end of a session with a scripted router.

import { describe, expect, it } from 'vitest'
import { ApplicationError, UsageError } from '@trunkline/protocol'
import { DisconnectedError, isCanceled } from './errors.ts'
import type { PublishOptions } from './options.ts'
import { plainCodec } from './passthru.ts'
import { PendingRequests } from './pending.ts'
import { CallResult } from './results.ts'
import { failureOf } from './testing/failure-of.ts'
import { openScripted, ScriptedRouter } from './testing/scripted-router.ts'

const VIOLATION = [3, { message: expect.any(String) as string }, 'wamp.error.protocol_violation']

describe('Session.call', () => {
  it('sends CALL and gives the RESULT [BP-MSG-28 BP-MSG-29]', async () => {
    const { session, router } = await openScripted()
    const call = session.callResult('com.example.add', [2, 3], { kwargs: { round: true }, _urgent: 1 })
    expect(router.take()).toEqual([[48, 1, { _urgent: 1 }, 'com.example.add', [2, 3], { round: true }]])
    router.says([50, 1, { _n: 1 }, [5, 'five'], { exact: true }])
    const result = await call
    expect(result).toBeInstanceOf(CallResult)
    expect(result).toMatchObject({ value: 5, args: [5, 'five'], kwargs: { exact: true }, details: { _n: 1 } })
  })

  it('leaves out empty arguments and holds the place of args before kwargs [BP-MSG-12 BP-MSG-13 BP-MSG-14]', async () => {
    const { session, router } = await openScripted()
    void session.call('com.example.a').catch(() => undefined)
    void session.call('com.example.b').catch(() => undefined)
    void session.call('com.example.c', undefined, { kwargs: { x: 1 } }).catch(() => undefined)
    expect(router.take()).toEqual([
      [48, 1, {}, 'com.example.a'],
      [48, 2, {}, 'com.example.b'],
      [48, 3, {}, 'com.example.c', [], { x: 1 }],
    ])
  })

  it('gives empty args and kwargs when RESULT has none or empty ones [BP-MSG-15]', async () => {
    const { session, router } = await openScripted()
    const calls = [session.callResult('com.example.a'), session.callResult('com.example.b')]
    router.says([50, 1, {}], [50, 2, {}, []])
    for (const call of calls) expect(await call).toMatchObject({ value: undefined, args: [], kwargs: {} })
  })

  it('gives the first positional value, undefined when there is none', async () => {
    const { session, router } = await openScripted()
    const calls = [session.call('com.example.a'), session.call('com.example.b'), session.call<number>('com.example.c')]
    router.says([50, 1, {}, [5, 6], { a: 1 }], [50, 2, {}, [], { a: 1 }], [50, 3, {}, [null]])
    expect(await Promise.all(calls)).toEqual([5, undefined, null])
  })

  it('keeps several calls apart, whatever the order of the answers [BP-RPC-08 BP-ID-08]', async () => {
    const { session, router } = await openScripted()
    const calls = ['a', 'b', 'c'].map((name) => session.call(`com.example.${name}`))
    router.says([50, 3, {}, ['c']], [8, 48, 1, {}, 'com.example.failed'], [50, 2, {}, ['b']])
    const outcomes = await Promise.allSettled(calls)
    expect(outcomes.map((each) => (each.status === 'fulfilled' ? each.value : (each.reason as ApplicationError).uri))).toEqual([
      'com.example.failed',
      'b',
      'c',
    ])
  })

  it('rejects with the ERROR, its arguments and details [BP-MSG-20]', async () => {
    const { session, router } = await openScripted()
    const failure = failureOf(session.call('com.example.buy'))
    router.says([8, 48, 1, { _by: 'x' }, 'com.example.out_of_stock', ['none left'], { item: 9 }])
    expect(await failure).toBeInstanceOf(ApplicationError)
    expect(await failure).toMatchObject({
      code: 'TL_APPLICATION',
      uri: 'com.example.out_of_stock',
      args: ['none left'],
      kwargs: { item: 9 },
      details: { _by: 'x' },
    })
  })

  it.each(['wamp.error.of_tomorrow', 'wamp.error.', 'wamp.error', 'no uri at all', ''])(
    'takes the ERROR %j, which nothing here knows, for one like any other [AP-ERR-04]',
    async (uri) => {
      const { session, router } = await openScripted()
      const failure = failureOf(session.call('com.example.a'))
      router.says([8, 48, 1, {}, uri, ['why']])
      expect(await failure).toBeInstanceOf(ApplicationError)
      expect(await failure).toMatchObject({ code: 'TL_APPLICATION', uri, args: ['why'] })
      expect(session.isOpen).toBe(true)
    },
  )

  it.each(['wamp.error.canceled', 'wamp.error.cancelled'])('takes %s for a cancelled call', async (uri) => {
    const { session, router } = await openScripted()
    const failure = failureOf(session.call('com.example.a'))
    router.says([8, 48, 1, {}, uri])
    expect(isCanceled(await failure)).toBe(true)
    expect(isCanceled(new Error(uri))).toBe(false)
  })

  it('does not end a call by a progressive result that it did not ask for', async () => {
    const { session, router } = await openScripted()
    const call = session.call('com.example.a')
    router.says([50, 1, { progress: true }, [1]], [50, 1, {}, [2]])
    expect(await call).toBe(2)
  })

  it.each(['', 'com..example', 'com.example.', 'com.ex ample', 'com.example#1', 'com.example\n', 7 as unknown as string])(
    'refuses the procedure %j before anything is sent [BP-URI-02 BP-URI-10]',
    async (procedure) => {
      const { session, router } = await openScripted()
      expect(await failureOf(session.call(procedure))).toMatchObject({ name: 'UsageError', code: 'TL_INVALID_URI' })
      expect(router.take()).toEqual([])
    },
  )

  it('checks URIs by the strict rule on demand [BP-URI-05]', async () => {
    const { session, router } = await openScripted({ uriRule: 'strict' })
    expect(await failureOf(session.call('com.example.Add'))).toMatchObject({ code: 'TL_INVALID_URI' })
    expect(await failureOf(session.subscribe('com.exämple', () => undefined))).toMatchObject({ code: 'TL_INVALID_URI' })
    expect(router.take()).toEqual([])
  })

  it('may call procedures of the router', async () => {
    const { session, router } = await openScripted()
    void session.call('wamp.session.count').catch(() => undefined)
    expect(router.take()).toEqual([[48, 1, {}, 'wamp.session.count']])
  })
})

describe('request ids', () => {
  it('begin at 1 and grow by 1 over all request types together [BP-ID-05]', async () => {
    const { session, router } = await openScripted()
    const requests = [
      session.call('com.example.a'),
      session.publish('com.example.b'),
      session.subscribe('com.example.c', () => undefined),
      session.register('com.example.d', () => undefined),
      session.publish('com.example.e', [], { acknowledge: true }),
    ]
    router.says([33, 3, 30], [65, 4, 40], [17, 5, 50], [50, 1, {}])
    const [, , subscription, registration] = await Promise.all(requests)
    void (subscription as { unsubscribe(): Promise<void> }).unsubscribe()
    void (registration as { unregister(): Promise<void> }).unregister()
    expect(router.take().map(([type, id]) => [type, id])).toEqual([
      [48, 1],
      [16, 2],
      [32, 3],
      [64, 4],
      [16, 5],
      [34, 6],
      [66, 7],
    ])
    router.lose()
  })

  it('are not used up by what cannot be sent', async () => {
    const { session, router } = await openScripted()
    const unsendable = [() => undefined]
    expect(await failureOf(session.call('com.example.a', unsendable))).toMatchObject({ code: 'TL_PAYLOAD' })
    expect(await failureOf(session.publish('com.example.a', unsendable))).toMatchObject({ code: 'TL_PAYLOAD' })
    expect(await failureOf(session.call('com.example.a', [], { discloseMe: 1 as unknown as boolean }))).toBeInstanceOf(UsageError)
    expect(await failureOf(session.publish('wamp.a'))).toBeInstanceOf(UsageError)
    await session.publish('com.example.b')
    expect(router.take()).toEqual([[16, 1, {}, 'com.example.b']])
    expect(session.isOpen).toBe(true)
  })

  it('continue with 1 after 2^53 [BP-ID-07]', async () => {
    const router = new ScriptedRouter()
    const requests = new PendingRequests(router, 2 ** 53 - 1, plainCodec, () => true)
    for (let i = 0; i < 2; i++) {
      requests.post((request) => ({ type: 16, request, options: {}, topic: 'com.example.a', payload: undefined }))
    }
    expect(router.take().map(([, id]) => id)).toEqual([2 ** 53, 1])
  })
})

describe('Session.publish', () => {
  it('rejects when the connection takes nothing any more, though it has not ended yet', async () => {
    const { session, router } = await openScripted()
    router.isOpen = false
    expect(session.isOpen).toBe(false)
    const failure = await failureOf(session.publish('com.example.a', [1]))
    expect(failure).toMatchObject({ code: 'TL_DISCONNECTED', mayHaveRun: false, reason: 'wamp.error.network_failure' })
    expect(router.take()).toEqual([])
  })

  it('resolves as soon as the event was handed over [BP-PUB-10 BP-MSG-21]', async () => {
    const { session, router } = await openScripted()
    expect(await session.publish('com.example.ticked', [1], { kwargs: { unit: 's' }, excludeMe: false, eligible: [8] })).toBeUndefined()
    expect(router.take()).toEqual([[16, 1, { exclude_me: false, eligible: [8] }, 'com.example.ticked', [1], { unit: 's' }]])
  })

  it('resolves with the publication id when it asked for an acknowledgement [BP-PUB-10 BP-MSG-22]', async () => {
    const { session, router } = await openScripted()
    const publishing = session.publish('com.example.ticked', [1], { acknowledge: true })
    expect(router.take()).toEqual([[16, 1, { acknowledge: true }, 'com.example.ticked', [1]]])
    router.says([17, 1, 9007199254740992])
    expect(await publishing).toBe(9007199254740992)
  })

  it('leaves out options that are null or undefined, and sends the others [AP-PS-RET-02]', async () => {
    const { session, router } = await openScripted()
    await session.publish('com.example.a', [], { excludeMe: undefined, _mine: null, retain: true })
    expect(router.take()).toEqual([[16, 1, { retain: true }, 'com.example.a']])
  })

  it.each([{ acknowledge: 1 }, { exclude: [0] }, { eligible_authid: 'joe' }])('refuses the options %j [BP-MSG-02]', async (options) => {
    const { session, router } = await openScripted()
    expect(await failureOf(session.publish('com.example.a', [], options as PublishOptions))).toBeInstanceOf(UsageError)
    expect(router.take()).toEqual([])
  })

  it.each(['wamp', 'wamp.session.on_join'])('refuses the topic %s [BP-URI-07]', async (topic) => {
    const { session, router } = await openScripted()
    expect(await failureOf(session.publish(topic))).toMatchObject({ code: 'TL_RESERVED_URI' })
    expect(router.take()).toEqual([])
  })
})

describe('messages that do not fit', () => {
  it.each([
    ['WELCOME', [2, 8, { roles: { broker: {} } }], '[BP-PERR-04]'],
    ['CHALLENGE', [4, 'ticket', {}], '[BP-PERR-06]'],
    ['what only clients send', [48, 1, {}, 'com.example.a'], ''],
    ['ERROR for a HELLO', [8, 1, 1, {}, 'com.example.a'], '[BP-PERR-09]'],
    ['ERROR for an INVOCATION', [8, 68, 1, {}, 'com.example.a'], '[BP-PERR-09]'],
    ['ERROR for a CANCEL', [8, 49, 1, {}, 'com.example.a'], '[BP-PERR-09]'],
    ['an unknown type', [999], '[BP-PERR-17]'],
    ['an empty list', [], '[BP-PERR-17]'],
    ['no list', {}, '[BP-PERR-17]'],
    ['too few elements', [50, 1], '[BP-PERR-17]'],
    ['an id that is none', [50, 0, {}], '[BP-PERR-17]'],
    ['a detail of the wrong type', [50, 1, { progress: 1 }], '[BP-PERR-22 BP-MSG-02]'],
  ])('end the session by ABORT: %s %j %s', async (_what: string, list: unknown, _rows: string) => {
    const { session, router } = await openScripted()
    const failure = failureOf(session.call('com.example.a'))
    router.take()
    router.says(list)
    expect(router.take()).toEqual([VIOLATION])
    expect(await failure).toMatchObject({ mayHaveRun: true, reason: 'wamp.error.protocol_violation' })
    expect(await session.closed).toMatchObject({ by: 'client', reason: 'wamp.error.protocol_violation', wasClean: false })
  })

  it('drop everything at once, and close the connection [BP-PERR-01 BP-PERR-02 BP-PERR-03 BP-SES-13 BP-SES-14]', async () => {
    const { session, router } = await openScripted()
    const seen: unknown[] = []
    const subscribing = session.subscribe('com.example.a', (event) => seen.push(event))
    router.says([33, 1, 5])
    await subscribing
    const call = failureOf(session.call('com.example.a'))
    router.take()
    router.says([2, 8, {}], [36, 5, 6, {}], [50, 2, {}], [6, {}, 'wamp.close.normal'])
    expect(router.take()).toEqual([VIOLATION])
    expect(router.isClosed).toBe(true)
    expect(session.isOpen).toBe(false)
    expect(seen).toEqual([])
    expect(await call).toBeInstanceOf(DisconnectedError)
  })

  it.each([
    { list: [50, 9, {}] },
    { list: [17, 1, 2] },
    { list: [33, 1, 2] },
    { list: [35, 9] },
    { list: [35, 0] },
    { list: [67, 0, { reason: 'no id' }] },
    { list: [65, 1, 2] },
    { list: [67, 9] },
    { list: [8, 16, 1, {}, 'com.example.a'] },
    { list: [8, 48, 9, {}, 'com.example.a'] },
  ])('are told to onError and ignored when they answer no request: $list [BP-PERR-23]', async ({ list }) => {
    const told: unknown[] = []
    const { session, router } = await openScripted({ onError: (error, source) => told.push([(error as Error).message, source]) })
    const call = session.call('com.example.a')
    router.take()
    router.says(list)
    expect(told).toEqual([[expect.stringContaining('ignored'), 'router']])
    expect(router.take()).toEqual([])
    router.says([50, 1, {}, ['still there']])
    expect(await call).toBe('still there')
  })

  it('unknown attributes are no fault [BP-MSG-06]', async () => {
    const { session, router } = await openScripted()
    const call = session.call('com.example.a')
    router.says([50, 1, { _mine: {}, someday: [1] }, ['ok']])
    expect(await call).toBe('ok')
  })
})
