// With vitest: a service that hangs.

import { afterEach, expect, test } from 'vitest'
import { createTestRouter } from '@trunkline/testing'
import { keepOrders, OrderPage, shop } from './orders.mjs'

let router
afterEach(() => router.stop())

test('the page says so when the shop does not answer', async () => {
  router = createTestRouter()
  await keepOrders(await router.connect({ name: 'service' }))
  const page = new OrderPage(await router.connect({ name: 'page' }))

  router.faults.drop(({ type, peer }) => type === 'YIELD' && peer === 'service')
  const answer = page.order('figs')
  await router.clock.advance(5000)

  expect(await answer).toBe('the shop does not answer')
  expect(router.sent('ERROR', shop.place.uri)).toMatchObject([{ at: 5000, peer: 'page' }])
})
