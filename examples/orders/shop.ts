// The shop: publishes orders. Each is one event, whatever happens to the connection, to the router or to this program.
//
// npx tsx examples/orders/shop.ts [first] [last]

import { DisconnectedError } from '@trunkline/client'
import { connectTo } from './client.ts'

const [first = 1, last = 10] = process.argv.slice(2).map(Number)
const client = connectTo()

for (let order = first; order <= last; order++) {
  for (;;) {
    try {
      // The key is the number of the order, so that this program may be started again with the same numbers within two minutes.
      await client.publish('com.example.orders', [order], { kwargs: { price: order * 10 }, once: `order ${order}` })
      break
    } catch (error) {
      // There was no router for too long: the same order again.
      if (!(error instanceof DisconnectedError)) throw error
    }
  }
  console.log(`ordered ${order}`)
}
await client.stop()
