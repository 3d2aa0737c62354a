// Shows the stores by Svelte's contract.

import { get } from 'svelte/store'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { shop, ShopScene } from '../testing/shop-scene.ts'
import { callStore, connectionStore, latestStore } from './svelte.ts'

let scene: ShopScene

beforeEach(async () => {
  scene = await ShopScene.open()
  scene.answer = (item) => `${item}!`
})
afterEach(() => scene.router.stop())

describe('a store of Svelte', () => {
  it('gives the value at once, and each later one', async () => {
    const price = callStore(scene.api.price, 'fig')
    const seen: unknown[] = []
    const leave = price.subscribe(({ status, data }) => seen.push([status, data]))
    await scene.router.clock.settle()
    await price.refetch()
    leave()
    expect(seen).toEqual([
      ['pending', undefined],
      ['success', 'fig!'],
      ['success', 'fig!'],
      ['success', 'fig!'],
    ])
  })

  it('calls nothing for who looks once, as a server does', async () => {
    expect(get(callStore(scene.api.price, 'fig'))).toMatchObject({ status: 'pending' })
    await scene.router.clock.settle()
    expect(scene.router.sent('CALL', shop.price.uri)).toEqual([])
  })

  it('has the latest event, and the state of the client', async () => {
    const seen: unknown[] = []
    latestStore(scene.api.closed).subscribe((value) => seen.push(value))
    connectionStore(scene.page).subscribe(({ status }) => seen.push(status))
    await scene.router.clock.settle()
    await scene.service.use(shop).closed.publish('at six', { acknowledge: true })
    await scene.router.clock.settle()
    await scene.router.faults.cut('page')
    expect(seen).toEqual([undefined, 'connected', 'at six', 'waiting'])
  })
})
