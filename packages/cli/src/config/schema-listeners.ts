// The part of the schema about listeners.

import type { DictNode } from './nodes.ts'

const PORT = { kind: 'number', least: 0, most: 65_535, about: 'The port; with 0 the system chooses a free one.' } as const

const TLS = {
  kind: 'dict',
  about: 'Encrypts the connections of this listener with TLS.',
  keys: {
    cert: { kind: 'text', format: 'file', about: 'A file with the certificate and its chain (PEM), relative to this file.' },
    key: { kind: 'text', format: 'file', about: 'A file with the private key (PEM), relative to this file.' },
    ca: {
      kind: 'text',
      format: 'file',
      about: 'A file with the authorities that sign certificates of clients (PEM), relative to this file.',
      otherwise: 'the authorities that Node trusts',
    },
    clientCertificates: {
      kind: 'text',
      oneOf: ['none', 'request', 'require'],
      about:
        'Whether clients present a certificate of their own: request asks for one; require refuses a connection without a certificate ' +
        'that an authority in ca signed. The login method tls needs one of the two.',
      default: 'none',
    },
    minVersion: {
      kind: 'text',
      oneOf: ['TLSv1.2', 'TLSv1.3'],
      about: 'The oldest version of TLS that the listener accepts.',
      default: 'TLSv1.2',
    },
    ciphers: {
      kind: 'text',
      about: 'The cipher suites in order of preference, in the notation of OpenSSL.',
      otherwise: 'the suites of Node, without RSA key exchange',
    },
    curves: {
      kind: 'list',
      of: { kind: 'text', about: 'A curve or group such as X25519 or P-256.' },
      least: 1,
      about: 'The curves of the key exchange in order of preference.',
      otherwise: 'X25519MLKEM768 where OpenSSL has it, X25519, P-256, P-384',
    },
  },
  required: ['cert', 'key'],
  onlyWith: { ca: ['clientCertificates'] },
} as const satisfies DictNode

const HOST = {
  kind: 'text',
  format: 'host',
  about: 'The address to listen on, required with port; 0.0.0.0 or :: for all addresses.',
  otherwise: 'none, with path',
} as const

const PATH = {
  kind: 'text',
  format: 'file',
  about: 'The file of a Unix socket to listen on, relative to this file, in place of host and port.',
  otherwise: 'none, with port',
} as const

const MODE = {
  kind: 'text',
  format: 'mode',
  about: "Which users of the machine may connect by the Unix socket: the permissions of its file in octal, such as '0660'.",
  otherwise: 'every user of the machine who can enter its folder, as with a port on loopback',
} as const

const PROXY_PROTOCOL = {
  kind: 'flag',
  about:
    'Whether connections begin with a header of the PROXY protocol (version 1 or 2): true refuses connections without one, and all ' +
    'connections that do not come from trustedProxies; false accepts no header.',
  otherwise: 'the router accepts a header of a proxy in trustedProxies if one comes',
} as const

/** The rules for the keys of a listener's address. */
const PLACE_RULES = {
  exactlyOneOf: ['port', 'path'],
  onlyWith: { host: ['port'], mode: ['path'] },
} as const

const BACKLOG = {
  kind: 'number',
  least: 1,
  most: 65_535,
  about: 'The most connections that the system keeps until the router accepts them; the system may keep fewer.',
  default: '4096',
} as const

const SERIALIZERS = {
  kind: 'list',
  of: { kind: 'text', oneOf: ['json', 'msgpack', 'cbor'], about: 'A serializer.' },
  least: 1,
  about: 'The serializers that clients may choose.',
  default: '[json, msgpack, cbor]',
} as const

const LOGINS = {
  kind: 'dict',
  about: 'Which clients this listener admits, of those that the realms admit.',
  keys: {
    realms: {
      kind: 'list',
      of: { kind: 'text', format: 'uri', about: 'A realm.' },
      least: 1,
      about: 'The realms that clients may join through this listener.',
      otherwise: 'all realms',
    },
    methods: {
      kind: 'list',
      of: { kind: 'text', about: 'A method such as ticket or anonymous.' },
      least: 1,
      about: 'The login methods that clients may use.',
      otherwise: 'the methods of the realm',
    },
    roles: {
      kind: 'list',
      of: { kind: 'text', format: 'uri', about: 'A role.' },
      least: 1,
      about: 'The roles that may join; the router refuses a client whose login gives another role.',
      otherwise: 'all roles',
    },
    anonymous: {
      kind: 'dict',
      about: 'Admits clients without a login, whatever anonymous of the realm says.',
      keys: { role: { kind: 'text', format: 'uri', about: 'Their role, one of roles of each realm that they may join.' } },
      required: ['role'],
      otherwise: 'as the realm says',
    },
    defaultRealm: {
      kind: 'text',
      format: 'uri',
      about:
        'The realm for clients whose HELLO names none (null): it authenticates them, and they join it unless their login assigns another realm.',
      otherwise: 'such clients are refused',
    },
  },
  required: [],
  otherwise: 'all that the realms admit',
} as const satisfies DictNode

const LIMITS = {
  kind: 'dict',
  about: 'Limits for the connections of this listener.',
  keys: {
    message: {
      kind: 'size',
      least: 512,
      most: 2 ** 30,
      about: 'The longest message that the listener accepts.',
      otherwise: 'limits.message of the file',
    },
    connections: {
      kind: 'number',
      least: 1,
      most: 10_000_000,
      about: 'The most connections at a time; the listener refuses further ones.',
      otherwise: 'no limit',
    },
  },
  required: [],
} as const satisfies DictNode

const HTTP_LIMITS = {
  ...LIMITS,
  keys: {
    ...LIMITS.keys,
    headers: {
      kind: 'size',
      least: 1_024,
      most: 1_048_576,
      about: 'The greatest size of all headers of an HTTP request together. Raise it when cookies are long, as those of a single sign-on.',
      default: '64KiB',
    },
  },
} as const satisfies DictNode

const METRICS_ADDRESSES = {
  kind: 'list',
  of: {
    kind: 'text',
    format: 'network',
    about: 'An address, a network such as 10.0.0.0/8, or unix for clients that connect by a Unix socket.',
  },
  least: 1,
} as const

const METRICS_TOKEN = { kind: 'text', isSecret: true } as const

const PAGE_OF_METRICS = {
  kind: 'dict',
  about:
    'Also serves the metrics of the router for Prometheus. The keys addresses and token say who may read them: at least one is required.',
  keys: {
    path: { kind: 'text', format: 'webSocketPath', about: 'The path of the metrics.', default: '/metrics' },
    addresses: {
      ...METRICS_ADDRESSES,
      about: 'Addresses and networks of the clients that may read the metrics; for all others the path does not exist.',
      otherwise: 'all clients that have the token',
    },
    token: {
      ...METRICS_TOKEN,
      about: 'The bearer token that clients have to send, of at least 16 characters without spaces.',
      otherwise: 'no token is needed',
    },
  },
  required: [],
  otherwise: 'no metrics',
} as const satisfies DictNode

const DASHBOARD = {
  kind: 'dict',
  about:
    'Also serves the dashboard, a page for operators. It connects to this listener as any client does and logs in to the realm of admin; what it may ' +
    'show and change is for the rights of that realm to say.',
  keys: {
    path: { kind: 'text', format: 'webSocketPath', about: 'The path of the page; its files are below it.', default: '/' },
  },
  required: [],
  otherwise: 'no dashboard',
} as const satisfies DictNode

const HTTP_DOOR = {
  kind: 'dict',
  about:
    'Also takes calls and publications of programs that do not speak WAMP, as HTTP requests: POST /call/PROCEDURE, POST /publish/TOPIC, POST /batch and GET /events?topic=TOPIC below its path. ' +
    'Each acts with the rights of its login (bearer token, name and ticket, client certificate, or none).',
  keys: {
    path: {
      kind: 'text',
      format: 'webSocketPath',
      about: 'The path below which its requests are served: with /api, /api/call/… and so on.',
      default: '/',
    },
    realm: { kind: 'text', format: 'uri', about: 'The realm that the requests are for, one of realms.' },
    body: {
      kind: 'size',
      least: 512,
      most: 2 ** 30,
      about: 'The longest body of a request; never more than a message of the listener.',
      default: '1MiB',
    },
    timeout: {
      kind: 'duration',
      least: 1,
      most: 86_400_000,
      about: 'The time limit of calls whose requests bring no other (options.timeout, in milliseconds).',
      default: '30s',
    },
    heartbeat: {
      kind: 'duration',
      least: 1_000,
      most: 3_600_000,
      about:
        'After this time without an event a stream of events (GET /events) gets a comment, so that proxies and clients see that it lives.',
      default: '15s',
    },
    idle: {
      kind: 'duration',
      least: 1_000,
      most: 86_400_000,
      about: 'How long the session of a login stays open without a request; after five minutes the next request logs in again in any case.',
      default: '60s',
    },
  },
  required: ['realm'],
  otherwise: 'no such requests',
} as const satisfies DictNode

export const WEBSOCKET = {
  kind: 'dict',
  about: 'Serves WebSocket, and HTTP requests for /health.',
  keys: {
    host: HOST,
    port: PORT,
    path: PATH,
    mode: MODE,
    paths: {
      kind: 'list',
      of: { kind: 'text', format: 'webSocketPath', about: 'A path, from its slash on.' },
      least: 1,
      about: 'The paths at which clients may open a WebSocket.',
      default: '[/ws, /]',
    },
    origins: {
      kind: 'list',
      of: { kind: 'text', format: 'origin', about: 'An origin such as https://app.example.com, or * for every page.' },
      least: 1,
      about: 'The origins whose pages may connect. Clients other than browsers name no origin and may always connect.',
      otherwise: 'pages of the same host and port, if the host is reached by TLS, is localhost or an IP address, or is in hosts',
    },
    hosts: {
      kind: 'list',
      of: { kind: 'text', format: 'host', about: 'A name such as router.example.com.' },
      least: 1,
      about:
        'The names of the router. Needed without origins when pages of the same host and port connect by a name and this listener has no TLS.',
      otherwise: 'host, if it is a name',
    },
    longPoll: {
      kind: 'dict',
      about: 'Also serves clients by HTTP requests (long-poll), for proxies that break WebSocket.',
      keys: {
        path: {
          kind: 'text',
          format: 'webSocketPath',
          about: 'The path below which its requests are served: with /longpoll, /longpoll/open and so on.',
        },
        connections: { kind: 'number', least: 1, most: 10_000_000, about: 'The most long-poll connections at a time.', default: '10000' },
      },
      required: ['path'],
      otherwise: 'no long-poll',
    },
    http: HTTP_DOOR,
    metrics: PAGE_OF_METRICS,
    dashboard: DASHBOARD,
    serializers: SERIALIZERS,
    tls: TLS,
    backlog: BACKLOG,
    proxyProtocol: PROXY_PROTOCOL,
    logins: LOGINS,
    limits: HTTP_LIMITS,
  },
  required: [],
  ...PLACE_RULES,
  needs: { port: ['host'] },
} as const satisfies DictNode

export const UNIVERSAL = {
  ...WEBSOCKET,
  about: 'Serves WebSocket, RawSocket and HTTP on one port or Unix socket; the first octet of a connection decides which.',
} as const satisfies DictNode

export const HEALTH = {
  kind: 'dict',
  about: 'Serves only HTTP requests for /health and the paths below it, for monitoring.',
  keys: { host: HOST, port: PORT, path: PATH, mode: MODE, tls: TLS, backlog: BACKLOG, proxyProtocol: PROXY_PROTOCOL },
  required: [],
  ...PLACE_RULES,
  needs: { port: ['host'] },
} as const satisfies DictNode

export const METRICS = {
  kind: 'dict',
  about: 'Serves the metrics of the router for Prometheus at /metrics, and /health, and nothing else.',
  keys: {
    host: HOST,
    port: PORT,
    path: PATH,
    mode: MODE,
    addresses: {
      ...METRICS_ADDRESSES,
      about: 'Addresses and networks of the clients that may read the metrics; for all others the path does not exist.',
      otherwise: 'all clients that can connect',
    },
    token: {
      ...METRICS_TOKEN,
      about: 'The bearer token that clients have to send, of at least 16 characters without spaces.',
      otherwise: 'no token is needed',
    },
    hosts: {
      kind: 'list',
      of: { kind: 'text', format: 'host', about: 'A name such as metrics.example.com.' },
      least: 1,
      about:
        'The names by which clients may read the metrics. Needed without token and TLS when they come by a name, which a web page could lead here too.',
      otherwise: 'host, if it is a name',
    },
    tls: TLS,
    backlog: BACKLOG,
    proxyProtocol: PROXY_PROTOCOL,
  },
  required: [],
  ...PLACE_RULES,
  needs: { port: ['host'] },
} as const satisfies DictNode

export const RAWSOCKET = {
  kind: 'dict',
  about: 'Serves RawSocket.',
  keys: {
    host: {
      kind: 'text',
      format: 'host',
      about: 'The address to listen on, with port; 0.0.0.0 or :: for all addresses.',
      otherwise: '127.0.0.1, with port',
    },
    port: PORT,
    path: PATH,
    mode: MODE,
    serializers: SERIALIZERS,
    tls: TLS,
    backlog: BACKLOG,
    proxyProtocol: PROXY_PROTOCOL,
    logins: LOGINS,
    limits: LIMITS,
  },
  required: [],
  ...PLACE_RULES,
} as const satisfies DictNode
