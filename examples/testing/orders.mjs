// The program under test: a service that keeps orders, and a page that shows them.

import { contract, procedure, topic, type } from '@trunkline/contract'

export const shop = contract('com.example.shop', {
  place: procedure({ args: [type()], result: type() }),
  placed: topic({ args: [type()] }),
})

/** Takes orders, and publishes each. */
export async function keepOrders(client) {
  const orders = []
  await client.implement(shop, {
    async place(item) {
      orders.push(item)
      await client.use(shop).placed.publish(item)
      return orders.length
    },
  })
}

/** Shows orders as they are placed. */
export class OrderPage {
  shown = []
  #api

  constructor(client) {
    this.#api = client.use(shop, { timeout: 5000 })
    this.#api.placed.subscribe(({ value }) => this.shown.push(value))
  }

  async order(item) {
    try {
      return `your order is number ${Number(await this.#api.place(item))}`
    } catch ({ uri }) {
      return uri === 'wamp.error.timeout' ? 'the shop does not answer' : 'the shop is closed'
    }
  }
}
