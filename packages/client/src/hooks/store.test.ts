// Shows what the stores share, when they call and subscribe, and when they stop.

import { QueryClient, QueryObserver } from '@tanstack/query-core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { shop, ShopScene } from '../testing/shop-scene.ts'
import { awaitableCall } from './call-store.ts'
import type { Store } from './store.ts'
import { callStore, connectionStore, latestStore, queryOptions } from './store.ts'

let scene: ShopScene

beforeEach(async () => void (scene = await ShopScene.open()))
afterEach(() => scene.router.stop())

/** Looks at a store, as a component does. */
function look<Value>(store: Store<Value>): { seen: Value[]; leave: () => void } {
  const seen: Value[] = []
  return { seen, leave: store.subscribe(() => void seen.push(store.get())) }
}

describe('the store of a call', () => {
  it('calls once for all that look, and tells them the outcome', async () => {
    const store = callStore(scene.api.price, 'fig')
    expect(scene.asked).toBe(0)
    const [one, two] = [look(store), look(callStore(scene.api.price, 'fig'))]
    expect(store.get()).toEqual({ status: 'pending', data: undefined, error: undefined, isFetching: true })
    await scene.router.clock.settle()
    const success = { status: 'success', data: 'fig 1', error: undefined, isFetching: false }
    expect([one.seen, two.seen]).toEqual([[success], [success]])
    expect(store.get()).toBe(store.get())
    expect(scene.asked).toBe(1)
  })

  it('calls anew for other parameters, and for keywords', async () => {
    look(callStore(scene.api.price, 'fig'))
    look(callStore(scene.api.price, 'pear'))
    look(callStore(scene.api.price, 'pear', { currency: 'EUR' }))
    await scene.router.clock.settle()
    expect(scene.router.sent('CALL', shop.price.uri).map(({ args, kwargs }) => [...args, kwargs])).toEqual([
      ['fig', {}],
      ['pear', {}],
      ['pear', { currency: 'EUR' }],
    ])
  })

  it('outlives components that come back in the same turn, and is forgotten a turn after the last one', async () => {
    look(callStore(scene.api.price, 'fig')).leave()
    const { leave } = look(callStore(scene.api.price, 'fig'))
    await scene.turn()
    expect(scene.asked).toBe(1)
    leave()
    await scene.turn()
    look(callStore(scene.api.price, 'fig'))
    await scene.turn()
    expect(scene.asked).toBe(2)
  })

  it('cancels a call whose last component leaves before the outcome', async () => {
    scene.answer = () => new Promise(() => undefined)
    const { leave } = look(callStore(scene.api.price, 'fig'))
    await scene.router.clock.settle()
    leave()
    await scene.turn()
    expect(scene.router.sent('CANCEL', shop.price.uri, 'page')).toHaveLength(1)
  })

  it('is forgotten a turn after it was made, when no component looks, as on a server', async () => {
    const store = callStore(scene.api.price, 'fig')
    expect(callStore(scene.api.price, 'fig')).toBe(store)
    await scene.turn()
    expect(callStore(scene.api.price, 'fig')).not.toBe(store)
    expect(scene.asked).toBe(0)
  })

  it('is found again by others when a component looks at it late', async () => {
    const store = callStore(scene.api.price, 'fig')
    await scene.turn()
    look(store)
    expect(callStore(scene.api.price, 'fig')).toBe(store)
  })

  it('serves a component again that was hidden', async () => {
    const store = callStore(scene.api.price, 'fig')
    look(store).leave()
    await scene.turn()
    const { seen } = look(store)
    await scene.turn()
    expect(seen.at(-1)).toMatchObject({ status: 'success' })
  })

  it('keeps the value while it is fetched again, and beside an error', async () => {
    const store = callStore(scene.api.price, 'fig')
    const { seen } = look(store)
    await scene.router.clock.settle()
    await store.refetch()
    scene.answer = () => Promise.reject(new Error('no'))
    vi.spyOn(console, 'error').mockImplementationOnce(() => undefined)
    await store.refetch()
    expect(seen.map(({ status, data, isFetching }) => [status, data, isFetching])).toEqual([
      ['success', 'fig 1', false],
      ['success', 'fig 1', true],
      ['success', 'fig 2', false],
      ['success', 'fig 2', true],
      ['error', 'fig 2', false],
    ])
    expect(store.get().error).toMatchObject({ uri: 'wamp.error.runtime_error' })
  })

  it('takes the outcome of the latest of several fetches', async () => {
    const held: ((text: string) => void)[] = []
    scene.answer = () => new Promise((resolve) => held.push(resolve))
    const store = callStore(scene.api.price, 'fig')
    look(store)
    await scene.router.clock.settle()
    const second = store.refetch()
    await scene.router.clock.settle()
    held[1]?.('second')
    held[0]?.('first')
    await second
    await scene.router.clock.settle()
    expect(store.get()).toMatchObject({ data: 'second', isFetching: false })
  })

  it('waits for the first outcome without a component, and calls again after a failure that was shown', async () => {
    scene.answer = () => Promise.reject(new Error('no'))
    vi.spyOn(console, 'error').mockImplementationOnce(() => undefined)
    const store = awaitableCall(scene.api.price, 'fig')
    await Promise.all([store.settled(), store.settled()])
    expect(scene.asked).toBe(1)
    expect(awaitableCall(scene.api.price, 'fig').get().status).toBe('error')
    store.release()
    await scene.turn()
    expect(awaitableCall(scene.api.price, 'fig').get().status).toBe('pending')
  })

  it('is not taken from a component that waits by one that leaves', async () => {
    const held: ((text: string) => void)[] = []
    scene.answer = () => new Promise((resolve) => held.push(resolve))
    const store = awaitableCall(scene.api.price, 'fig')
    const { leave } = look(store)
    const settled = store.settled()
    leave()
    await scene.turn()
    held[0]?.('late')
    await settled
    expect(awaitableCall(scene.api.price, 'fig').get()).toMatchObject({ data: 'late' })
  })

  it('takes functions of the application', async () => {
    const length = Object.assign((text: string) => Promise.resolve(text.length), { uri: 'length' })
    const store = callStore(length, 'four')
    look(store)
    await scene.turn()
    expect(store.get().data).toBe(4)
  })
})

describe('the store of a topic', () => {
  it('has the latest value, from the retained one on, and subscribes once', async () => {
    const prices = scene.service.use(shop).prices
    await prices.publish({ symbol: 'FIG' }, 1, { retain: true, acknowledge: true })
    const store = latestStore(scene.api.prices, { symbol: 'FIG' })
    const [one, two] = [look(store), look(latestStore(scene.api.prices, { symbol: 'FIG' }))]
    expect(store.get()).toBe(undefined)
    await scene.router.clock.settle()
    await prices.publish({ symbol: 'PEAR' }, 7, { acknowledge: true })
    await prices.publish({ symbol: 'FIG' }, 2, { acknowledge: true })
    await scene.router.clock.settle()
    expect([one.seen, two.seen]).toEqual([
      [1, 2],
      [1, 2],
    ])
    expect(scene.router.sent('SUBSCRIBE', undefined, 'page')).toHaveLength(1)
    one.leave()
    two.leave()
    await scene.turn()
    expect(scene.router.sent('UNSUBSCRIBE', undefined, 'page')).toHaveLength(1)
  })

  it('takes topics without URI parameters, with options', async () => {
    const store = latestStore(scene.api.closed, { getRetained: false })
    look(store)
    await scene.router.clock.settle()
    await scene.service.use(shop).closed.publish('at six', { acknowledge: true })
    await scene.router.clock.settle()
    expect(store.get()).toBe('at six')
    expect(scene.router.sent('SUBSCRIBE', shop.closed.uri)[0]?.message[2]).toEqual({ get_retained: false, _resume: {} })
  })
})

describe('the store of a connection', () => {
  it('has the state of the client', async () => {
    const { seen, leave } = look(connectionStore(scene.page))
    await scene.router.faults.cut('page')
    await scene.router.clock.advance(1000)
    leave()
    await scene.page.stop()
    expect(seen.map(({ status }) => status)).toEqual(['waiting', 'connecting', 'connected'])
  })
})

describe('the options of a query', () => {
  it('make the call under its URI and parameters, and cancel it', async () => {
    const { queryKey, queryFn } = queryOptions(scene.api.price, 'fig')
    expect(queryKey).toEqual([shop.price.uri, 'fig'])
    expect(await queryFn({ signal: new AbortController().signal })).toBe('fig 1')
    scene.answer = () => new Promise(() => undefined)
    const leaving = new AbortController()
    const failed = queryFn({ signal: leaving.signal }).catch((error: unknown) => error)
    await scene.router.clock.settle()
    leaving.abort()
    expect(await failed).toMatchObject({ name: 'AbortError' })
    await scene.router.clock.settle()
    expect(scene.router.sent('CANCEL', shop.price.uri, 'page')).toHaveLength(1)
  })

  it('are those of TanStack Query', async () => {
    const queries = new QueryClient()
    expect(await queries.fetchQuery(queryOptions(scene.api.price, 'fig'))).toBe('fig 1')
    const observer = new QueryObserver(queries, queryOptions(scene.api.price, 'fig'))
    const stop = observer.subscribe(() => undefined)
    await queries.invalidateQueries({ queryKey: [scene.api.price.uri] })
    expect(observer.getCurrentResult().data).toBe('fig 2')
    stop()
    queries.clear()
  })
})
