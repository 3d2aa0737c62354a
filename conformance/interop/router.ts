// The router under test as a process: prints its addresses as one line of JSON and lives as long as its stdin.

import { createRouter } from '@trunkline/router'
import type { RealmOptions } from '@trunkline/router'

const OPEN: RealmOptions = {
  anonymousRole: 'anonymous',
  roles: { anonymous: ['**', 'wamp.**'].map((uri) => ({ uri, allow: ['call', 'register', 'publish', 'subscribe'] })) },
}

const router = createRouter({
  realms: {
    interop: OPEN,
    'ids.strict': { ...OPEN, requestIds: 'strict' },
    'ids.increasing': { ...OPEN, requestIds: 'increasing' },
    'ids.tolerant': { ...OPEN, requestIds: 'tolerant' },
  },
  log: {
    warn: (event, fields) => console.error(`router: ${event} ${JSON.stringify(fields)}`),
    info: () => undefined,
  },
})
const websocket = await router.listenHttp({ host: '127.0.0.1', port: 0 })
const rawsocket = await router.listenRawSocket({ listen: { host: '127.0.0.1', port: 0 } })
console.log(JSON.stringify({ websocket: websocket.address, rawsocket: rawsocket.address }))
process.stdin.resume()
process.stdin.on('end', () => void router.close())
