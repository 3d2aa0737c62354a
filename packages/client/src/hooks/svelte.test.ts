// Shows the stores by Svelte's contract.

import { get } from 'svelte/store'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { contract, procedure, topic, type } from '@trunkline/contract'
import type { Api } from '@trunkline/contract'
import type { TestRouter } from '@trunkline/testing'
import { createTestRouter } from '@trunkline/testing'
import type { Client } from '../index.ts'
import { callStore, connectionStore, latestStore } from './svelte.ts'

const shop = contract('com.example.shop', {
  price: procedure({ args: [type<string>()], result: type<string>() }),
  closed: topic({ args: [type<string>()] }),
})

let router: TestRouter
let service: Client
let page: Client
let api: Api<typeof shop>

beforeEach(async () => {
  router = createTestRouter()
  service = await router.connect({ name: 'service' })
  page = await router.connect({ name: 'page' })
  api = page.use(shop)
  await service.implement(shop, { price: (item) => `${item}!` })
})
afterEach(() => router.stop())

describe('a store of Svelte', () => {
  it('gives the value at once, and each later one', async () => {
    const price = callStore(api.price, 'fig')
    const seen: unknown[] = []
    const leave = price.subscribe(({ status, data }) => seen.push([status, data]))
    await router.clock.settle()
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
    expect(get(callStore(api.price, 'fig'))).toMatchObject({ status: 'pending' })
    await router.clock.settle()
    expect(router.sent('CALL', shop.price.uri)).toEqual([])
  })

  it('has the latest event, and the state of the client', async () => {
    const seen: unknown[] = []
    latestStore(api.closed).subscribe((value) => seen.push(value))
    connectionStore(page).subscribe(({ status }) => seen.push(status))
    await router.clock.settle()
    await service.use(shop).closed.publish('at six', { acknowledge: true })
    await router.clock.settle()
    await router.faults.cut('page')
    expect(seen).toEqual([undefined, 'connected', 'at six', 'waiting'])
  })
})
