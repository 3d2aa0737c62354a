// Shows contracts over a router, from both ends, and beside programs that do not know them.

import type { Client } from '@trunkline/client'
import { connect } from '@trunkline/client'
import type { Session } from '@trunkline/client/session'
import { calls, openSession } from '@trunkline/client/session'
import { contract, ContractViolation, error, invalidArgument, procedure, settle, topic, type } from '@trunkline/contract'
import * as functions from '@trunkline/contract/functions'
import { ApplicationError } from '@trunkline/protocol'
import { createRouter } from '@trunkline/router'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { serveShop, shop, soldOut } from './shop.ts'

const ALL = [
  { uri: '**', allow: ['call', 'register', 'publish', 'subscribe'] as const },
  { uri: 'com.secret.**', allow: [] },
  { uri: 'wamp.session.kill', allow: ['call'] as const },
]
let router: ReturnType<typeof createRouter>
const clients: Client[] = []

async function joined(): Promise<Client> {
  const client = await connect({ openTransport: () => router.openLocal(), realm: 'realm1' })
  clients.push(client)
  return client
}

async function session(): Promise<Session> {
  return openSession({ transport: router.openLocal(), realm: 'realm1', calls: calls() })
}

beforeEach(() => {
  router = createRouter({ realms: { realm1: { anonymousRole: 'all', roles: { all: ALL } } } })
})
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.stop()))
  await router.close()
})

function deferred(): { promise: Promise<unknown>; resolve: (value: unknown) => void } {
  let resolve: (value: unknown) => void = () => undefined
  const promise = new Promise<unknown>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

async function both(): Promise<{ service: Client; page: Client }> {
  const [service, page] = [await joined(), await joined()]
  await serveShop(service)
  return { service, page }
}

describe('a procedure of a contract', () => {
  it('is a function of its values, its keywords and options', async () => {
    const api = (await both()).page.use(shop)
    expect(await api.orders.get(42)).toEqual({ id: 42, lines: [], total: 1 })
    expect((await api.orders.get(42, true, { timeout: 5000 })).lines).toHaveLength(1)
    // The default comes about at the callee.
    expect(await api.orders.list()).toHaveLength(20)
    expect(await api.orders.list({ status: 'open', limit: 1 }, { timeout: 5000 })).toEqual([{ id: 0, lines: [], total: 1 }])
    expect(await api.stock.count({ item: 'apple' })).toEqual([5, { shelf: 'A' }])
    expect(await api.opened(new Date(7))).toBe(7)
    expect(await api.opened('1970-01-01T00:00:00.007Z')).toBe(7)
  })

  it('travels as plain args and kwargs', async () => {
    const { page } = await both()
    expect(await page.callResult('com.shop.stock.pear.count')).toMatchObject({ args: [4], kwargs: { shelf: 'A' } })
    expect(await page.call('com.shop.orders.list', [], { kwargs: { limit: 1 } })).toHaveLength(1)
  })

  it('refuses values that are not as declared, and names the places', async () => {
    const { page } = await both()
    const refusal: unknown = await page.call('com.shop.orders.get', [-1, 'x']).catch((reason: unknown) => reason)
    expect(invalidArgument.is(refusal) && refusal.kwargs.issues?.map(({ path }) => path)).toEqual(['/args/0', '/args/1'])
    await expect(page.use(shop, { check: 'both' }).orders.get(-1)).rejects.toBeInstanceOf(ContractViolation)
    await expect(page.use(shop).stock.count({ item: 'a.b' })).rejects.toMatchObject({ code: 'TL_INVALID_URI' })
  })

  it('settles: a declared error is a value of its own', async () => {
    const api = (await both()).page.use(shop)
    const placed = await settle(api.orders.place([{ item: 'pear', count: 1 }]))
    expect(!placed.ok && placed.failed === 'soldOut' && placed.error.kwargs.next).toBe('Friday')
    expect(await settle(api.orders.place([{ item: 'fig', count: 1 }], { note: 'now' }))).toMatchObject({ ok: true, value: { total: 3 } })
    expect(await settle(api.orders.get(-1))).toMatchObject({ ok: false, failed: 'other' })
  })

  it('rejects with a violation when what came back is not as declared', async () => {
    const { page, service } = { page: await joined(), service: await joined() }
    await service.register('com.shop.orders.get', () => ({ id: 'x' }))
    await service.register('com.shop.orders.place', () => {
      throw error('com.shop.error.sold_out')()
    })
    const api = page.use(shop)
    await expect(api.orders.get(1)).rejects.toMatchObject({ code: 'TL_CONTRACT', uri: 'com.shop.orders.get' })
    const placed = await settle(api.orders.place([]))
    expect(placed).toMatchObject({ failed: 'other', error: { code: 'TL_CONTRACT', cause: { uri: 'com.shop.error.sold_out' } } })
    expect(!placed.ok && soldOut.is(placed.error)).toBe(false)
  })

  it('sends results on the way, and takes chunks', async () => {
    const api = (await both()).page.use(shop)
    const report = api.stock.report.stream(2026)
    const parts: number[] = []
    for await (const part of report) parts.push(part)
    expect([...parts, await report.result]).toEqual([0.25, 0.5, 'https://shop/2026'])
    expect(await api.stock.report(2025)).toBe('https://shop/2025')
    expect(await api.stock.load([2, 3].map((count) => ({ item: 'a', count })))).toBe(5)
  })

  it('cancels when the loop over its results is left', async () => {
    const { service, page } = { page: await joined(), service: await joined() }
    const counting = procedure({ progress: type<number>(), result: type<number>() })
    const all = contract('com.example', { counting })
    const ended = deferred()
    await service.implement(all.counting, async function* ({ signal }) {
      signal.addEventListener('abort', () => ended.resolve(signal.reason))
      for (let n = 0; !signal.aborted; n++) {
        yield n
        await nextTurn()
      }
      return 0
    })
    for await (const n of page.use(all).counting.stream()) if (n === 2) break
    expect(await ended.promise).toMatchObject({ uri: 'wamp.error.canceled' })
  })
})

describe('a topic of a contract', () => {
  it('gives events with their URI parameters, to handlers and loops', async () => {
    const [page, publisher] = [(await joined()).use(shop), (await joined()).use(shop)]
    const seen: unknown[] = []
    await page.prices.subscribe({ symbol: 'PEAR' }, ({ value: [price, { currency }], params }) => seen.push([price, currency, params]))
    const loop = await page.prices.subscribe({})
    for (const symbol of ['PEAR', 'PLUM']) await publisher.prices.publish({ symbol }, 1.5, { currency: 'EUR' }, { acknowledge: true })
    const symbols: string[] = []
    for await (const {
      args: [price],
      kwargs,
      params,
    } of loop) {
      expect([price, kwargs.currency]).toEqual([1.5, 'EUR'])
      if (symbols.push(params.symbol) === 2) break
    }
    expect(symbols).toEqual(['PEAR', 'PLUM'])
    expect(seen).toEqual([[1.5, 'EUR', { symbol: 'PEAR' }]])
  })

  it('drops events that are not as declared, and reports them', async () => {
    const [client, publisher] = [await joined(), await joined()]
    const errors: unknown[] = []
    const loop = await client.use(shop, { onError: (reason) => errors.push(reason) }).prices.subscribe({})
    await publisher.publish('com.shop.prices.BAD', ['x'], { acknowledge: true })
    await publisher.publish('com.shop.prices.GOOD', [1], { kwargs: { currency: 'EUR' }, acknowledge: true })
    expect(await loop.next()).toMatchObject({ value: { params: { symbol: 'GOOD' }, value: [1, { currency: 'EUR' }] } })
    expect(errors).toMatchObject([{ code: 'TL_CONTRACT', uri: 'com.shop.prices.{symbol}' }])
    await loop.return?.()
  })

  it('cannot have schemas that take their time', async () => {
    const [client, publisher] = [await joined(), await joined()]
    const slow = contract('com.example', { ticked: topic({ args: [z.number().refine(async () => true)] }) })
    const failed = deferred()
    await client.use(slow, { onError: failed.resolve }).ticked.subscribe(() => undefined)
    await publisher.publish('com.example.ticked', [1])
    expect(String(await failed.promise)).toContain('must check at once')
  })
})

describe('an implementation', () => {
  it('is taken back as a whole, also when one procedure is refused', async () => {
    const [first, second] = [await joined(), await joined()]
    const served = await serveShop(first)
    const other = contract('com', { fresh: procedure(), shop: { opened: procedure() } })
    await expect(second.implement(other, { fresh: () => undefined, shop: { opened: () => undefined } })).rejects.toMatchObject({
      uri: 'wamp.error.procedure_already_exists',
    })
    await expect(first.call('com.fresh')).rejects.toMatchObject({ uri: 'wamp.error.no_such_procedure' })
    await served.withdraw()
    await expect(second.call('com.shop.opened')).rejects.toMatchObject({ uri: 'wamp.error.no_such_procedure' })
  })

  it('may answer for some URI parameters only', async () => {
    const [service, page] = [await joined(), await joined()]
    await service.implement(shop.stock.count, ({ item }) => [item.length, { shelf: 'B' }], { params: { item: 'pear' } })
    expect(await page.use(shop).stock.count({ item: 'pear' })).toEqual([4, { shelf: 'B' }])
    await expect(page.use(shop).stock.count({ item: 'fig' })).rejects.toMatchObject({ uri: 'wamp.error.no_such_procedure' })
  })

  it('answers with nothing where no result is declared, and says that several are a list', async () => {
    const client = await connect({ openTransport: () => router.openLocal(), realm: 'realm1', exposeErrors: true, onError: () => undefined })
    clients.push(client)
    const clock = contract('com.clock', { wind: procedure(), read: procedure({ result: [type<number>(), type<number>()] }) })
    await client.implement(clock, { wind: () => 4, read: () => 'noon' } as never)
    expect(await client.callResult('com.clock.wind')).toMatchObject({ args: [], kwargs: {} })
    await expect(client.call('com.clock.read')).rejects.toThrow('expected a list of the 2 parts of the result')
  })

  it('needs a handler for each procedure, and no other', async () => {
    const client = await joined()
    expect(() => client.implement(shop.stock, { count: () => [1, { shelf: 'A' }] } as never)).toThrow(
      'report (com.shop.stock.report) has no handler',
    )
    expect(() => client.implement(shop.orders, { more: () => undefined } as never)).toThrow('more: the contract has no such procedure')
  })
})

describe('a session with calls()', () => {
  it('uses and implements a contract, and its loops end with it', async () => {
    const [service, page] = await Promise.all([session(), session()])
    await serveShop(service)
    const api = page.use(shop)
    expect(await api.orders.get(42)).toEqual({ id: 42, lines: [], total: 1 })
    expect(await api.stock.load([2, 3].map((count) => ({ item: 'a', count })))).toBe(5)
    const report = api.stock.report.stream(2026)
    for await (const part of report) expect([0.25, 0.5]).toContain(part)

    const seen: unknown[] = []
    await api.prices.subscribe({ symbol: 'PEAR' }, ({ value }) => seen.push(value))
    const [prices, left] = [await api.prices.subscribe({}, { buffer: 1, overflow: 'drop_oldest' }), await api.prices.subscribe({})]
    for (const price of [1, 2])
      await service.use(shop).prices.publish({ symbol: 'PEAR' }, price, { currency: 'EUR' }, { acknowledge: true })
    // PUBLISHED tells nothing of the subscribers. What the last loop has got, those before it have got too.
    for (const price of [1, 2]) expect(await left.next()).toMatchObject({ value: { value: [price, { currency: 'EUR' }] } })
    expect(await prices.next()).toMatchObject({ value: { value: [2, { currency: 'EUR' }], params: { symbol: 'PEAR' }, lost: 1 } })
    expect(seen).toHaveLength(2)
    await left.return?.()
    expect(await left.next()).toEqual({ done: true, value: undefined })
    await page.leave()
    await expect(prices.next()).rejects.toMatchObject({ code: 'TL_DISCONNECTED' })
  })

  it('throws in a loop that the router refused, and takes back an implementation that it refused in part', async () => {
    const [first, second] = await Promise.all([session(), session()])
    await second.implement(shop.stock.count, () => [1, { shelf: 'A' }])
    await expect(serveShop(first)).rejects.toMatchObject({ uri: 'wamp.error.procedure_already_exists' })
    await expect(second.call('com.shop.opened')).rejects.toMatchObject({ uri: 'wamp.error.no_such_procedure' })
    const secret = contract('com.secret', { said: topic() })
    await expect(first.use(secret).said.subscribe().next()).rejects.toMatchObject({ uri: 'wamp.error.not_authorized' })
  })

  it('is needed for a contract', async () => {
    const bare = await openSession({ transport: router.openLocal(), realm: 'realm1' })
    expect(() => bare.use(shop)).toThrow('a contract needs calls() of @trunkline/client/session')
    await bare.leave()
  })
})

describe('what is used and implemented', () => {
  it('may be a group, an entry, or an object of contracts', async () => {
    const { page, service } = await both()
    expect(await page.use(shop.orders).get(1)).toMatchObject({ id: 1 })
    expect(await page.use({ shop, more: contract('com.more', { gone: topic() }) }).shop.orders.get(2)).toMatchObject({ id: 2 })
    const spread = { ...shop.orders, ...shop.stock }
    expect(await page.use(spread).count({ item: 'fig' })).toEqual([3, { shelf: 'A' }])
    await service.implement(contract('com.more', { twice: procedure({ args: [z.number()], result: z.number() }) }), { twice: (n) => 2 * n })
    expect(await page.call('com.more.twice', [4])).toBe(8)
  })

  it('is a contract with its code', async () => {
    const page = await joined()
    const bare = functions.contract('com.bare', { get: procedure({ result: z.number() }) })
    for (const wrong of [bare, {}, undefined, 1, 'text']) {
      expect(() => page.use(wrong as never)).toThrow('expected one that contract() of @trunkline/contract made')
    }
    await functions.implement(page, bare, { get: () => 7 })
    expect(await functions.use(page, bare).get()).toBe(7)
  })
})

describe('around', () => {
  it('runs in place of each handler, with who calls, and sees results and errors', async () => {
    const [service, page] = [await joined(), await joined()]
    const seen: unknown[] = []
    await service.implement(shop.stock.count, ({ item }) => [item.length, { shelf: 'A' }], {
      around: async ({ procedure: called, context }, next) => {
        if (context.caller === undefined) throw new ApplicationError('com.shop.error.unknown_caller')
        seen.push([called, context.procedure, context.caller.session])
        const value = await next()
        seen.push(value)
        return value
      },
    })
    const { id } = await page.session()
    expect(await page.use(shop).stock.count({ item: 'pear' }, { discloseMe: true })).toEqual([4, { shelf: 'A' }])
    expect(seen).toEqual([
      ['com.shop.stock.{item}.count', 'com.shop.stock.pear.count', id],
      [4, { shelf: 'A' }],
    ])
    await expect(page.use(shop).stock.count({ item: 'pear' })).rejects.toMatchObject({ uri: 'com.shop.error.unknown_caller' })
  })

  it('sees what a caller sent wrongly, and lets results on the way through', async () => {
    const [service, page] = [await joined(), await joined()]
    const failed: unknown[] = []
    const report = async function* (year: number): AsyncGenerator<number, string, void> {
      yield year
      return 'done'
    }
    await service.implement(shop.stock.report, report, {
      around: (_, next) => next().catch((reason: unknown) => Promise.reject(failed.push(reason) && reason)),
    })
    const parts: number[] = []
    const stream = page.use(shop).stock.report.stream(7)
    for await (const part of stream) parts.push(part)
    expect([...parts, await stream.result]).toEqual([7, 'done'])
    await expect(page.call('com.shop.stock.report', ['x'])).rejects.toMatchObject({ uri: 'wamp.error.invalid_argument' })
    expect(failed).toMatchObject([{ uri: 'wamp.error.invalid_argument' }])
  })
})

describe('a call of an idempotent procedure', () => {
  const idempotent = contract('com.example', { kept: procedure({ result: z.number(), idempotent: true }), once: procedure() })

  /** A service that cuts the first session that calls it off. */
  async function cutting(): Promise<{ page: Client; ran: () => number }> {
    const [service, page] = [await joined(), await joined()]
    let count = 0
    await service.implement(idempotent, {
      kept: async ({ caller }) => {
        if (++count === 1) await service.call('wamp.session.kill', [caller?.session])
        return count
      },
      once: () => undefined,
    })
    return { page, ran: () => count }
  }

  it('is sent once more by retry when its session ended before the answer', async () => {
    const { page, ran } = await cutting()
    expect(await page.use(idempotent, { retry: true, discloseMe: true }).kept()).toBe(2)
    expect(ran()).toBe(2)
  })

  it('is not without retry, and other procedures have no such option', async () => {
    const { page, ran } = await cutting()
    const api = page.use(idempotent)
    await expect(api.kept({ discloseMe: true })).rejects.toMatchObject({ code: 'TL_DISCONNECTED', mayHaveRun: true })
    expect(ran()).toBe(1)
    // @ts-expect-error what is not idempotent must not run twice
    await expect(api.once({ retry: true })).rejects.toThrow("unknown option 'retry'")
    expect(await page.use(idempotent, { retry: true }).once()).toBeUndefined()
  })
})
