// The part of the schema about listeners.

import type { DictNode } from './nodes.ts'

const PORT = { kind: 'number', least: 0, most: 65_535, about: 'The port; 0 takes a free one.' } as const

const TLS = {
  kind: 'dict',
  about: 'Serves TLS with this certificate.',
  keys: {
    cert: { kind: 'text', format: 'file', about: 'The certificate with its chain (PEM), relative to this file.' },
    key: { kind: 'text', format: 'file', about: 'The private key (PEM), relative to this file.' },
    ca: {
      kind: 'text',
      format: 'file',
      about: 'The authorities that sign certificates of clients (PEM), relative to this file.',
      otherwise: 'those that Node trusts',
    },
    clientCertificates: {
      kind: 'text',
      oneOf: ['none', 'request', 'require'],
      about:
        'Whether clients show a certificate of their own: request asks for one, require refuses connections without one that an authority signed.',
      default: 'none',
    },
    minVersion: { kind: 'text', oneOf: ['TLSv1.2', 'TLSv1.3'], about: 'The oldest version of TLS that is spoken.', default: 'TLSv1.2' },
    ciphers: {
      kind: 'text',
      about: 'The cipher suites in the order of preference, as OpenSSL writes them.',
      otherwise: 'those of Node',
    },
    curves: {
      kind: 'list',
      of: { kind: 'text', about: 'A curve or group such as X25519 or P-256.' },
      least: 1,
      about: 'The curves of the key exchange in the order of preference.',
      otherwise: 'those of OpenSSL',
    },
  },
  required: ['cert', 'key'],
  onlyWith: { ca: ['clientCertificates'] },
} as const satisfies DictNode

const HOST = {
  kind: 'text',
  format: 'host',
  about: 'The address to listen on, with port; 0.0.0.0 or :: for all.',
  otherwise: 'none, with path',
} as const

const PATH = {
  kind: 'text',
  format: 'file',
  about: 'The file of a Unix socket, relative to this file, in place of host and port.',
  otherwise: 'none, with port',
} as const

const MODE = {
  kind: 'text',
  format: 'mode',
  about: "Who may connect by the Unix socket, as permissions of its file in octal, such as '0660'.",
  otherwise: 'every user of the machine who can enter its folder, as with a port on loopback',
} as const

const PROXY_PROTOCOL = {
  kind: 'flag',
  about:
    'Whether connections begin with a header of the PROXY protocol (1 or 2): true refuses those without one, and all but those of ' +
    'trustedProxies; false takes none.',
  otherwise: 'one of a proxy in trustedProxies is taken where it comes',
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
  about: 'Connections that the system keeps until they are accepted; the system may keep fewer.',
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
  about: 'Whom this listener lets in, out of those whom the realms let in.',
  keys: {
    realms: {
      kind: 'list',
      of: { kind: 'text', format: 'uri', about: 'A realm.' },
      least: 1,
      about: 'The realms that may be joined through it.',
      otherwise: 'all',
    },
    methods: {
      kind: 'list',
      of: { kind: 'text', about: 'A method such as ticket or anonymous.' },
      least: 1,
      about: 'The methods by which one may log in.',
      otherwise: 'those of the realm',
    },
    roles: {
      kind: 'list',
      of: { kind: 'text', format: 'uri', about: 'A role.' },
      least: 1,
      about: 'The roles that may come in; who has another is refused.',
      otherwise: 'all',
    },
    anonymous: {
      kind: 'dict',
      about: 'Lets clients in that do not log in, whatever anonymous of the realm says.',
      keys: { role: { kind: 'text', format: 'uri', about: 'Their role, one of roles of each realm that may be joined.' } },
      required: ['role'],
      otherwise: 'as the realm says',
    },
    defaultRealm: {
      kind: 'text',
      format: 'uri',
      about: 'Judges clients that name no realm (null in HELLO); they join it, unless their login assigns another.',
      otherwise: 'they are refused',
    },
  },
  required: [],
  otherwise: 'all of them',
} as const satisfies DictNode

const LIMITS = {
  kind: 'dict',
  about: 'Limits of this listener alone.',
  keys: {
    message: { kind: 'size', least: 512, most: 2 ** 30, about: 'Longest message.', otherwise: 'limits.message' },
    connections: {
      kind: 'number',
      least: 1,
      most: 10_000_000,
      about: 'Connections at a time; further ones are refused.',
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
      about: 'All headers of a request together; cookies of a single sign-on are long.',
      default: '64KiB',
    },
  },
} as const satisfies DictNode

export const WEBSOCKET = {
  kind: 'dict',
  about: 'Listens for WebSocket and for HTTP requests for /health.',
  keys: {
    host: HOST,
    port: PORT,
    path: PATH,
    mode: MODE,
    paths: {
      kind: 'list',
      of: { kind: 'text', format: 'webSocketPath', about: 'A path, from its slash on.' },
      least: 1,
      about: 'Where WebSockets may be opened.',
      default: '[/ws, /]',
    },
    origins: {
      kind: 'list',
      of: { kind: 'text', format: 'origin', about: 'An origin such as https://app.example.com, or * for every page.' },
      least: 1,
      about: 'Whose pages may connect. Clients that are no browsers name no origin and always may.',
      otherwise: 'pages of the same host and port, by TLS, by localhost or an address, or by a name of hosts',
    },
    hosts: {
      kind: 'list',
      of: { kind: 'text', format: 'host', about: 'A name such as router.example.com.' },
      least: 1,
      about: 'The names of the router, by which pages of the same host and port may connect without TLS here and without origins.',
      otherwise: 'host, when it is a name',
    },
    longPoll: {
      kind: 'dict',
      about: 'Serves clients behind proxies that break WebSocket by plain HTTP requests too.',
      keys: {
        path: { kind: 'text', format: 'webSocketPath', about: 'The base of its addresses: /longpoll for /longpoll/open and so on.' },
        connections: { kind: 'number', least: 1, most: 10_000_000, about: 'Connections of this kind at a time.', default: '10000' },
      },
      required: ['path'],
      otherwise: 'it does not',
    },
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
  about: 'Listens for WebSocket, RawSocket and HTTP at one place, told apart by the first octet.',
} as const satisfies DictNode

export const HEALTH = {
  kind: 'dict',
  about: 'Listens for HTTP requests for /health alone, for who watches the router.',
  keys: { host: HOST, port: PORT, path: PATH, mode: MODE, tls: TLS, backlog: BACKLOG, proxyProtocol: PROXY_PROTOCOL },
  required: [],
  ...PLACE_RULES,
  needs: { port: ['host'] },
} as const satisfies DictNode

export const RAWSOCKET = {
  kind: 'dict',
  about: 'Listens for RawSocket, on a port or a Unix socket.',
  keys: {
    host: { kind: 'text', format: 'host', about: 'The address to listen on, with port.', otherwise: '127.0.0.1, with port' },
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
