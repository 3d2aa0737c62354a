// A worker: makes an invoice of each order. Start as many as you like, they share the orders.
//
// An order may come twice: its worker was killed behind the invoice and before the acknowledgement. The invoice has the number of the
// order as its key, so that it is one event also then.

import { subscribeDurable } from '@trunkline/client/durable'
import { connectTo } from './client.ts'

const client = connectTo()
// From the oldest on: the first worker may be started behind the shop.
await subscribeDurable<[number], { price: number }>(
  client,
  'com.example.orders',
  { name: 'invoices', from: 'oldest' },
  async ({ args: [order], kwargs: { price }, redelivered }) => {
    await client.publish('com.example.invoices', [order], { kwargs: { price }, once: `invoice ${order}` })
    console.log(`invoice of order ${order}${redelivered > 0 ? ', which came again' : ''}`)
  },
)
console.log('ready')
