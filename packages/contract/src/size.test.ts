// Holds the browser bundles of contracts to their budgets.

import { browserBundle } from '@trunkline/testkit/browser-bundle'
import { expect, it } from 'vitest'

const definedBy = (door: string): string => `
import { contract, error, procedure, topic, type } from '${door}'
const soldOut = error('com.shop.error.sold_out', { kwargs: { next: type() } })
const shop = contract('com.shop', {
  orders: { get: procedure({ args: [type()], result: type(), errors: { soldOut } }) },
  prices: topic({ uri: 'prices.{symbol}', args: [type()] }),
})
`

const octetsOf = async (code: string): Promise<number> => (await browserBundle(code, import.meta.url)).octets

const CLIENT = `
import { createClient } from '@trunkline/client'
const client = createClient({ url: 'wss://example.com/ws', realm: 'realm1' })
console.log(await client.call('com.example.add', [2, 3]))
`
const LEAN = `
import { use } from '@trunkline/contract/functions'
${definedBy('@trunkline/contract/functions')}
const api = use(client, shop)
api.prices.subscribe({}, console.log)
console.log(await api.orders.get(1))
`
const WHOLE = `
import { settle } from '@trunkline/contract'
${definedBy('@trunkline/contract')}
const api = client.use(shop)
api.prices.subscribe({}, console.log)
client.implement(shop, { orders: { get: (id) => id } })
console.log(await settle(api.orders.get(1)))
`

it('a client takes 4800 octets more with a contract that is used and implemented, and 3720 with the function use alone', async () => {
  const [client, whole, lean] = await Promise.all([CLIENT, CLIENT + WHOLE, CLIENT + LEAN].map(octetsOf))
  expect(Number(whole) - Number(client)).toBeLessThanOrEqual(4800)
  expect(Number(lean) - Number(client)).toBeLessThanOrEqual(3720)
})

it('a contract with types alone fits into 1024 octets for a browser', async () => {
  expect(await octetsOf(`${definedBy('@trunkline/contract/functions')} console.log(shop)`)).toBeLessThanOrEqual(1024)
})
