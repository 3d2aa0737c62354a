// The configuration file as data: every key with its type, its default and one sentence. Checks, types, the JSON Schema
// for editors and the reference are made from this table.

import type { Checked, DictNode, Written } from './nodes.ts'
import type { USER } from './schema-authentication.ts'
import { HEALTH, METRICS, RAWSOCKET, UNIVERSAL, WEBSOCKET } from './schema-listeners.ts'
import { REALM } from './schema-realm.ts'

const ONE_DAY = 86_400_000

const LIMITS = {
  kind: 'dict',
  about: 'Limits for each session and connection, and for all of them together.',
  keys: {
    message: { kind: 'size', least: 512, most: 2 ** 30, about: 'The longest message that the router accepts.', default: '4MiB' },
    nesting: {
      kind: 'number',
      least: 4,
      most: 1_000,
      about: 'The deepest nesting of lists and dicts in a message. A change needs a restart.',
      default: '64',
    },
    outbox: {
      kind: 'size',
      least: 1_024,
      most: 2 ** 36,
      about:
        'Octets that may be queued for one session, counted three times: for calls, for results, and for events with the answers of the ' +
        'router. The router refuses further calls and results; slowConsumers of the realm says what it does with further events. ' +
        'At least twice limits.message.',
      default: '4MiB',
    },
    outboxTotal: {
      kind: 'size',
      least: 1_024,
      most: 2 ** 40,
      about: 'Octets that may be queued for all sessions together.',
      default: '256MiB',
    },
    stall: {
      kind: 'duration',
      least: 1_000,
      most: ONE_DAY,
      about: 'The router closes a session that takes nothing from its queue for this time.',
      default: '10s',
    },
    ping: {
      kind: 'duration',
      least: 0,
      most: ONE_DAY,
      about: 'The router sends a ping to a WebSocket client that sends nothing for this time; 0s: never. A change needs a restart.',
      default: '15s',
    },
    silence: {
      kind: 'duration',
      least: 0,
      most: ONE_DAY,
      about:
        'The router closes the connection of a WebSocket client that sends nothing for this time; 0s: never. Octets that leave for the client ' +
        'count as a sign of life, and each 32 KiB that may still be on the way add one second. A change needs a restart.',
      default: '30s',
    },
    hello: {
      kind: 'duration',
      least: 100,
      most: ONE_DAY,
      about: 'The longest time from the opening of a connection to HELLO.',
      default: '10s',
    },
    login: { kind: 'duration', least: 100, most: ONE_DAY, about: 'The longest time from HELLO to the end of the login.', default: '10s' },
    sessionsPerAddress: {
      kind: 'number',
      least: 1,
      most: 10_000_000,
      about: 'The most sessions at a time from one IP address, or from one IPv6 network of 64 bits. A change needs a restart.',
      otherwise: 'no limit',
    },
    connectionsBeforeLogin: {
      kind: 'number',
      least: 1,
      most: 10_000_000,
      about:
        'The most connections at a time on which no session is open yet. The router refuses further ones (HTTP 503, or ABORT); their clients may ' +
        'try again at once. Never more than a quarter of the file descriptors of the process (`ulimit -n`, where the system shows it). A fifth of ' +
        'this number may use TLS; the router closes further TLS connections.',
      default: '20000',
    },
    connectionsBeforeLoginPerAddress: {
      kind: 'number',
      least: 1,
      most: 10_000_000,
      about:
        'The most of these connections from one IP address, or from one IPv6 network of 64 bits. One address never gets more of them than are ' +
        'left for all others.',
      default: '10000',
    },
    beforeLoginTotal: {
      kind: 'size',
      least: 65_536,
      most: 2 ** 40,
      about:
        'Octets that all connections without an open session may have sent, together with the memory of their HELLOs; one address may use ' +
        'half of it. One message before the end of a login has at most 64 KiB.',
      default: '32MiB',
    },
    goodbye: {
      kind: 'duration',
      least: 100,
      most: ONE_DAY,
      about: "How long the router waits for the client's GOODBYE after its own.",
      default: '5s',
    },
    drain: {
      kind: 'duration',
      least: 0,
      most: ONE_DAY,
      about: 'How long open calls may still take when the router stops.',
      default: '10s',
    },
  },
  required: [],
  default: '{}',
} as const satisfies DictNode

const ADMIN = {
  kind: 'dict',
  about: 'Offers the admin API to operators of the router: what they may see and change is for the rights of this realm to say.',
  keys: {
    realm: {
      kind: 'text',
      format: 'uri',
      about:
        'The realm in which sessions can use the procedures and topics of the admin API that a rule of their role names, such as trunkline.admin.view.**.',
    },
  },
  required: ['realm'],
  otherwise: 'the API is not offered',
} as const satisfies DictNode

const LOG_TARGET = { kind: 'text', format: 'logTarget', default: 'off' } as const

const LOGS = {
  kind: 'dict',
  about: 'Further logs beside the log of the router, in lines of JSON. A change needs a restart; a reload opens the files again.',
  keys: {
    access: {
      ...LOG_TARGET,
      about: 'Where the router logs each client that joins, leaves or is refused: off, stdout, or a file relative to this one.',
    },
    audit: {
      ...LOG_TARGET,
      about: 'Where the router logs each request of a session and whether it was granted: off, stdout, or a file relative to this one.',
    },
  },
  required: [],
  default: '{}',
} as const satisfies DictNode

/** The whole file. */
export const CONFIG_SCHEMA = {
  kind: 'dict',
  about: 'The configuration of a router.',
  keys: {
    $schema: { kind: 'text', about: 'The JSON Schema of this file, for editors; the router ignores it.' },
    listeners: {
      kind: 'list',
      of: {
        kind: 'choice',
        keys: { websocket: WEBSOCKET, rawsocket: RAWSOCKET, universal: UNIVERSAL, health: HEALTH, metrics: METRICS },
        about: 'One listener, named by what it serves.',
      },
      least: 1,
      about: 'The ports and Unix sockets on which the router listens.',
    },
    realms: { kind: 'map', names: 'uri', name: 'realm', of: REALM, about: 'The realms by name. The router has no other realms.' },
    limits: LIMITS,
    trustedProxies: {
      kind: 'list',
      of: {
        kind: 'text',
        format: 'network',
        about: 'An address, a network such as 10.0.0.0/8, or unix for proxies that connect by a Unix socket.',
      },
      least: 0,
      about:
        "Proxies from which the router accepts a client's address, in X-Forwarded-For, in Forwarded or by the PROXY protocol. Needed " +
        'behind a proxy; without it all clients have the address of the proxy. A change needs a restart.',
      default: '[]',
    },
    admin: ADMIN,
    logs: LOGS,
  },
  required: ['listeners', 'realms'],
} as const satisfies DictNode

/** A document that the schema accepts. */
export type ConfigDocument = Checked<typeof CONFIG_SCHEMA>

export type ListenerDocument = ConfigDocument['listeners'][number]
export type WebSocketDocument = Checked<typeof WEBSOCKET>
export type RawSocketDocument = Checked<typeof RAWSOCKET>
export type HealthDocument = Checked<typeof HEALTH>
export type MetricsDocument = Checked<typeof METRICS>
export type UserDocument = Checked<typeof USER>
export type RealmDocument = Checked<typeof REALM>
export type LogsDocument = Checked<typeof LOGS>
export type LimitsDocument = Checked<typeof LIMITS>

/** The export of a module `trunkline.config.mjs` or `.ts`. */
export type TrunklineConfig = Written<typeof CONFIG_SCHEMA>
