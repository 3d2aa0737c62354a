// The configuration file as data: every key with its type, its default and one sentence. Checks, types, the JSON Schema
// for editors and the reference are made from this table.

import type { Checked, DictNode, EitherNode, NumberNode, Written } from './nodes.ts'
import type { USER } from './schema-authentication.ts'
import { CLUSTER } from './schema-cluster.ts'
import { HEALTH, METRICS, RAWSOCKET, UNIVERSAL, WEBSOCKET } from './schema-listeners.ts'
import { REALM } from './schema-realm.ts'
import { LOG_LEVELS } from '../leveled-log.ts'
import { LOG_AREAS } from '../log-areas.ts'

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
        'router; of short messages, one for each 100 octets. The router refuses further calls and results; slowConsumers of the realm says what it does with further events. ' +
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
        'The most connections at a time on which no session is open yet. For a further one another is closed that has waited longest of the ' +
        'address with most, or it is refused if no address has more (HTTP 503, or ABORT); clients may try again at once. Never more than a quarter of the file descriptors of the process (`ulimit -n`, where the system shows it). A fifth of ' +
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
        'half of it. Beyond that the connection is closed that holds most of the address that holds most. One message before the end of a login has at most 64 KiB.',
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
    hide: {
      kind: 'dict',
      about: 'What operators never see of the payload that passes through the router, whatever their rights.',
      keys: {
        uris: {
          kind: 'list',
          of: { kind: 'text', format: 'pattern', about: 'A URI or pattern in the notation of rules.' },
          least: 0,
          about: 'Procedures and topics whose payload is not shown.',
          default: '[]',
        },
        keys: {
          kind: 'list',
          of: { kind: 'text', about: 'The key of a dict, at any depth, in any case.' },
          least: 0,
          about: 'Keys whose values are not shown.',
          default: '[password, secret, token, ticket]',
        },
      },
      required: [],
      default: '{}',
    },
  },
  required: ['realm'],
  otherwise: 'the API is not offered',
} as const satisfies DictNode

const LEVEL = { kind: 'text', oneOf: LOG_LEVELS } as const

const AREA_LEVELS = {
  kind: 'dict',
  about: 'Levels of areas that need another one than all others.',
  keys: mapValues(LOG_AREAS, (about) => ({ ...LEVEL, about, otherwise: 'as logs.level' })),
  required: [],
  default: '{}',
} as const satisfies DictNode

const LOG_TARGET = { kind: 'text', format: 'logTarget', default: 'off' } as const

const LOGS = {
  kind: 'dict',
  about: 'What the router logs. A reload opens the files again.',
  keys: {
    level: {
      ...LEVEL,
      about:
        'Which lines the router logs on stdout: error: faults; warn: also incidents; info: also changes; debug: also what single clients do; off: none.',
      default: 'info',
    },
    areas: AREA_LEVELS,
    access: {
      ...LOG_TARGET,
      about:
        'Where the router logs each client that joins, leaves or is refused, in lines of JSON: off, stdout, or a file relative to this one. A change needs a restart.',
    },
    audit: {
      ...LOG_TARGET,
      about:
        'Where the router logs each request of a session and whether it was granted, in lines of JSON: off, stdout, or a file relative to this one. A change needs a restart.',
    },
  },
  required: [],
  default: '{}',
} as const satisfies DictNode

const TRACING = {
  kind: 'dict',
  about:
    'Sends spans of calls and events to a collector of OpenTelemetry. Needs packages that are installed beside the command; the router passes ' +
    'contexts of traces on also without this key. A change needs a restart.',
  keys: {
    endpoint: { kind: 'text', format: 'url', about: 'The collector, for OTLP over HTTP, such as http://127.0.0.1:4318.' },
    sample: {
      kind: 'number',
      least: 0,
      most: 100,
      about: 'How many in a hundred requests that come without a trace begin one. Others are recorded if their sender records them.',
      default: '100',
    },
    mostPerSecond: {
      kind: 'number',
      least: 1,
      most: 100_000,
      about: 'The most calls and events that are recorded in one second, whatever clients want.',
      default: '1000',
    },
    service: { kind: 'text', about: 'The name of the router in traces.', default: 'trunkline' },
    headers: {
      kind: 'map',
      names: 'header',
      name: 'header',
      of: { kind: 'text', isSecret: true, about: 'The value of the header.' },
      about: 'Headers of the requests, such as Authorization.',
      default: '{}',
    },
  },
  required: ['endpoint'],
  otherwise: 'no spans are made',
} as const satisfies DictNode

const WORKERS = {
  kind: 'number',
  least: 1,
  most: 64,
  word: 'auto',
  about:
    'How many processes serve the realms together, each with the sessions of the connections that it has accepted; auto: one for each processor. ' +
    'A change needs a restart.',
  default: '1',
} as const satisfies NumberNode

/** The whole file. */
const STORE = {
  kind: 'either',
  about: 'Where the router keeps the events of durable topics. A change needs a restart.',
  scalar: {
    kind: 'text',
    oneOf: ['memory'],
    about: 'In the memory of the process, at most 64 MiB, until it ends: for development and tests.',
  },
  dict: {
    kind: 'dict',
    about: 'On the disk. Needs a package that is installed beside the command: `npm install lmdb@3.5`.',
    keys: {
      lmdb: {
        kind: 'text',
        format: 'file',
        about: 'A folder, relative to this file, which is made if it is not there and which no other process uses.',
      },
      size: {
        kind: 'size',
        least: 1_048_576,
        most: 2 ** 46,
        about: 'Octets that all events take at most; further ones are refused.',
        default: '8GiB',
      },
    },
    required: ['lmdb'],
  },
  otherwise: 'no topic can be durable',
} as const satisfies EitherNode

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
    workers: WORKERS,
    cluster: CLUSTER,
    store: STORE,
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
    tracing: TRACING,
  },
  required: ['listeners', 'realms'],
} as const satisfies DictNode

/** A dict with the same keys. */
function mapValues<Key extends string, From, To>(from: Readonly<Record<Key, From>>, to: (value: From) => To): Readonly<Record<Key, To>> {
  return Object.fromEntries(Object.entries<From>(from).map(([key, value]) => [key, to(value)])) as Record<Key, To>
}

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
export type ClusterDocument = Checked<typeof CLUSTER>
export type TracingDocument = Checked<typeof TRACING>
export type LimitsDocument = Checked<typeof LIMITS>

/** The export of a module `trunkline.config.mjs` or `.ts`. */
export type TrunklineConfig = Written<typeof CONFIG_SCHEMA>
