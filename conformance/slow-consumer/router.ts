// The router of the measurement: everything at its default, in a process of its own.

import { createRouter } from '@trunkline/router'

const router = createRouter({
  realms: {
    realm1: { anonymousRole: 'anonymous', roles: { anonymous: [{ uri: '**', allow: ['call', 'register', 'publish', 'subscribe'] }] } },
  },
})
const { address } = await router.listenHttp({ host: '127.0.0.1', port: 0 })
const rawSocket = await router.listenRawSocket({ listen: { host: '127.0.0.1', port: 0 } })
process.on('disconnect', () => process.exit(0))
process.send?.({ url: address, rawSocketPort: Number(new URL(rawSocket.address).port) })
