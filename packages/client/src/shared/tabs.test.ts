// Shows tabs that share one session through a worker, before a real router: what each gets, and what ends with it.

import type { Message } from '@trunkline/protocol'
import { ApplicationError, EVENT, PUBLISH, SUBSCRIBE, UNSUBSCRIBE } from '@trunkline/protocol'
import { afterEach, describe, expect, it } from 'vitest'
import type { Invocation } from '../invocation.ts'
import { json } from '../json-text.ts'
import { Result } from '../results.ts'
import { collector, TabWorld } from '../testing/tab-world.ts'
import { failureOf } from '../testing/failure-of.ts'

let world: TabWorld

afterEach(() => world.close())

describe('tabs of one worker', () => {
  it('share one session, and call each other', async () => {
    world = new TabWorld()
    const [a, b, c] = await world.clients(3)
    expect(world.sessions).toBe(1)
    await a.register('com.example.add', ({ args: [x, y] }) => Number(x) + Number(y))
    const sums = [1, 2, 3].flatMap((n) => [a, b, c].map((client) => client.call('com.example.add', [n, 10 * n])))
    expect(await Promise.all(sums)).toEqual([11, 11, 11, 22, 22, 22, 33, 33, 33])
    const ids = await Promise.all([a, b, c].map(async (client) => (await client.session()).id))
    expect(new Set(ids).size).toBe(1)
  })

  it('get the events of one another, and not their own', async () => {
    world = new TabWorld()
    const tabs = await world.clients(3)
    const heard = collector<string>(5)
    for (const [i, client] of tabs.entries()) {
      await client.subscribe('com.example.said', ({ args: [text] }) => heard.take(`${i}: ${String(text)}`))
    }
    expect(await tabs[0].publish('com.example.said', ['by 0'])).toBeUndefined()
    expect(await tabs[1].publish('com.example.said', ['to all'], { acknowledge: true, excludeMe: false })).toBeTypeOf('number')
    expect((await heard.all).toSorted()).toEqual(['0: to all', '1: by 0', '1: to all', '2: by 0', '2: to all'])
  })

  it('get an event that the worker has encoded once', async () => {
    const encoded: number[] = []
    const { encodeText, ...others } = json()
    const counting = {
      ...others,
      encodeText: (message: Message) => {
        encoded.push(message.type)
        return encodeText?.(message) ?? ''
      },
    }
    world = new TabWorld({ serializer: counting })
    const tabs = await world.clients(3)
    const heard = collector<unknown>(3)
    for (const client of tabs) await client.subscribe('com.example.said', ({ args }) => heard.take(args[0]))
    await tabs[0].publish('com.example.said', ['once'], { excludeMe: false })
    expect(await heard.all).toEqual(['once', 'once', 'once'])
    expect(encoded.filter((type) => type === EVENT)).toHaveLength(1)
  })

  it('are told of refused publications as far as they ask', async () => {
    world = new TabWorld()
    const [a, b] = await world.clients(2)
    await b.subscribe('com.example', () => undefined, { match: 'prefix' })
    expect(await failureOf(a.publish('com.example.secret', [], { acknowledge: true }))).toMatchObject({ uri: 'wamp.error.not_authorized' })
    expect(await a.publish('com.example.secret', [])).toBeUndefined()
    expect(await a.publish('com.example.on', [], { acknowledge: true })).toBeTypeOf('number')
  })

  it('publish as the session of one where no other tab would hear it', async () => {
    world = new TabWorld()
    const [a, b] = await world.clients(2)
    await a.subscribe('com.example.said', () => undefined)
    await b.subscribe('com.example.other', () => undefined)
    world.sent.splice(0)
    await a.publish('com.example.said', [1])
    await a.publish('com.example.other', [2])
    await a.call('wamp.session.count')
    expect(world.sent.flatMap((message) => (message.type === PUBLISH ? [message.options] : []))).toEqual([
      {},
      { acknowledge: true, exclude_me: false },
    ])
  })

  it('hold a subscription as long as one of them does', async () => {
    world = new TabWorld()
    const [a, b] = await world.clients(2)
    const first = await a.subscribe('com.example.said', () => undefined)
    const heard = collector<unknown>(1)
    const second = await b.subscribe('com.example.said', ({ args }) => heard.take(args[0]))
    await first.unsubscribe()
    expect(await a.publish('com.example.said', ['still'], { acknowledge: true })).toBeTypeOf('number')
    expect(await heard.all).toEqual(['still'])
    await second.unsubscribe()
    expect(world.sent.filter(({ type }) => type === SUBSCRIBE)).toHaveLength(2)
    expect(world.sent.filter(({ type }) => type === UNSUBSCRIBE)).toHaveLength(1)
    expect(world.router?.realm('realm1')?.subscriptions.filter(({ subscribers }) => subscribers > 0)).toEqual([])
  })

  it('get retained events where they ask for them, and none that another asked for', async () => {
    world = new TabWorld()
    const [a, b, c] = await world.clients(3)
    await a.publish('com.example.state', ['kept'], { retain: true, acknowledge: true })
    const heard: string[] = []
    await b.subscribe('com.example.state', ({ args }) => heard.push(`b ${String(args[0])}`))
    const first = collector<unknown>(1)
    await c.subscribe('com.example.state', ({ args }) => first.take(args[0]), { getRetained: true })
    // Its own publication, which excludes it.
    await a.subscribe('com.example.state', ({ args }) => heard.push(`a ${String(args[0])}`), { getRetained: true })
    expect(await first.all).toEqual(['kept'])
    await a.call('wamp.session.count')
    await b.call('wamp.session.count')
    expect(heard).toEqual([])
  })

  it('send values as a client with a connection of its own does', async () => {
    world = new TabWorld()
    const [a, b] = await world.clients(2)
    await a.register('com.example.echo', ({ args, kwargs }) => new Result(args, kwargs))
    const args = [new Uint8Array([0, 255]), 2n ** 60n, 'Ω', null, [1.5]]
    const answer = await b.callResult('com.example.echo', args, { kwargs: { at: new Date(0) } })
    expect(answer).toMatchObject({ args, kwargs: { at: '1970-01-01T00:00:00.000Z' } })
    expect(await failureOf(b.call('com.example.echo', [() => 1]))).toMatchObject({ code: 'TL_PAYLOAD' })
    expect(await failureOf(b.publish('com.example.echo', [Symbol('no')]))).toMatchObject({ code: 'TL_PAYLOAD' })
  })

  it('have progressive results, chunks and cancelling', async () => {
    world = new TabWorld()
    const [a, b] = await world.clients(2)
    const stopped = collector<unknown>(1)
    await a.register('com.example.sum', async function* ({ chunks }: Invocation) {
      let sum = 0
      for await (const { args } of chunks) yield (sum += Number(args[0] ?? 0))
      return sum
    })
    await a.register('com.example.never', ({ signal }) => {
      signal.addEventListener('abort', () => stopped.take(signal.reason))
      return new Promise(() => undefined)
    })
    const progress: unknown[] = []
    const call = (await b.session()).openCall('com.example.sum', { onProgress: ({ value }) => progress.push(value) })
    call.send([1])
    call.send([2])
    call.end([3])
    expect((await call.result).value).toBe(6)
    expect(progress).toEqual([1, 3, 6])
    const leaving = new AbortController()
    const never = b.call('com.example.never', [], { signal: leaving.signal })
    await b.call('wamp.session.count')
    leaving.abort()
    expect(await failureOf(never)).toMatchObject({ name: 'AbortError' })
    expect(await stopped.all).toMatchObject([{ uri: 'wamp.error.canceled' }])
  })

  it('register a procedure one at a time, and take it over when its callee leaves', async () => {
    world = new TabWorld()
    const [a, b] = await world.tabs(2)
    await a.client.register('com.example.who', () => 'a')
    const second = b.client.register('com.example.who', () => 'b')
    expect(await failureOf(second.ready)).toMatchObject({ uri: 'wamp.error.procedure_already_exists' })
    a.die()
    await second
    expect(await b.client.call('com.example.who')).toBe('b')
  })

  it('take turns in a shared registration', async () => {
    world = new TabWorld()
    const [a, b] = await world.clients(2)
    const first = await a.register('com.example.who', () => 'a', { invoke: 'roundrobin' })
    const second = await b.register('com.example.who', () => 'b', { invoke: 'roundrobin' })
    const who = async (): Promise<unknown> => b.call('com.example.who')
    expect([await who(), await who(), await who(), await who()]).toEqual(['a', 'b', 'a', 'b'])
    await first.unregister()
    expect([await who(), await who()]).toEqual(['b', 'b'])
    await second.unregister()
    expect(await failureOf(who())).toMatchObject({ uri: 'wamp.error.no_such_procedure' })
  })

  it('take a procedure from one another by force', async () => {
    world = new TabWorld()
    const [a, b] = await world.clients(2)
    const first = await (await a.session()).register('com.example.who', () => 'a')
    await b.register('com.example.who', () => 'b', { forceReregister: true })
    expect(await first.ended).toMatchObject({ by: 'router' })
    expect(await a.call('com.example.who')).toBe('b')
  })
})

describe('a tab that leaves', () => {
  it('keeps the session open for the others, and ends it as the last', async () => {
    world = new TabWorld()
    const [a, b] = await world.clients(2)
    await a.subscribe('com.example.said', () => undefined)
    await a.stop()
    expect(await b.call('wamp.session.count')).toBe(1)
    expect(world.router?.realm('realm1')?.subscriptions.filter(({ subscribers }) => subscribers > 0)).toEqual([])
    // That of a page without a client.
    const { port1: unused } = new MessageChannel()
    world.worker.accept(unused)
    const stopped = new Promise<void>((resolve) => world.worker.client.onState(({ status }) => status === 'stopped' && resolve()))
    await b.stop()
    await stopped
    a.start()
    await a.session()
    expect(world.sessions).toBe(1)
    unused.close()
  })

  it('by dying takes its calls, invocations, subscriptions and registrations along', async () => {
    world = new TabWorld()
    const [a, b] = await world.tabs(2)
    const begun = collector<unknown>(1)
    const cancelled = collector<unknown>(1)
    await b.client.register('com.example.slow', ({ signal }) => {
      signal.addEventListener('abort', () => cancelled.take(signal.reason))
      begun.take(true)
      return new Promise(() => undefined)
    })
    await a.client.register('com.example.mine', () => new Promise(() => undefined))
    await a.client.subscribe('com.example.said', () => undefined)
    a.client.call('com.example.slow').catch(() => undefined)
    const asked = b.client.call('com.example.mine')
    await begun.all
    await b.client.call('wamp.session.count')
    a.die()
    expect(await failureOf(asked)).toMatchObject({ uri: 'wamp.error.canceled', args: ['the callee left before it answered'] })
    expect(await cancelled.all).toEqual([expect.any(ApplicationError)])
    expect(await failureOf(b.client.call('com.example.mine'))).toMatchObject({ uri: 'wamp.error.no_such_procedure' })
    expect(world.router?.realm('realm1')?.subscriptions.filter(({ subscribers }) => subscribers > 0)).toEqual([])
    expect(world.sessions).toBe(1)
  })
})
