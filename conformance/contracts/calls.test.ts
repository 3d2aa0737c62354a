// Shows contracts over a router, from both ends, and beside programs that do not know them.

import type { Client } from '@trunkline/client'
import { connect } from '@trunkline/client'
import { contract, ContractViolation, error, implement, invalidArgument, procedure, settle, topic, type, use } from '@trunkline/contract'
import { createRouter } from '@trunkline/router'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { serveShop, shop, soldOut } from './shop.ts'

const ALL = [{ uri: '**', allow: ['call', 'register', 'publish', 'subscribe'] as const }]
let router: ReturnType<typeof createRouter>
const clients: Client[] = []

async function joined(): Promise<Client> {
  const client = await connect({ openTransport: () => router.openLocal(), realm: 'realm1' })
  clients.push(client)
  return client
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
    const api = use((await both()).page, shop)
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
    await expect(use(page, shop, { check: 'both' }).orders.get(-1)).rejects.toBeInstanceOf(ContractViolation)
    await expect(use(page, shop).stock.count({ item: 'a.b' })).rejects.toMatchObject({ code: 'TL_INVALID_URI' })
  })

  it('settles: a declared error is a value of its own', async () => {
    const api = use((await both()).page, shop)
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
    const api = use(page, shop)
    await expect(api.orders.get(1)).rejects.toMatchObject({ code: 'TL_CONTRACT', uri: 'com.shop.orders.get' })
    const placed = await settle(api.orders.place([]))
    expect(placed).toMatchObject({ failed: 'other', error: { code: 'TL_CONTRACT', cause: { uri: 'com.shop.error.sold_out' } } })
    expect(!placed.ok && soldOut.is(placed.error)).toBe(false)
  })

  it('sends results on the way, and takes chunks', async () => {
    const api = use((await both()).page, shop)
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
    await implement(service, all.counting, async function* ({ signal }) {
      signal.addEventListener('abort', () => ended.resolve(signal.reason))
      for (let n = 0; !signal.aborted; n++) {
        yield n
        await nextTurn()
      }
      return 0
    })
    for await (const n of use(page, all).counting.stream()) if (n === 2) break
    expect(await ended.promise).toMatchObject({ uri: 'wamp.error.canceled' })
  })
})

describe('a topic of a contract', () => {
  it('gives events with their URI parameters, to handlers and loops', async () => {
    const [page, publisher] = [use(await joined(), shop), use(await joined(), shop)]
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
    const loop = await use(client, shop, { onError: (reason) => errors.push(reason) }).prices.subscribe({})
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
    await use(client, slow, { onError: failed.resolve }).ticked.subscribe(() => undefined)
    await publisher.publish('com.example.ticked', [1])
    expect(String(await failed.promise)).toContain('must check at once')
  })
})

describe('an implementation', () => {
  it('is taken back as a whole, also when one procedure is refused', async () => {
    const [first, second] = [await joined(), await joined()]
    const served = await serveShop(first)
    const other = contract('com', { fresh: procedure(), shop: { opened: procedure() } })
    await expect(implement(second, other, { fresh: () => undefined, shop: { opened: () => undefined } })).rejects.toMatchObject({
      uri: 'wamp.error.procedure_already_exists',
    })
    await expect(first.call('com.fresh')).rejects.toMatchObject({ uri: 'wamp.error.no_such_procedure' })
    await served.withdraw()
    await expect(second.call('com.shop.opened')).rejects.toMatchObject({ uri: 'wamp.error.no_such_procedure' })
  })

  it('may answer for some URI parameters only', async () => {
    const [service, page] = [await joined(), await joined()]
    await implement(service, shop.stock.count, ({ item }) => [item.length, { shelf: 'B' }], { params: { item: 'pear' } })
    expect(await use(page, shop).stock.count({ item: 'pear' })).toEqual([4, { shelf: 'B' }])
    await expect(use(page, shop).stock.count({ item: 'fig' })).rejects.toMatchObject({ uri: 'wamp.error.no_such_procedure' })
  })

  it('needs a handler for each procedure, and no other', async () => {
    const client = await joined()
    expect(() => implement(client, shop.stock, { count: () => [1, { shelf: 'A' }] } as never)).toThrow(
      'report (com.shop.stock.report) has no handler',
    )
    expect(() => implement(client, shop.orders, { more: () => undefined } as never)).toThrow('more: the contract has no such procedure')
  })
})
