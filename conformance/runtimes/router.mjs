// A router for program.mjs: each user, and each client without a login, may do everything in the realm. Prints the addresses for WebSocket and RawSocket.

import { createRouter } from '@trunkline/router'

const everything = ['**', 'wamp.session.kill'].map((uri) => ({ uri, allow: ['call', 'register', 'publish', 'subscribe'] }))
const users = { joe: { role: 'user', ticket: 'a ticket' }, ann: { role: 'user', wampcra: { secret: 'a secret' } } }
const router = createRouter({
  realms: { realm1: { anonymousRole: 'user', roles: { user: everything }, authentication: { users } } },
})
const webSocket = await router.listenHttp({ host: '127.0.0.1', port: 0 })
const rawSocket = await router.listenRawSocket({ listen: { host: '127.0.0.1', port: 0 } })
console.log(`${webSocket.address} ${rawSocket.address}`)
