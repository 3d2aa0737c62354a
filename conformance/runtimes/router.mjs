// A router for main.mjs. Prints its addresses, for WebSocket and RawSocket.

import { createRouter } from '@trunkline/router'
import { realms } from './realms.mjs'

const router = createRouter({ realms })
const webSocket = await router.listenHttp({ host: '127.0.0.1', port: 0 })
const rawSocket = await router.listenRawSocket({ listen: { host: '127.0.0.1', port: 0 } })
console.log(`${webSocket.address} ${rawSocket.address}`)
