// Shows how tabs and their worker stay connected: restarts of the router and of the worker, refusals, tabs that do not read, and pages
// that have no shared worker.

import { CALL } from '@trunkline/protocol'
import { afterEach, describe, expect, it } from 'vitest'
import { cbor } from '../cbor.ts'
import type { Client } from '../reconnecting/client.ts'
import type { ClientState } from '../reconnecting/states.ts'
import { createClient } from '../reconnecting/connect.ts'
import { failureOf } from '../testing/failure-of.ts'
import { ManualClock } from '../testing/scripted-router.ts'
import { collector, FakeLocks, TabWorld } from '../testing/tab-world.ts'
import { ConnectError } from '../transports/transport.ts'
import type { Notice } from './port.ts'
import { SharedWorkerConnection } from './worker-connection.ts'

let world: TabWorld

afterEach(() => world.close())

/** The next state of a client of that status. */
function next<Status extends ClientState['status']>(client: Client, status: Status): Promise<Extract<ClientState, { status: Status }>> {
  return new Promise((resolve) => {
    const stop = client.onState((state) => {
      if (state.status !== status) return
      stop()
      resolve(state as Extract<ClientState, { status: Status }>)
    })
  })
}

describe('a router that is restarted', () => {
  const ENDS: readonly (readonly [string, (each: TabWorld) => unknown])[] = [
    ['closes', (each) => each.stopRouter()],
    ['breaks off', (each) => each.cut()],
  ]

  it.each(ENDS)('that %s gets all declarations of all tabs again, over one connection', async (_, end) => {
    world = new TabWorld()
    const clients = await world.clients(3)
    const heard = collector<string>(2)
    for (const [i, client] of clients.entries()) {
      await client.register(`com.example.tab${i}`, () => i)
      await client.subscribe('com.example.said', () => heard.take(`tab ${i}`))
    }
    const never = await clients[0].register('com.example.never', () => new Promise(() => undefined))
    const asked = failureOf(clients[1].call('com.example.never'))
    await clients[1].call('wamp.session.count')
    const waiting = Promise.all(clients.map((client) => next(client, 'waiting')))
    await end(world)
    expect(await waiting).toHaveLength(3)
    expect(await asked).toMatchObject({ code: 'TL_DISCONNECTED', mayHaveRun: true })
    if (world.router === undefined) world.startRouter()
    await Promise.all(clients.map((client) => client.session()))
    await never.ready
    expect(world.sessions).toBe(1)
    const answers = [0, 1, 2].map((i) => clients[1].call(`com.example.tab${i}`, [], { waitForCallee: 5000 }))
    expect(await Promise.all(answers)).toEqual([0, 1, 2])
    await clients[0].publish('com.example.said')
    expect((await heard.all).toSorted()).toEqual(['tab 1', 'tab 2'])
  })

  it('says in each tab how it ended', async () => {
    world = new TabWorld()
    const [a] = await world.clients(1)
    const waiting = next(a, 'waiting')
    await world.stopRouter()
    expect((await waiting).cause).toMatchObject({ by: 'router', reason: 'wamp.close.system_shutdown', wasClean: true })
    const again = next(a, 'waiting')
    expect((await again).cause).toBeInstanceOf(ConnectError)
    expect(String((await again).cause)).toContain('there is no router')
  })

  it('is found by a tab at once when the worker has found it', async () => {
    world = new TabWorld()
    const slow = world.tab({ backoff: { initialMs: 3_600_000, maxMs: 3_600_000 } }).client
    await slow.session()
    const waiting = next(slow, 'waiting')
    world.cut()
    await waiting
    expect(await slow.call('wamp.session.count')).toBe(1)
  })
})

describe('a page that is visible again', () => {
  it('has the worker look whether its connection is alive', async () => {
    const wakes = new Set<() => void>()
    const environment = { onWake: (listener: () => void) => (wakes.add(listener), () => wakes.delete(listener)) }
    world = new TabWorld()
    const [tab] = await world.tabs(1, { environment })
    await tab.client.call('wamp.session.count')
    world.sent.splice(0)
    for (const wake of wakes) wake()
    await tab.client.call('com.example.none').catch(() => undefined)
    expect(world.sent.flatMap((message) => (message.type === CALL ? [message.procedure] : []))).toEqual([
      'wamp.session.count',
      'com.example.none',
    ])
  })

  it('has the worker connect at once', async () => {
    const wakes = new Set<() => void>()
    const environment = { onWake: (listener: () => void) => (wakes.add(listener), () => wakes.delete(listener)) }
    const never = { initialMs: 3_600_000, maxMs: 3_600_000 }
    world = new TabWorld({ backoff: never })
    const [tab] = await world.tabs(1, { environment, backoff: never })
    const waiting = next(tab.client, 'waiting')
    world.cut()
    await waiting
    for (const wake of [...wakes]) wake()
    expect(await tab.client.call('wamp.session.count')).toBe(1)
  })
})

describe('clients of one page', () => {
  it('leave nothing behind when they stop', async () => {
    const wakes = new Set<() => void>()
    const environment = { onWake: (listener: () => void) => (wakes.add(listener), () => wakes.delete(listener)) }
    world = new TabWorld()
    const [a, b] = await world.tabs(2, { environment })
    await a.client.stop()
    await b.client.call('wamp.session.count')
    await expect.poll(() => wakes.size).toBe(1)
    a.client.start()
    expect(await a.client.call('wamp.session.count')).toBe(1)
    expect(wakes.size).toBe(2)
  })

  it('each have a session, and one does not end the other', async () => {
    world = new TabWorld()
    const { client: first, shared } = world.tab()
    const second = createClient({ url: 'ws://127.0.0.1:1/ws', realm: 'realm1', shared, backoff: { initialMs: 1, maxMs: 5 } })
    await first.register('com.example.who', () => 'first')
    expect(await second.call('com.example.who')).toBe('first')
    const waiting = Promise.all([next(first, 'waiting'), next(second, 'waiting')])
    world.cut()
    await waiting
    expect(await second.call('com.example.who', [], { waitForCallee: 5000 })).toBe('first')
    await second.stop()
    expect(await first.call('com.example.who')).toBe('first')
  })

  it('that stop while there is no router leave the worker nothing to do', async () => {
    world = new TabWorld()
    const [a] = await world.clients(1)
    const waiting = next(a, 'waiting')
    await world.stopRouter()
    await waiting
    await a.stop()
    const connected = next(world.worker.client, 'connected')
    const stopped = next(world.worker.client, 'stopped')
    world.startRouter()
    await connected
    await stopped
    await world.worker.client.stop()
    expect(world.sessions).toBe(0)
  })
})

describe('a worker', () => {
  it('that dies is started again', async () => {
    world = new TabWorld()
    const [a, b] = await world.clients(2)
    await a.register('com.example.who', () => 'a')
    const lost = next(b, 'waiting')
    world.killWorker()
    expect((await lost).cause).toMatchObject({ message: 'the shared worker has ended' })
    expect(await b.call('com.example.who', [], { waitForCallee: 5000 })).toBe('a')
    expect(world.workers).toBe(2)
  })

  it('stops its tabs where it is refused for good', async () => {
    world = new TabWorld({ realm: 'com.example.none' })
    const a = world.tab({ realm: 'com.example.none' }).client
    const { cause } = await next(a, 'stopped')
    expect(cause).toMatchObject({ code: 'TL_CONNECT_REFUSED', reason: 'wamp.error.no_such_realm' })
  })

  it('refuses tabs of another realm', async () => {
    world = new TabWorld()
    const a = world.tab({ realm: 'realm2' }).client
    const { cause } = await next(a, 'stopped')
    expect(String(cause)).toContain('the shared worker is in realm realm1, not realm2')
  })

  it('refuses a serializer that it does not have, and takes the one that it has', async () => {
    world = new TabWorld()
    const { cause } = await next(world.tab({ serializer: cbor() }).client, 'waiting')
    expect(String(cause)).toContain('it has no serializer for wamp.2.cbor; give serveTabs the same')
    await world.close()
    world = new TabWorld({ serializer: cbor() })
    const a = world.tab({ serializer: cbor() }).client
    const b = world.tab().client
    await a.register('com.example.echo', ({ args }) => args[0])
    expect(await b.call('com.example.echo', [new Uint8Array([1, 2])])).toEqual(new Uint8Array([1, 2]))
  })

  it('refuses what the serializer of its connection, or that of a tab, cannot hold', async () => {
    world = new TabWorld({ serializer: cbor() })
    const a = world.tab({ serializer: cbor() }).client
    const b = world.tab().client
    await a.register('com.example.infinite', () => Infinity)
    expect(await a.call('com.example.infinite')).toBe(Infinity)
    expect(await failureOf(b.call('com.example.infinite'))).toMatchObject({ uri: 'wamp.error.invalid_argument' })
    const heard = collector<unknown>(1)
    await b.subscribe('com.example.said', ({ args }) => heard.take(args[0]))
    await a.publish('com.example.said', [Infinity])
    await a.publish('com.example.said', [1])
    expect(await heard.all).toEqual([1])
    expect(world.errors.map(String)).toEqual([expect.stringContaining('Infinity')])
  })

  it('refuses tabs of another version', async () => {
    world = new TabWorld()
    const { port1, port2 } = new MessageChannel()
    const notices = collector<Notice>(1)
    port1.onmessage = ({ data }) => notices.take(data)
    world.worker.accept(port2)
    port1.postMessage({ kind: 'open', version: 2, subprotocol: 'wamp.2.json', lock: undefined })
    expect(await notices.all).toEqual([{ kind: 'refused', text: 'it is of another version than this tab (1, not 2)' }])
  })

  it('aborts a tab that breaks the protocol, and goes on with the others', async () => {
    world = new TabWorld()
    const [a] = await world.clients(1)
    const { port1, port2 } = new MessageChannel()
    const heard = collector<unknown>(4)
    port1.onmessage = ({ data }) => heard.take(data)
    world.worker.accept(port2)
    port1.postMessage(null)
    port1.postMessage('[1,"realm1",{}]')
    port1.postMessage({ kind: 'open', version: 1, subprotocol: 'wamp.2.json', lock: undefined })
    port1.postMessage('[1,"realm1",{}]')
    port1.postMessage('[5,{},"com.example"]')
    expect(await heard.all).toEqual([
      expect.objectContaining({ kind: 'opened' }),
      expect.stringMatching(/^\[2,/),
      expect.stringContaining('wamp.error.protocol_violation'),
      expect.objectContaining({ kind: 'closed' }),
    ])
    expect(await a.call('wamp.session.count')).toBe(1)
    port1.close()
  })
})

describe('a tab', () => {
  it('that does not read is ended, with the reason, before the queue is long', async () => {
    world = new TabWorld()
    const [slow, other] = await world.tabs(2)
    const text = 'x'.repeat(500_000)
    await slow.client.subscribe('com.example.said', () => undefined)
    const read = slow.stall()
    const ended = next(slow.client, 'waiting')
    for (let i = 0; i < 12; i++) await other.client.publish('com.example.said', [text], { acknowledge: true })
    expect(world.router?.realm('realm1')?.subscriptions.filter(({ subscribers }) => subscribers > 0)).toEqual([])
    read()
    expect((await ended).cause).toMatchObject({ reason: 'trunkline.close.slow_consumer' })
  })

  it('that reads may get any amount', async () => {
    world = new TabWorld()
    const [a, b] = await world.clients(2)
    const text = 'x'.repeat(500_000)
    const heard = collector<unknown>(20)
    await a.subscribe('com.example.said', ({ args }) => heard.take(args[0] === text))
    for (let i = 0; i < 20; i++) await b.publish('com.example.said', [text], { acknowledge: true })
    expect(await heard.all).not.toContain(false)
  })

  it('without locks is asked whether it lives', async () => {
    const clock = new ManualClock()
    world = TabWorld.withoutLocks({ clock })
    const [a, b] = await world.tabs(2)
    await a.client.register('com.example.mine', () => 1)
    a.die()
    for (let i = 0; i < 7; i++) {
      clock.advance(10_000)
      // The answer of the living one comes before this result.
      expect(await b.client.call('wamp.session.count')).toBe(1)
    }
    expect(await failureOf(b.client.call('com.example.mine'))).toMatchObject({ uri: 'wamp.error.no_such_procedure' })
  })

  it('that is left tells the worker, and is back when it is shown again', async () => {
    world = new TabWorld()
    const [a, b] = await world.tabs(2)
    await a.client.register('com.example.mine', () => 1)
    const lost = next(a.client, 'waiting')
    a.leavePage()
    await lost
    expect(await b.client.call('com.example.mine', [], { waitForCallee: 5000 })).toBe(1)
  })

  it('has a connection of its own where there is no shared worker, and says so', async () => {
    world = new TabWorld()
    const shared = new SharedWorkerConnection(
      () => {
        throw new ReferenceError('SharedWorker is not defined')
      },
      { locks: new FakeLocks(), onLeave: () => undefined },
    )
    expect(shared.isShared).toBe(false)
    const openTransport = () => (world.router ?? expect.fail()).openLocal()
    const client = createClient({ url: 'ws://127.0.0.1:1/ws', realm: 'realm1', shared, openTransport })
    expect(await client.call('wamp.session.count')).toBe(1)
    expect(world.workers).toBe(0)
    await client.stop()
  })

  it('says why its worker does not start, and tries again', async () => {
    world = new TabWorld()
    const made: (() => void)[] = []
    const shared = new SharedWorkerConnection(
      () => {
        const { port1, port2 } = new MessageChannel()
        port2.close()
        return {
          port: port1,
          addEventListener: (_, listener) => made.push(() => listener(Object.assign(new Event('error'), { message: '404' }))),
        }
      },
      { locks: undefined, onLeave: () => undefined },
    )
    const client = createClient({ url: 'ws://127.0.0.1:1/ws', realm: 'realm1', shared, backoff: { initialMs: 1, maxMs: 1 } })
    const waiting = next(client, 'waiting')
    await new Promise((resolve) => setImmediate(resolve))
    made.splice(0).forEach((fail) => fail())
    expect(String((await waiting).cause)).toContain('the shared worker: its script did not start: 404')
    await next(client, 'connecting')
    await client.stop()
  })
})
