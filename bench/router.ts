// The router under measurement, as a user would start it: everything at its default, one realm, anonymous sessions;
// two topics have a history.
// Started alone (`bench/router.ts 8080`) it prints its addresses, for other load generators.

import { createRouter } from '@trunkline/router'
import { report } from './usage.ts'

const port = Number(process.argv[2] ?? 0)
const router = createRouter({
  realms: {
    realm1: {
      anonymousRole: 'anonymous',
      roles: { anonymous: [{ uri: '**', allow: ['call', 'register', 'publish', 'subscribe'] }] },
      topics: [10, 1000].map((events) => ({ uri: `bench.kept${events}`, history: { events } })),
    },
  },
  log: { info: (text) => console.error(text), warn: (text, fields) => console.error(text, fields) },
})
const webSocket = await router.listenHttp({ host: '127.0.0.1', port })
const rawSocket = await router.listenRawSocket({ listen: { host: '127.0.0.1', port: port === 0 ? 0 : port + 1 } })

if (process.send === undefined) console.log(`${webSocket.address} ${rawSocket.address}`)
else report({ port: portOf(webSocket.address), rawSocketPort: portOf(rawSocket.address), path: '/ws' })

function portOf(address: string): number {
  return Number(new URL(address).port)
}
