// A router whose clients log in by WAMP-CRA, in a process of its own: reports its address and runs until it is ended.

import { createRouter } from '@trunkline/router'
import { CROWD_SECRET, CROWD_USER } from './words.ts'

const router = createRouter({
  realms: {
    realm1: {
      roles: { user: [{ uri: '**', allow: ['call', 'register', 'publish', 'subscribe'] }] },
      authentication: { users: { [CROWD_USER]: { role: 'user', wampcra: { secret: CROWD_SECRET } } } },
    },
  },
})
const { address } = await router.listenHttp({ host: '127.0.0.1', port: 0 })
process.on('disconnect', () => process.exit(0))
process.send?.({ address })
