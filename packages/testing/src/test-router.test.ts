// Shows that a test router is the router of production under the control of the test: its time, its ids, its clients.

import { afterEach, describe, expect, it, vi } from 'vitest'
import { ApplicationError, ConnectError, createClient, DisconnectedError, UsageError } from '@trunkline/client'
import { ticketAuth } from '@trunkline/client/auth'
import { cbor } from '@trunkline/client/cbor'
import { contract, procedure, type } from '@trunkline/contract'
import type { TestRouter, TestRouterOptions } from './index.ts'
import { createTestRouter } from './index.ts'

let router: TestRouter

afterEach(() => router.stop())

function make(options?: TestRouterOptions): TestRouter {
  router = createTestRouter(options)
  return router
}

/** What a promise is rejected with. */
function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => new Error(`it resolved to ${String(value)}`),
    (error: unknown) => error,
  )
}

describe('the clients of a test router', () => {
  it('call one another', async () => {
    const { connect } = bound(make())
    const service = await connect({ name: 'service' })
    await service.register('com.example.add', ({ args: [a, b] }) => Number(a) + Number(b))
    expect(await (await connect()).call('com.example.add', [2, 3])).toBe(5)
  })

  it('use and implement contracts, whose checks run', async () => {
    const { connect } = bound(make())
    const sums = contract('com.example.sums', { double: procedure({ args: [type<number>()], result: type<number>() }) })
    await (await connect({ name: 'service' })).implement(sums, { double: (n) => 2 * n })
    expect(await (await connect({ name: 'page' })).use(sums).double(4)).toBe(8)
    expect(router.sent('RESULT', sums.double.uri, 'page')).toMatchObject([{ args: [8] }])
  })

  it('may do everything in any realm, with any role, when no realms are given', async () => {
    const admin = await make().connect({ realm: 'com.example.any', authid: 'ann', authrole: 'admin' })
    const { details } = await admin.session()
    expect(details).toMatchObject({ realm: 'com.example.any', authid: 'ann', authrole: 'admin' })
    expect(await admin.call('wamp.session.count')).toBe(1)
    await admin.register('com.example.mine', () => 1, { forceReregister: true })
  })

  it('have the rights of their role in realms that are given, and join the first of them', async () => {
    const roles = { guest: [{ uri: 'com.example.**', allow: ['call'] }], staff: [{ uri: '**', allow: ['register'] }] } as const
    const { connect } = bound(make({ realms: { shop: { anonymousRole: 'guest', roles } } }))
    const guest = await connect({ name: 'guest' })
    const staff = await connect({ name: 'ann', authrole: 'staff' })
    expect((await guest.session()).realm).toBe('shop')
    expect((await staff.session()).details).toMatchObject({ authid: 'ann', authrole: 'staff' })
    await staff.register('com.example.add', () => 1)
    expect(await failure(guest.register('com.example.more', () => 1).ready)).toMatchObject({ uri: 'wamp.error.not_authorized' })
    expect(await failure(connect({ authrole: 'boss' }))).toMatchObject({ reason: 'wamp.error.no_such_role' })
    expect(await failure(connect({ realm: 'other' }))).toMatchObject({ reason: 'wamp.error.no_such_realm' })
  })

  it('log in as in production when they say how', async () => {
    const users = { ann: { role: 'staff', ticket: 'secret' } }
    const { connect } = bound(make({ realms: { shop: { authentication: { users }, roles: { staff: [] } } } }))
    const ann = await connect({ authid: 'ann', auth: ticketAuth('secret') })
    expect((await ann.session()).details).toMatchObject({ authid: 'ann', authmethod: 'ticket', authrole: 'staff' })
    expect(await failure(connect({ authid: 'ann', auth: ticketAuth('guess') }))).toBeInstanceOf(ConnectError)
    expect(await failure(connect({ authid: 'ann' }))).toMatchObject({ message: expect.stringContaining('has no anonymousRole') })
  })

  it('speak the serializer that they choose', async () => {
    const { connect } = bound(make())
    const client = await connect({ serializer: cbor() })
    await client.register('com.example.echo', ({ args: [value] }) => value)
    expect(await (await connect()).call('com.example.echo', [new Uint8Array([1, 2])])).toEqual(new Uint8Array([1, 2]))
  })

  it('can be sessions', async () => {
    const session = await make().openSession({ name: 'script' })
    await session.subscribe('com.example.news', () => undefined)
    await session.leave()
    expect(router.sent('GOODBYE', undefined, 'script').map(({ from }) => from)).toEqual(['client', 'router'])
  })

  it('can be made by the program under test', async () => {
    const client = createClient({ url: 'ws://never.example.com/', realm: 'mine', ...make().clientOptions({ name: 'program' }) })
    expect((await client.session()).realm).toBe('realm1')
    await client.stop()
  })

  it('have names of their own', () => {
    make().createClient({ name: 'page' })
    expect(() => router.createClient({ name: 'page' })).toThrow(UsageError)
    expect(() => router.createClient({ name: '*' })).toThrow(UsageError)
  })

  it('take the name of one that has ended, or has not come about', async () => {
    const { connect } = bound(make())
    await (await connect({ name: 'service' })).stop()
    await connect({ name: 'service' })
    const heal = router.faults.refuse('realm1')
    expect(await failure(connect({ name: 'page' }))).toBeInstanceOf(ConnectError)
    expect(await failure(router.openSession({ name: 'page' }))).toBeInstanceOf(ConnectError)
    heal()
    await (await router.openSession({ name: 'page' })).leave()
    await connect({ name: 'page' })
    expect(router.sent('WELCOME', undefined, 'page')).toHaveLength(2)
  })
})

describe('the time of a test router', () => {
  it('ends a call at its limit, and not before', async () => {
    const { connect } = bound(make())
    await (await connect({ name: 'service' })).register('com.example.hang', () => new Promise(() => undefined))
    const page = await connect({ name: 'page' })
    const failed = failure(page.call('com.example.hang', [], { timeout: 5000 }))
    await router.clock.advance(4999)
    expect(router.sent('ERROR')).toEqual([])
    await router.clock.advance(1)
    expect(await failed).toMatchObject({ uri: 'wamp.error.timeout' })
  })

  it('moves as far as the test says', async () => {
    const { clock } = make()
    const before = clock.now()
    await clock.advance(90_000)
    expect(clock.now() - before).toBe(90_000)
    expect(await failure(clock.advance(-1))).toBeInstanceOf(UsageError)
    expect(await failure(clock.advance(Infinity))).toBeInstanceOf(UsageError)
  })

  it('ends requests that wait for a session', async () => {
    const { connect } = bound(make())
    const page = await connect({ name: 'page' })
    await router.faults.down()
    const failed = failure(page.call('com.example.add'))
    await router.clock.advance(10_000)
    expect(await failed).toBeInstanceOf(DisconnectedError)
  })

  it('runs by itself where the test wants the clock of the system', async () => {
    const { connect } = bound(make({ clock: 'system' }))
    const page = await connect({ name: 'page' })
    await router.faults.cut('page')
    await page.session()
    expect(router.sent('WELCOME')).toHaveLength(2)
    expect(await failure(router.clock.advance(1))).toBeInstanceOf(UsageError)
    expect(Math.abs(router.clock.now() - Date.now())).toBeLessThan(60_000)
  })

  it('needs no timers of the platform', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'setImmediate', 'Date'] })
    try {
      const page = await make().connect({ name: 'page' })
      await router.faults.cut('page')
      await router.clock.advance(1000)
      expect(page.state.status).toBe('connected')
      await router.stop()
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('a test router', () => {
  it('does the same for the same seed', async () => {
    const script = async (seed: number): Promise<string> => {
      await using one = createTestRouter({ seed })
      const page = await one.connect({ name: 'page' })
      await one.faults.cut('page')
      await one.clock.advance(1000)
      return `${one.transcript()} ${(await page.session()).id}`
    }
    expect(await script(7)).toBe(await script(7))
    expect(await script(7)).not.toBe(await script(8))
    make()
  })

  it('refuses options that it does not know', () => {
    expect(() => createTestRouter({ clock: 'fast' as 'manual' })).toThrow(UsageError)
    expect(() => createTestRouter({ seed: 0 })).toThrow(UsageError)
    make()
  })

  it('leaves nothing when it stops, whatever is wrong', async () => {
    const { connect } = bound(make())
    const page = await connect({ name: 'page' })
    const open = page.call('com.example.hang', [], { waitForCallee: 60_000 })
    router.faults.stall('page')
    router.faults.delay('*', 5000)
    const failed = failure(open)
    await router.stop()
    expect(await failed).toBeInstanceOf(Error)
    expect(page.state.status).toBe('stopped')
    expect(router.router.realms.flatMap(({ sessions }) => sessions.filter(({ isInternal }) => !isInternal))).toEqual([])
    expect(router.stop()).toBe(router.stop())
  })

  it('checks contracts as the router in production does', async () => {
    const integers = { args: [{ name: 'n', required: true, schema: { type: 'integer' } }] }
    const file = {
      trunkline: 'contract/1' as const,
      prefix: 'com.example',
      version: '1.0.0',
      procedures: {
        'com.example.double': { uri: 'com.example.double', path: ['double'], call: integers, result: { args: [] }, errors: [] },
      },
      topics: {},
      errors: {},
    }
    const realm = { anonymousRole: 'all', authorizer: { allows: () => true }, contracts: [{ contract: file, mode: 'reject' as const }] }
    const { connect } = bound(make({ realms: { realm1: realm } }))
    await (await connect({ name: 'service' })).register('com.example.double', () => 1)
    const page = await connect({ name: 'page' })
    expect(await failure(page.call('com.example.double', ['two']))).toBeInstanceOf(ApplicationError)
    expect(router.sent('INVOCATION')).toEqual([])
  })
})

function bound(made: TestRouter): { connect: TestRouter['connect'] } {
  return { connect: (options) => made.connect(options) }
}
