// The shop of the walk: prices are published, customers call for reports, and one program is to blame. Runs until Ctrl-C.
//   node shop.js                    the prices and the customers
//   node shop.js reports            reports; what it does with each price takes 150 ms, in which it reads nothing
// The URL is SHOP_URL, with the certificate that NODE_EXTRA_CA_CERTS names.

import { createClient } from '@trunkline/client'
import { ticketAuth } from '@trunkline/client/auth'

const url = process.env.SHOP_URL ?? 'wss://localhost:8443/ws'
/** What a price says of its article: 100,000 characters. */
const DESCRIPTION = 'x'.repeat(100_000)

const login = (authid) =>
  createClient({
    url,
    realm: 'com.example.shop',
    authid,
    auth: ticketAuth(authid),
    agent: `shop ${authid}`,
    onError: (error) => console.error(`${authid}: ${error.message}`),
  })

const every = (milliseconds, act) => setInterval(() => void act().catch(() => {}), milliseconds)

async function shop() {
  const prices = login('prices')
  let count = 0
  await prices.register('com.example.shop.price.get', ({ args: [article] }) => 10 + article)
  every(50, () => prices.publish(`com.example.shop.price.article${count++ % 3}`, [count, DESCRIPTION]))

  const [alice, bob] = [login('alice'), login('bob')]
  await alice.subscribe('com.example.shop.price.article0', () => {})
  every(100, () => bob.call('com.example.shop.price.get', [7]))
  every(1_000, () => alice.call('com.example.shop.report.make', [], { timeout: 4_000 }))
  console.log('the shop is open')
}

async function reports() {
  const client = login('reports')
  await client.register('com.example.shop.report.make', () => 'a report')
  await client.subscribe('com.example.shop.price.', () => blockFor(150), { match: 'prefix' })
  console.log('reports are made')
}

/** What never may stand in a handler: nothing else happens meanwhile in this process. */
function blockFor(milliseconds) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
}

await (process.argv[2] === 'reports' ? reports() : shop())
