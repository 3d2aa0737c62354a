// Two sessions on one router: one registers a procedure, the other calls it.

import { connect } from '@trunkline/client'
import { createRouter } from '@trunkline/router'

const router = createRouter({
  realms: {
    realm1: {
      anonymousRole: 'guest',
      roles: { guest: [{ uri: 'com.example.**', allow: ['call', 'register'] }] },
    },
  },
})
const { address: url } = await router.listenHttp({ host: '127.0.0.1', port: 0 })

// exposeErrors, for development: callers get the text of exceptions, in place of an id under which this program prints them.
const callee = await connect({ url, realm: 'realm1', exposeErrors: true })
await callee.register('com.example.add', ({ args: [a, b] }) => Number(a) + Number(b))

const caller = await connect({ url, realm: 'realm1' })
const sum = await caller.call('com.example.add', [2, 3])
console.log('2 + 3 =', sum)

await Promise.all([callee.stop(), caller.stop()])
await router.close()
