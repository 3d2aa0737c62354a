// A router inside a program: the program is a callee itself, without a socket, and the only one that may register.

import { connect } from '@trunkline/client'
import { openSession } from '@trunkline/client/session'
import { createRouter } from '@trunkline/router'

const trusted = new Set<number>()

const router = createRouter({
  realms: {
    shop: {
      anonymousRole: 'customer',
      // Everybody may call; only sessions that we trust may do more.
      authorizer: { allows: ({ action, session }) => action === 'call' || trusted.has(session.id) },
    },
  },
})

const backend = await openSession({ transport: router.openLocal(), realm: 'shop' })
trusted.add(backend.id)

const stock = new Map([['apple', 3]])
await backend.register('com.example.stock', ({ args: [item] }) => stock.get(String(item)) ?? 0)

const { address: url } = await router.listenRawSocket({ listen: { host: '127.0.0.1', port: 0 } })
const customer = await connect({ url, realm: 'shop' })
console.log('apples:', await customer.call('com.example.stock', ['apple']))
await customer.register('com.example.fraud', () => 0).catch((error: unknown) => console.log(String(error)))

stock.set('apple', 2)
console.log('apples:', await customer.call('com.example.stock', ['apple']))
console.log('sessions opened:', router.counters.sessionsOpened)
await customer.stop()
await router.close()
