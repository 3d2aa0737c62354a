// With jest, which has `test` and `expect` as globals: an event that is dropped.

import { createTestRouter } from '@trunkline/testing'
import { keepOrders, OrderPage } from './orders.mjs'

let router
afterEach(() => router.stop())

test('the page shows the next order after one that it missed', async () => {
  router = createTestRouter()
  await keepOrders(await router.connect({ name: 'service' }))
  const page = new OrderPage(await router.connect({ name: 'page' }))

  const heal = router.faults.drop(({ type, peer }) => type === 'EVENT' && peer === 'page')
  await page.order('figs')
  await router.clock.settle()
  heal()
  await page.order('pears')
  await router.clock.settle()

  expect(page.shown).toEqual(['pears'])
})
