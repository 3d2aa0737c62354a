// Shows the composables of Vue, in scopes, in components without a document, and while a server renders.

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EffectScope } from 'vue'
import { createRenderer, createSSRApp, effectScope, h, nextTick, ref } from 'vue'
import { renderToString } from 'vue/server-renderer'
import { shop, ShopScene } from '../testing/shop-scene.ts'
import { useCall, useConnection, useLatest, useTopic } from './vue.ts'

let scene: ShopScene
let scope: EffectScope

beforeEach(async () => {
  scene = await ShopScene.open()
  scope = effectScope()
})
afterEach(async () => {
  scope.stop()
  await scene.router.stop()
})

function within<Value>(make: () => Value): Value {
  return scope.run(make) as Value
}

/** All that follows, of changed refs too. */
async function settled(): Promise<void> {
  await nextTick()
  await scene.turn()
}

describe('useCall', () => {
  it('makes one call for all, and another one when a ref changes', async () => {
    const item = ref('fig')
    const one = within(() => useCall(scene.api.price, item))
    const two = within(() => useCall(scene.api.price, () => item.value))
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
    const app = createSSRApp({ setup: () => useCall(scene.api.price, 'fig'), render: ({ status }: { status: string }) => h('p', status) })
    expect(await renderToString(app)).toBe('<p>pending</p>')
    await settled()
    expect(scene.asked).toBe(0)
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
        const latest = useLatest(scene.api.prices, { symbol: 'FIG' })
        return () => h('p', String(shown.push(latest.value)))
      },
    })
    app.mount({})
    await settled()
    await scene.service.use(shop).prices.publish({ symbol: 'FIG' }, 1, { acknowledge: true })
    await settled()
    expect([shown, scene.subscribed]).toEqual([[undefined, 1], ['com.example.shop.prices.FIG']])
    app.unmount()
    await settled()
    expect(scene.subscribed).toEqual([])
  })
})

describe('useTopic and useLatest', () => {
  it('follow the parameters, and leave nothing behind', async () => {
    const symbol = ref('FIG')
    const seen: unknown[] = []
    within(() =>
      useTopic(
        scene.api.prices,
        () => ({ symbol: symbol.value }),
        ({ value }) => seen.push(value),
      ),
    )
    const latest = within(() => useLatest(scene.api.prices, () => ({ symbol: symbol.value })))
    await settled()
    const { prices } = scene.service.use(shop)
    await prices.publish({ symbol: 'FIG' }, 1, { acknowledge: true })
    await settled()
    expect([latest.value, seen]).toEqual([1, [1]])
    symbol.value = 'PEAR'
    await settled()
    await prices.publish({ symbol: 'FIG' }, 2, { acknowledge: true })
    await prices.publish({ symbol: 'PEAR' }, 3, { acknowledge: true })
    await settled()
    expect([latest.value, seen, scene.subscribed]).toEqual([3, [1, 3], ['com.example.shop.prices.PEAR']])
    scope.stop()
    await settled()
    expect(scene.subscribed).toEqual([])
  })

  it('take topics without parameters, and all of one that has some', async () => {
    const seen: unknown[] = []
    within(() => useTopic(scene.api.closed, ({ value }) => seen.push(value), { getRetained: true }))
    within(() => useTopic(scene.api.prices, ({ params }) => seen.push(params.symbol)))
    await settled()
    await scene.service.use(shop).closed.publish('at six', { acknowledge: true })
    await scene.service.use(shop).prices.publish({ symbol: 'FIG' }, 1, { acknowledge: true })
    await settled()
    expect(seen).toEqual(['at six', 'FIG'])
  })
})

describe('useConnection', () => {
  it('has each state', async () => {
    const state = within(() => useConnection(scene.page))
    expect(state.value.status).toBe('connected')
    await scene.router.faults.cut('page')
    expect(state.value.status).toBe('waiting')
    await scene.router.clock.advance(1000)
    expect(state.value.status).toBe('connected')
  })
})
