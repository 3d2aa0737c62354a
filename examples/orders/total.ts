// Shows how much was invoiced. It goes on after the last invoice that it has seen: each counts once, also when the router was away.

import { connectTo } from './client.ts'

const client = connectTo()
let [invoices, total] = [0, 0]
const events = await client.subscribe<[number], { price: number }>('com.example.invoices', { buffer: 100_000 })
console.log('ready')
for await (const { kwargs, reconnected } of events) {
  if (reconnected) console.log('the router has another store: the total may be wrong')
  invoices++
  total += kwargs.price
  console.log(`${invoices} invoices, ${total} in total`)
}
