// The router of the soak in a process of its own: reports its addresses, and on request the sizes of its tables, after a garbage collection.

import type { RealmView } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import type { Look } from './look.ts'

const faults: string[] = []
const router = createRouter({
  realms: {
    realm1: {
      anonymousRole: 'anonymous',
      roles: {
        anonymous: [
          { uri: '**', allow: ['call', 'register', 'publish', 'subscribe'] },
          { uri: 'wamp.**', allow: ['call', 'subscribe'] },
        ],
      },
      slowConsumers: {
        policy: 'disconnect',
        topics: [
          { uri: 'soak.flood.oldest', policy: 'drop_oldest' },
          { uri: 'soak.flood.newest', policy: 'conflate' },
        ],
      },
    },
  },
  // Small, so that slow readers meet them soon.
  limits: { helloMs: 2_000, loginMs: 2_000, goodbyeMs: 1_000, outboxBytes: 256 * 1024, stallMs: 3_000 },
  log: {
    error: (event, fields) => {
      if (event === 'fault') faults.push(JSON.stringify(fields))
    },
    warn: () => undefined,
    info: () => undefined,
    debug: () => undefined,
  },
})
const websocket = await router.listenHttp({ host: '127.0.0.1', port: 0, headersTimeoutMs: 2_000, requestTimeoutMs: 2_000 })
const rawsocket = await router.listenRawSocket({ listen: { host: '127.0.0.1', port: 0 }, handshakeTimeoutMs: 2_000 })

process.on('message', () => {
  globalThis.gc?.()
  process.send?.(look())
})
process.on('disconnect', () => process.exit(0))
process.send?.({ websocket: websocket.address, rawsocket: rawsocket.address })

function look(): Look {
  const resources: Record<string, number> = {}
  for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1
  return {
    residentBytes: process.memoryUsage.rss(),
    heapBytes: process.memoryUsage().heapUsed,
    tables: Object.assign({}, ...router.realms.map(tablesOf)) as Record<string, number>,
    resources,
    counters: Object.fromEntries(Object.entries(router.counters).filter(([, count]) => typeof count === 'number')),
    faults: faults.splice(0),
  }
}

function tablesOf(realm: RealmView): Record<string, number> {
  const { name, sessions } = realm
  return {
    [`${name}: sessions`]: sessions.length,
    [`${name}: subscriptions`]: realm.subscriptions.length,
    [`${name}: subscribers`]: sessions.reduce((sum, { subscriptions }) => sum + subscriptions, 0),
    [`${name}: registrations`]: realm.registrations.length,
    [`${name}: calls`]: sessions.reduce((sum, { calls }) => sum + calls, 0),
    [`${name}: invocations`]: sessions.reduce((sum, { invocations }) => sum + invocations, 0),
  }
}
