// The router under attack as a process: reports its addresses to its parent, and on request its sessions, tables and memory.

import type { LogFields, RealmOptions } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { ELSEWHERE, IDENTITY } from './users.ts'

const ALL = ['call', 'register', 'publish', 'subscribe'] as const
const OPEN: RealmOptions = { anonymousRole: 'anonymous', requestIds: 'strict', roles: { anonymous: [{ uri: '**', allow: ALL }] } }
const TICKETS: ReadonlyMap<string, readonly [ticket: string, role: string]> = new Map([
  ['joe', ['joe-s-ticket', 'user']],
  ['constructor', ['ticket-of-constructor', 'user']],
  ['ghost', ['ticket-of-ghost', 'no_such_role_here']],
])

const LOGIN: RealmOptions = {
  requestIds: 'strict',
  roles: { user: [{ uri: '**', allow: ALL }], admin: [{ uri: 'wamp.**', allow: ALL }] },
  authenticate: (request, _, next) => {
    if (!request.authmethods.includes('ticket')) {
      return next({ deny: 'wamp.error.no_matching_auth_method', message: 'none of the authentication methods is allowed here' })
    }
    const known = request.authid === undefined ? undefined : TICKETS.get(request.authid)
    next({
      challenge: 'ticket',
      extra: {},
      answer: (signature, _extra, then) => {
        if (known === undefined || signature !== known[0]) then({ deny: 'wamp.error.authentication_denied', message: 'not known' })
        else then({ accept: { authid: request.authid ?? '', authrole: known[1], authmethod: 'ticket', authprovider: 'static' } })
      },
    })
  },
}

const FEW: RealmOptions = {
  requestIds: 'strict',
  authenticate: ({ authid }, _, next) =>
    next({
      accept: {
        authid: authid === 'service' ? 'service' : 'somebody',
        authrole: authid === 'service' ? 'service' : 'anonymous',
        authmethod: 'anonymous',
        authprovider: 'static',
      },
    }),
  roles: {
    service: [{ uri: '**', allow: ALL }],
    anonymous: [
      { uri: 'com.open.**', allow: ALL },
      { uri: 'com.open.secret', allow: [] },
      { uri: 'com.calls.**', allow: ['call'] },
    ],
  },
}

const router = createRouter({
  realms: {
    open: OPEN,
    elsewhere: OPEN,
    few: FEW,
    login: LOGIN,
    identity: { requestIds: 'strict', authentication: IDENTITY, roles: { anonymous: [], user: [], limited: [] } },
    'identity.elsewhere': { requestIds: 'strict', authentication: ELSEWHERE, roles: { user: [] } },
    'uris.strict': { ...OPEN, uriRule: 'strict' },
    undisclosed: { ...OPEN, allowsDisclosure: false },
    meta: {
      ...OPEN,
      roles: {
        anonymous: [
          { uri: '**', allow: ALL },
          { uri: 'wamp.**', allow: ALL },
        ],
      },
    },
    small: { ...OPEN, limits: { subscriptions: 5, registrations: 5, pendingCalls: 5 } },
  },
  // Longer than a peer on a busy machine needs to say what its case says, and short for the cases that say nothing.
  limits: { helloMs: 8_000, loginMs: 8_000, goodbyeMs: 8_000, reuseMs: 2_000 },
  log: { error: report, warn: report, info: () => undefined, debug: () => undefined, isLogged: (level) => level !== 'debug' },
})
function report(event: string, fields: LogFields): void {
  process.send?.({ log: `${event} ${JSON.stringify(fields)}`, peer: fields['peer'], isFault: event === 'fault' })
}

const websocket = await router.listenHttp({
  host: '127.0.0.1',
  port: 0,
  headersTimeoutMs: 2_000,
  requestTimeoutMs: 2_000,
  longPoll: { path: '/longpoll', holdMs: 2_000, idleMs: 2_000 },
})
const rawsocket = await router.listenRawSocket({ listen: { host: '127.0.0.1', port: 0 }, handshakeTimeoutMs: 2_000 })
process.on('message', () => {
  globalThis.gc?.()
  const held = router.realms.map(({ name, sessions, subscriptions, registrations }) => [
    name,
    sessions.length,
    subscriptions.length,
    registrations.length,
  ])
  process.send?.({ rss: process.memoryUsage.rss(), heap: process.memoryUsage().heapUsed, held: JSON.stringify(held) })
})
process.on('disconnect', () => void router.close())
process.send?.({ websocket: websocket.address, rawsocket: rawsocket.address })
