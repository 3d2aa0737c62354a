// The configuration file as data: every key with its type, its default and one sentence. Checks, types, the JSON Schema
// for editors and the reference are made from this table.

import type { Checked, DictNode, Written } from './nodes.ts'
import type { USER } from './schema-authentication.ts'
import { HEALTH, RAWSOCKET, UNIVERSAL, WEBSOCKET } from './schema-listeners.ts'
import { REALM } from './schema-realm.ts'

const ONE_DAY = 86_400_000

const LIMITS = {
  kind: 'dict',
  about: 'Limits for every session.',
  keys: {
    message: { kind: 'size', least: 512, most: 2 ** 30, about: 'Longest message.', default: '4MiB' },
    nesting: {
      kind: 'number',
      least: 4,
      most: 1_000,
      about: 'Deepest nesting of lists and dicts. A change needs a restart.',
      default: '64',
    },
    outbox: {
      kind: 'size',
      least: 1_024,
      most: 2 ** 36,
      about:
        'What may wait for one session: of calls, of results, and of events with the own answers of the router, each. Calls and results ' +
        'beyond are refused; for events slowConsumers of its realm decides. Two messages of limits.message should fit.',
      default: '4MiB',
    },
    outboxTotal: { kind: 'size', least: 1_024, most: 2 ** 40, about: 'What may wait for all sessions together.', default: '256MiB' },
    stall: {
      kind: 'duration',
      least: 1_000,
      most: ONE_DAY,
      about: 'How long a session may take nothing of what waits for it.',
      default: '10s',
    },
    ping: {
      kind: 'duration',
      least: 0,
      most: ONE_DAY,
      about: 'A WebSocket client silent for so long gets a ping; 0s: never. A change needs a restart.',
      default: '15s',
    },
    silence: {
      kind: 'duration',
      least: 0,
      most: ONE_DAY,
      about:
        'A WebSocket client silent for so long is taken for dead; 0s: never. What leaves for it is a sign of life, and each 32 KiB ' +
        'that may still be on the way give it a second more. A change needs a restart.',
      default: '30s',
    },
    hello: { kind: 'duration', least: 100, most: ONE_DAY, about: 'From the connection to HELLO.', default: '10s' },
    login: { kind: 'duration', least: 100, most: ONE_DAY, about: 'From HELLO to the end of the login.', default: '10s' },
    sessionsPerAddress: {
      kind: 'number',
      least: 1,
      most: 10_000_000,
      about: 'Sessions at a time from one IP address, or from one IPv6 network of 64 bits. A change needs a restart.',
      otherwise: 'no limit',
    },
    connectionsBeforeLogin: {
      kind: 'number',
      least: 1,
      most: 10_000_000,
      about:
        'Connections at a time on which no session is open yet; further ones are refused (HTTP 503, or ABORT) and may come again. One in five of them may be over TLS; the others of that kind find their connection closed.',
      default: '20000',
    },
    connectionsBeforeLoginPerAddress: {
      kind: 'number',
      least: 1,
      most: 10_000_000,
      about: 'The same from one IP address, or IPv6 network of 64 bits. No address has more of them than are left for others, either.',
      default: '10000',
    },
    beforeLoginTotal: {
      kind: 'size',
      least: 65_536,
      most: 2 ** 40,
      about:
        'What all connections without a session have sent together, and their HELLOs take in memory; one address half of it. One message before login: 64 KiB.',
      default: '32MiB',
    },
    goodbye: { kind: 'duration', least: 100, most: ONE_DAY, about: "For the answer to the router's GOODBYE.", default: '5s' },
    drain: {
      kind: 'duration',
      least: 0,
      most: ONE_DAY,
      about: 'How long calls under way may still take when the router is to stop.',
      default: '10s',
    },
  },
  required: [],
  default: '{}',
} as const satisfies DictNode

const ADMIN = {
  kind: 'dict',
  about: 'Offers procedures to whoever runs the router.',
  keys: {
    realm: {
      kind: 'text',
      format: 'uri',
      about: 'The realm in which trunkline.admin.reload can be called, by roles with a rule that names it.',
    },
  },
  required: ['realm'],
  otherwise: 'they are not offered',
} as const satisfies DictNode

const LOG_TARGET = { kind: 'text', format: 'logTarget', default: 'off' } as const

const LOGS = {
  kind: 'dict',
  about: 'What is written besides the log of the router, in lines of JSON. A change needs a restart; a reload opens the files anew.',
  keys: {
    access: { ...LOG_TARGET, about: 'Who joined, left or was refused: off, stdout, or a file relative to this one.' },
    audit: { ...LOG_TARGET, about: 'What each session asked for and whether it was allowed: off, stdout, or a file relative to this one.' },
  },
  required: [],
  default: '{}',
} as const satisfies DictNode

/** The whole file. */
export const CONFIG_SCHEMA = {
  kind: 'dict',
  about: 'The configuration of a router.',
  keys: {
    $schema: { kind: 'text', about: 'The JSON Schema of this file, for editors; the router does not look at it.' },
    listeners: {
      kind: 'list',
      of: {
        kind: 'choice',
        keys: { websocket: WEBSOCKET, rawsocket: RAWSOCKET, universal: UNIVERSAL, health: HEALTH },
        about: 'One place to listen.',
      },
      least: 1,
      about: 'Where the router listens.',
    },
    realms: { kind: 'map', names: 'uri', name: 'realm', of: REALM, about: 'The realms by name. There are no others.' },
    limits: LIMITS,
    trustedProxies: {
      kind: 'list',
      of: { kind: 'text', format: 'network', about: 'An address, a network such as 10.0.0.0/8, or unix for who comes by a Unix socket.' },
      least: 0,
      about:
        "Proxies that are believed when they name a client's address, in X-Forwarded-For, Forwarded or by the PROXY protocol. " +
        'A change needs a restart.',
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
export type UserDocument = Checked<typeof USER>
export type RealmDocument = Checked<typeof REALM>
export type LogsDocument = Checked<typeof LOGS>
export type LimitsDocument = Checked<typeof LIMITS>

/** The export of a module `trunkline.config.mjs` or `.ts`. */
export type TrunklineConfig = Written<typeof CONFIG_SCHEMA>
