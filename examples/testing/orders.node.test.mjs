// With node:test: an order that is placed while the connection is gone.

import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { createTestRouter } from '@trunkline/testing'
import { keepOrders, OrderPage, shop } from './orders.mjs'

let router
afterEach(() => router.stop())

test('an order waits until the page is connected again', async () => {
  router = createTestRouter()
  await keepOrders(await router.connect({ name: 'service' }))
  const page = new OrderPage(await router.connect({ name: 'page' }))

  await router.faults.cut('page')
  const answer = page.order('figs')
  await router.clock.advance(1000)

  assert.equal(await answer, 'your order is number 1')
  assert.equal(router.sent('CALL', shop.place.uri, 'page').length, 1, router.transcript())
})
