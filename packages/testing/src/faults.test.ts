// Shows each fault of a test router, and what the clients and the router of production do about it.

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Client } from '@trunkline/client'
import { ConnectError, UsageError } from '@trunkline/client'
import type { TestRouter } from './index.ts'
import { createTestRouter } from './index.ts'

let router: TestRouter
let page: Client
let service: Client

beforeEach(async () => {
  router = createTestRouter()
  service = await router.connect({ name: 'service' })
  page = await router.connect({ name: 'page' })
})
afterEach(() => router.stop())

describe('a fault', () => {
  it('cuts a connection: calls wait for the next session', async () => {
    await service.register('com.example.add', ({ args: [a, b] }) => Number(a) + Number(b))
    await router.faults.cut('page')
    expect(page.state).toMatchObject({ status: 'waiting', cause: { message: 'the test cut the connection' } })
    const sum = page.call('com.example.add', [2, 3])
    await router.clock.advance(1000)
    expect(await sum).toBe(5)
  })

  it('loses what is on its way when a connection breaks', async () => {
    router.faults.delay('page', 100)
    void page.publish('com.example.news', ['x'])
    await router.clock.advance(99)
    expect(router.sent('PUBLISH')).toMatchObject([{ fate: 'in_flight' }])
    await router.faults.cut('page')
    expect(router.sent('PUBLISH')).toMatchObject([{ fate: 'lost' }])
  })

  it('takes the router down, and up again', async () => {
    await router.faults.down()
    await router.clock.advance(60_000)
    expect([page.state.status, service.state.status]).toEqual(['waiting', 'waiting'])
    await expect(router.connect({ name: 'late' })).rejects.toThrow(ConnectError)
    router.faults.up()
    await router.clock.advance(30_000)
    expect([page.state.status, service.state.status]).toEqual(['connected', 'connected'])
  })

  it('restarts the router: clients come back, with what they declared', async () => {
    await service.register('com.example.add', () => 5)
    const before = router.router
    await router.faults.restart()
    expect(router.router).not.toBe(before)
    expect(router.router.realms).toEqual([])
    await router.clock.advance(1000)
    expect(await page.call('com.example.add')).toBe(5)
  })

  it('refuses a realm, for a while', async () => {
    const heal = router.faults.refuse('realm1', 'wamp.close.system_shutdown')
    await router.faults.cut('page')
    await router.clock.advance(5000)
    expect(page.state).toMatchObject({ status: 'waiting', cause: { reason: 'wamp.close.system_shutdown' } })
    expect(router.sent('ABORT', 'wamp.close.system_shutdown', 'page').length).toBeGreaterThan(1)
    heal()
    await router.clock.advance(30_000)
    expect(page.state.status).toBe('connected')
  })

  it('refuses a realm as one that does not exist, for good', async () => {
    router.faults.refuse('realm1')
    await router.faults.cut('page')
    await router.clock.advance(1000)
    expect(page.state).toMatchObject({ status: 'stopped', cause: { reason: 'wamp.error.no_such_realm' } })
  })

  it('delays the messages of a client, both ways and in order', async () => {
    const seen: unknown[] = []
    await page.subscribe('com.example.news', ({ args: [text] }) => void seen.push(text))
    router.faults.delay('page', 50)
    await service.publish('com.example.news', [1])
    await router.clock.settle()
    router.faults.delay('page', 10)
    await service.publish('com.example.news', [2])
    await router.clock.advance(49)
    expect(seen).toEqual([])
    await router.clock.advance(1)
    expect(seen).toEqual([1, 2])
  })

  it('delays all clients', async () => {
    router.faults.delay('*', 20)
    const published = page.publish('com.example.news', [], { acknowledge: true })
    await router.clock.advance(39)
    expect(router.sent('PUBLISHED')).toMatchObject([{ at: 20, fate: 'in_flight' }])
    await router.clock.advance(1)
    expect(await published).toBeGreaterThan(0)
  })

  it('drops single messages', async () => {
    const seen: unknown[] = []
    await page.subscribe('com.example.news', ({ args: [text] }) => void seen.push(text))
    const heal = router.faults.drop(({ type, peer }) => type === 'EVENT' && peer === 'page')
    await service.publish('com.example.news', [1], { acknowledge: true })
    heal()
    await service.publish('com.example.news', [2], { acknowledge: true })
    await router.clock.settle()
    expect(seen).toEqual([2])
    expect(router.sent('EVENT').map(({ fate }) => fate)).toEqual(['dropped', 'delivered'])
  })

  it('stalls a client, which the router closes as a slow consumer', async () => {
    await page.subscribe('com.example.news', () => undefined)
    router.faults.stall('page')
    await service.publish('com.example.news', ['x'], { acknowledge: true })
    await router.clock.advance(9000)
    expect(router.router.counters.slowConsumersClosed).toBe(0)
    await router.clock.advance(3000)
    expect(router.router.counters.slowConsumersClosed).toBe(1)
  })

  it('stalls a client, which gets everything when it resumes', async () => {
    const seen: unknown[] = []
    await page.subscribe('com.example.news', ({ args: [text] }) => void seen.push(text))
    router.faults.stall('page')
    for (const text of ['a', 'b']) await service.publish('com.example.news', [text], { acknowledge: true })
    await router.clock.settle()
    expect(seen).toEqual([])
    await router.faults.resume('page')
    expect(seen).toEqual(['a', 'b'])
  })

  it('leaves a client whose router is silent to its own devices: it connects again', async () => {
    router.faults.stall('page')
    await router.clock.advance(30_000)
    expect(router.sent('CALL', 'wamp.session.count', 'page')).toHaveLength(1)
    await router.clock.advance(11_000)
    expect(page.state.status).toBe('connected')
    expect(router.sent('WELCOME', undefined, 'page')).toHaveLength(2)
  })

  it('kills a session', async () => {
    await router.faults.kill('page')
    await router.faults.kill('service', 'com.example.misbehaved')
    expect(router.sent('GOODBYE', 'wamp.close.killed', 'page')).toMatchObject([{ from: 'router' }])
    expect(service.state).toMatchObject({ status: 'waiting', cause: { reason: 'com.example.misbehaved' } })
    await router.clock.advance(1000)
    expect(page.state.status).toBe('connected')
  })

  it('names the clients that there are, for a name that none has', async () => {
    expect(() => router.faults.stall('pages')).toThrow("there is no client 'pages'; there are: service, page")
    await expect(router.faults.cut('x')).rejects.toThrow(UsageError)
    await expect(router.faults.kill('x')).rejects.toThrow(UsageError)
    router.createClient({ name: 'new' })
    await expect(router.faults.kill('new')).rejects.toThrow("'new' has no session")
  })
})
