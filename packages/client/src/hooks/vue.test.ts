// Shows the composables of Vue, in scopes, in components without a document, and while a server renders.

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EffectScope } from 'vue'
import { createRenderer, createSSRApp, effectScope, h, nextTick, ref } from 'vue'
import { renderToString } from 'vue/server-renderer'
import { contract, procedure, topic, type } from '@trunkline/contract'
import type { Api } from '@trunkline/contract'
import type { TestRouter } from '@trunkline/testing'
import { createTestRouter } from '@trunkline/testing'
import type { Client } from '../index.ts'
import { useCall, useConnection, useLatest, useTopic } from './vue.ts'

const shop = contract('com.example.shop', {
  price: procedure({ args: [type<string>()], result: type<string>() }),
  prices: topic({ uri: 'prices.{symbol}', args: [type<number>()] }),
  closed: topic({ args: [type<string>()] }),
})

let router: TestRouter
let service: Client
let page: Client
let api: Api<typeof shop>
let asked: number
let scope: EffectScope

beforeEach(async () => {
  router = createTestRouter()
  service = await router.connect({ name: 'service' })
  page = await router.connect({ name: 'page' })
  api = page.use(shop)
  asked = 0
  scope = effectScope()
  await service.implement(shop, { price: (item) => `${item} ${++asked}` })
})
afterEach(async () => {
  scope.stop()
  await router.stop()
})

function within<Value>(make: () => Value): Value {
  return scope.run(make) as Value
}

/** All that follows: of changed refs, of timers of this turn, of messages. */
async function settled(): Promise<void> {
  await nextTick()
  await new Promise((resolve) => setTimeout(resolve, 1))
  await router.clock.settle()
}

function subscribed(): string[] {
  const subscriptions = router.router.realm('realm1')?.subscriptions ?? []
  return subscriptions.filter(({ subscribers }) => subscribers > 0).map(({ uri }) => uri)
}

describe('useCall', () => {
  it('makes one call for all, and another one when a ref changes', async () => {
    const item = ref('fig')
    const one = within(() => useCall(api.price, item))
    const two = within(() => useCall(api.price, () => item.value))
    expect([one.status.value, one.isFetching.value]).toEqual(['pending', true])
    await settled()
    expect([one.data.value, two.data.value]).toEqual(['fig 1', 'fig 1'])
    item.value = 'pear'
    await settled()
    expect([one.data.value, two.data.value, one.error.value]).toEqual(['pear 2', 'pear 2', undefined])
    await one.refetch()
    expect(two.data.value).toBe('pear 3')
  })

  it('calls nothing while a server renders', async () => {
    const app = createSSRApp({ setup: () => useCall(api.price, 'fig'), render: ({ status }: { status: string }) => h('p', status) })
    expect(await renderToString(app)).toBe('<p>pending</p>')
    await settled()
    expect(asked).toBe(0)
  })

  it('begins in a component when that is mounted, and ends with it', async () => {
    const { createApp } = createRenderer<object, object>({
      patchProp: () => undefined,
      insert: () => undefined,
      remove: () => undefined,
      createElement: () => ({}),
      createText: () => ({}),
      createComment: () => ({}),
      setText: () => undefined,
      setElementText: () => undefined,
      parentNode: () => null,
      nextSibling: () => null,
    })
    const shown: unknown[] = []
    const app = createApp({
      setup() {
        const latest = useLatest(api.prices, { symbol: 'FIG' })
        return () => h('p', String(shown.push(latest.value)))
      },
    })
    app.mount({})
    await settled()
    await service.use(shop).prices.publish({ symbol: 'FIG' }, 1, { acknowledge: true })
    await settled()
    expect([shown, subscribed()]).toEqual([[undefined, 1], ['com.example.shop.prices.FIG']])
    app.unmount()
    await settled()
    expect(subscribed()).toEqual([])
  })
})

describe('useTopic and useLatest', () => {
  it('follow the parameters, and leave nothing behind', async () => {
    const symbol = ref('FIG')
    const seen: unknown[] = []
    within(() =>
      useTopic(
        api.prices,
        () => ({ symbol: symbol.value }),
        ({ value }) => seen.push(value),
      ),
    )
    const latest = within(() => useLatest(api.prices, () => ({ symbol: symbol.value })))
    await settled()
    const { prices } = service.use(shop)
    await prices.publish({ symbol: 'FIG' }, 1, { acknowledge: true })
    await settled()
    expect([latest.value, seen]).toEqual([1, [1]])
    symbol.value = 'PEAR'
    await settled()
    await prices.publish({ symbol: 'FIG' }, 2, { acknowledge: true })
    await prices.publish({ symbol: 'PEAR' }, 3, { acknowledge: true })
    await settled()
    expect([latest.value, seen, subscribed()]).toEqual([3, [1, 3], ['com.example.shop.prices.PEAR']])
    scope.stop()
    await settled()
    expect(subscribed()).toEqual([])
  })

  it('take topics without parameters, and all of one that has some', async () => {
    const seen: unknown[] = []
    within(() => useTopic(api.closed, ({ value }) => seen.push(value), { getRetained: true }))
    within(() => useTopic(api.prices, ({ params }) => seen.push(params.symbol)))
    await settled()
    await service.use(shop).closed.publish('at six', { acknowledge: true })
    await service.use(shop).prices.publish({ symbol: 'FIG' }, 1, { acknowledge: true })
    await settled()
    expect(seen).toEqual(['at six', 'FIG'])
  })
})

describe('useConnection', () => {
  it('has each state', async () => {
    const state = within(() => useConnection(page))
    expect(state.value.status).toBe('connected')
    await router.faults.cut('page')
    expect(state.value.status).toBe('waiting')
    await router.clock.advance(1000)
    expect(state.value.status).toBe('connected')
  })
})
