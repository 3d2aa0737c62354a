// The router under measurement, as a user would start it: everything at its default, anonymous sessions; two topics of realm1
// have a history. The other realms have a contract: that is off, for other URIs, and for those that are called.
// Started alone (`bench/router.ts 8080`) it prints its addresses, for other load generators.

import { Console } from 'node:console'
import type { ContractFile, RealmOptions } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { report } from './usage.ts'

const EVERYTHING: RealmOptions = {
  anonymousRole: 'anonymous',
  roles: { anonymous: [{ uri: '**', allow: ['call', 'register', 'publish', 'subscribe'] }] },
}
const TEXT = { args: [{ name: 'text', required: true, schema: { type: 'string', maxLength: 1_000_000 } }] }

/** A contract for what callers and callees of the load send: a text. */
function contractBelow(prefix: string): ContractFile {
  const procedures = Object.fromEntries(Array.from({ length: 4 }, (_, i) => [`${prefix}.${i}`, { call: TEXT, result: TEXT }]))
  return { trunkline: 'contract/1', prefix, procedures, topics: {} }
}

const port = Number(process.argv[2] ?? 0)
const router = createRouter({
  realms: {
    realm1: { ...EVERYTHING, topics: [10, 1000].map((events) => ({ uri: `bench.kept${events}`, history: { events } })) },
    off: { ...EVERYTHING, contracts: [{ contract: contractBelow('bench.echo'), mode: 'off' }] },
    elsewhere: { ...EVERYTHING, contracts: [{ contract: contractBelow('bench.other'), mode: 'reject' }] },
    checked: { ...EVERYTHING, contracts: [{ contract: contractBelow('bench.echo'), mode: 'reject' }] },
  },
  // As the command does by default: no line for each session.
  log: Object.assign(new Console(process.stderr), { isLogged: (level: string) => level !== 'debug' }),
})
const webSocket = await router.listenHttp({ host: '127.0.0.1', port })
const rawSocket = await router.listenRawSocket({ listen: { host: '127.0.0.1', port: port === 0 ? 0 : port + 1 } })

if (process.send === undefined) console.log(`${webSocket.address} ${rawSocket.address}`)
else report({ port: portOf(webSocket.address), rawSocketPort: portOf(rawSocket.address), path: '/ws' })

function portOf(address: string): number {
  return Number(new URL(address).port)
}
