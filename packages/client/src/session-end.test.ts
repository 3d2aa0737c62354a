// Shows how a session ends, and what becomes of what was under way.

import { describe, expect, it } from 'vitest'
import { UsageError } from '@trunkline/protocol'
import { asyncDispose } from './dispose.ts'
import { DisconnectedError } from './errors.ts'
import type { Session } from './session.ts'
import { failureOf } from './testing/failure-of.ts'
import { openScripted, turn } from './testing/scripted-router.ts'

describe('the end of a session', () => {
  it('by leave: GOODBYE, its answer, then the connection closes [BP-SES-16 BP-SES-18 BP-SES-20 BP-MSG-19]', async () => {
    const { session, router, clock } = await openScripted()
    const leaving = session.leave()
    expect(session.isOpen).toBe(false)
    expect(router.take()).toEqual([[6, {}, 'wamp.close.close_realm']])
    expect(router.isClosed).toBe(false)
    router.says([6, {}, 'wamp.close.goodbye_and_out'])
    expect(router.isClosed).toBe(true)
    await leaving
    expect(router.take()).toEqual([])
    expect(await session.closed).toMatchObject({ by: 'client', reason: 'wamp.close.close_realm', wasClean: true })
    expect(clock.openTimers).toBe(0)
  })

  it('by leave, with a reason and a text of its own, is the same for all who ask', async () => {
    const { session, router } = await openScripted()
    const leavings = [session.leave('com.example.done', 'bye'), session.leave()]
    expect(router.take()).toEqual([[6, { message: 'bye' }, 'com.example.done']])
    router.says([6, {}, 'wamp.close.goodbye_and_out'])
    await Promise.all([...leavings, session.leave()])
    expect(router.take()).toEqual([])
    expect(await session.closed).toMatchObject({ reason: 'com.example.done', message: 'bye' })
  })

  it.each(['wamp.close.normal', 'wamp.error.goodbye_and_out', 'not a uri'])('by leave takes the answer %j [BP-SES-23]', async (reason) => {
    const { session, router } = await openScripted()
    const leaving = session.leave()
    router.says([6, {}, reason])
    await leaving
    expect(await session.closed).toMatchObject({ wasClean: true })
  })

  it('by leave ignores what comes before the answer [BP-SES-17]', async () => {
    const { session, router } = await openScripted()
    const failure = failureOf(session.call('com.example.a'))
    const registering = failureOf(session.register('com.example.b', () => undefined))
    const leaving = session.leave()
    router.take()
    router.says([50, 1, {}], [65, 2, 9], [68, 1, 9, {}], [2, 8, {}], [6, {}, 'wamp.close.goodbye_and_out'])
    await leaving
    expect(router.take()).toEqual([])
    expect(await failure).toMatchObject({ mayHaveRun: true, reason: 'wamp.close.close_realm' })
    expect(await registering).toBeInstanceOf(DisconnectedError)
    expect(await session.closed).toMatchObject({ wasClean: true })
  })

  it('by leave may be answered by ABORT, whose reason it then has', async () => {
    const { session, router } = await openScripted()
    const leaving = session.leave()
    router.says([3, { message: 'stopping' }, 'wamp.close.system_shutdown'])
    await leaving
    expect(router.isClosed).toBe(true)
    expect(await session.closed).toMatchObject({ by: 'router', reason: 'wamp.close.system_shutdown', message: 'stopping', wasClean: false })
  })

  it('by the end of a block that uses it is a leave; a subscription and a registration are taken back by it', async () => {
    const { session, router } = await openScripted()
    const subscribing = session.subscribe('com.example.a', () => undefined)
    const registering = session.register('com.example.b', () => undefined)
    router.says([33, 1, 5], [65, 2, 6])
    const [subscription, registration] = [await subscribing, await registering]
    router.take()
    void subscription[asyncDispose]()
    void registration[asyncDispose]()
    void session[asyncDispose]()
    expect(router.take()).toEqual([
      [34, 3, 5],
      [66, 4, 6],
      [6, {}, 'wamp.close.close_realm'],
    ])
  })

  it('by leave closes a connection that cannot be destroyed', async () => {
    const { session, router, clock } = await openScripted()
    Object.assign(router, { destroy: undefined })
    const leaving = session.leave()
    clock.advance(5_000)
    expect(router.isClosed).toBe(true)
    await leaving
  })

  it('by leave does not wait longer than 5 s for the answer', async () => {
    const { session, router, clock } = await openScripted()
    const leaving = session.leave()
    clock.advance(4999)
    expect(router.isDestroyed).toBe(false)
    clock.advance(1)
    expect(router.isDestroyed).toBe(true)
    await leaving
    expect(await session.closed).toMatchObject({ by: 'client', wasClean: false })
  })

  it('by leave does not wait for a connection that will not close', async () => {
    const { session, router, clock } = await openScripted()
    router.closesOnRequest = false
    const leaving = session.leave()
    router.says([6, {}, 'wamp.close.goodbye_and_out'])
    clock.advance(5000)
    await leaving
    expect(router.isDestroyed).toBe(true)
    expect(await session.closed).toMatchObject({ wasClean: true })
  })

  it('by the GOODBYE of the router, answered once [BP-SES-15 BP-SES-18 BP-ERR-07]', async () => {
    const { session, router } = await openScripted()
    const failure = failureOf(session.call('com.example.a'))
    router.take()
    router.says([6, { message: 'back soon' }, 'wamp.close.system_shutdown'], [6, {}, 'wamp.close.system_shutdown'])
    expect(router.take()).toEqual([[6, {}, 'wamp.close.goodbye_and_out']])
    expect(router.isClosed).toBe(true)
    expect(await failure).toMatchObject({ mayHaveRun: true, reason: 'wamp.close.system_shutdown', details: { message: 'back soon' } })
    expect(await session.closed).toMatchObject({ by: 'router', wasClean: true, message: 'back soon' })
  })

  it('by the ABORT of the router, which nobody answers [BP-SES-11 BP-SES-13 BP-MSG-18 BP-ERR-08]', async () => {
    const { session, router } = await openScripted()
    router.says([3, { message: 'request 5 after 3' }, 'wamp.error.protocol_violation', ['more'], { expected: 4 }])
    expect(router.take()).toEqual([])
    expect(router.isClosed).toBe(true)
    expect(await session.closed).toMatchObject({ by: 'router', reason: 'wamp.error.protocol_violation', wasClean: false })
  })

  it('by the loss of the connection: every promise settles', async () => {
    const { session, router } = await openScripted()
    const requests = [
      session.call('com.example.a'),
      session.publish('com.example.a', [], { acknowledge: true }),
      session.subscribe('com.example.a', () => undefined),
      session.register('com.example.a', () => undefined),
    ].map(failureOf)
    router.lose({ wasClean: false, error: new Error('ECONNRESET') })
    for (const request of requests) {
      expect(await request).toMatchObject({ code: 'TL_DISCONNECTED', mayHaveRun: true, reason: 'wamp.error.network_failure' })
    }
    expect(await session.closed).toMatchObject({ by: 'connection', message: 'ECONNRESET', wasClean: false })
    await session.leave()
  })

  it.each([1002, 1011])('by WebSocket close code %i counts as a protocol violation told by the router', async (code) => {
    const { session, router } = await openScripted()
    router.lose({ wasClean: true, code, reason: 'bad' })
    expect(await session.closed).toEqual({
      by: 'router',
      reason: 'wamp.error.protocol_violation',
      message: `WebSocket close code ${code}: bad`,
      wasClean: false,
      details: {},
    })
  })

  it('refuses later requests at once: they never left', async () => {
    const { session, router } = await openScripted()
    router.lose({ wasClean: true, code: 1000 })
    const use: ((session: Session) => Promise<unknown>)[] = [
      (s) => s.call('com.example.a'),
      (s) => s.publish('com.example.a'),
      (s) => s.subscribe('com.example.a', () => undefined),
      (s) => s.register('com.example.a', () => undefined),
    ]
    for (const request of use) expect(await failureOf(request(session))).toMatchObject({ code: 'TL_DISCONNECTED', mayHaveRun: false })
    await turn()
    expect(router.take()).toEqual([])
  })

  it('refuses a reason that is no URI', async () => {
    const { session, router } = await openScripted()
    expect(await failureOf(session.leave('good bye'))).toBeInstanceOf(UsageError)
    expect(session.isOpen).toBe(true)
    expect(router.take()).toEqual([])
  })
})
