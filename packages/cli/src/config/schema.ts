// The configuration file as data: every key with its type, its default and one sentence. Checks are made from this
// table, and so can be a JSON Schema and a reference. Never reads a file.

/** Formats of texts beyond their type. */
export type TextFormat = 'host' | 'file' | 'uri' | 'origin' | 'webSocketPath'

export type Node = TextNode | NumberNode | QuantityNode | ListNode | DictNode | MapNode | ChoiceNode

interface Described {
  /** One sentence for the reference. */
  readonly about: string
  /** What holds when the key is absent, in the notation of the file. */
  readonly default?: string | undefined
}

export interface TextNode extends Described {
  readonly kind: 'text'
  readonly format?: TextFormat
  /** The words allowed; any when absent. */
  readonly oneOf?: readonly string[]
}

export interface NumberNode extends Described {
  readonly kind: 'number'
  readonly least: number
  readonly most: number
}

/** A duration (`10s`) or a size (`4MiB`, or a plain number of octets). */
export interface QuantityNode extends Described {
  readonly kind: 'duration' | 'size'
  readonly least: number
  readonly most: number
}

export interface ListNode extends Described {
  readonly kind: 'list'
  readonly of: Node
  /** At least so many items. */
  readonly least: number
}

/** Known keys. */
export interface DictNode extends Described {
  readonly kind: 'dict'
  readonly keys: Readonly<Record<string, Node>>
  readonly required: readonly string[]
  /** Keys of which exactly one must be there. */
  readonly exactlyOneOf?: readonly string[]
  /** Keys that make sense only beside another. */
  readonly onlyWith?: Readonly<Record<string, string>>
}

/** Names that the user chooses. */
export interface MapNode extends Described {
  readonly kind: 'map'
  /** What the names are. */
  readonly names: 'uri' | 'role'
  readonly of: Node
}

/** A dict with exactly one of the keys, which says what it is. */
export interface ChoiceNode extends Described {
  readonly kind: 'choice'
  readonly keys: Readonly<Record<string, Node>>
}

const PORT = { least: 0, most: 65_535 } as const
const ONE_DAY = 86_400_000

const TLS: DictNode = {
  kind: 'dict',
  about: 'Serves TLS with this certificate.',
  keys: {
    cert: { kind: 'text', format: 'file', about: 'The certificate with its chain (PEM), relative to this file.' },
    key: { kind: 'text', format: 'file', about: 'The private key (PEM), relative to this file.' },
  },
  required: ['cert', 'key'],
}

const WEBSOCKET: DictNode = {
  kind: 'dict',
  about: 'Listens for WebSocket and for HTTP requests for /health.',
  keys: {
    host: { kind: 'text', format: 'host', about: 'The address to listen on; 0.0.0.0 or :: for all.' },
    port: { kind: 'number', ...PORT, about: 'The port; 0 takes a free one.' },
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
      default: 'pages of the same host and port',
    },
    tls: TLS,
  },
  required: ['host', 'port'],
}

const RAWSOCKET: DictNode = {
  kind: 'dict',
  about: 'Listens for RawSocket, on a port or a Unix socket.',
  keys: {
    host: { kind: 'text', format: 'host', about: 'The address to listen on, with port.', default: '127.0.0.1' },
    port: { kind: 'number', ...PORT, about: 'The port; 0 takes a free one.' },
    path: { kind: 'text', format: 'file', about: 'The file of a Unix socket, relative to this file, in place of host and port.' },
    tls: TLS,
  },
  required: [],
  exactlyOneOf: ['port', 'path'],
  onlyWith: { host: 'port' },
}

const RULE: DictNode = {
  kind: 'dict',
  about: 'What is allowed under a URI. The most specific rule decides; what no rule names is denied.',
  keys: {
    uri: {
      kind: 'text',
      about:
        'A URI, a pattern with empty components (com..status), com.shop.** for all that begins so, or ** for all; ' +
        'what begins with wamp or trunkline is granted only by a rule that does so too.',
    },
    match: {
      kind: 'text',
      oneOf: ['exact', 'prefix', 'wildcard'],
      about: 'Takes uri literally under this policy.',
      default: 'as uri is written',
    },
    allow: {
      kind: 'list',
      of: { kind: 'text', oneOf: ['call', 'register', 'publish', 'subscribe'], about: 'An action.' },
      least: 0,
      about: 'The actions allowed; all others are denied under this URI.',
    },
  },
  required: ['uri', 'allow'],
}

const SLOW_CONSUMER_POLICIES = ['disconnect', 'drop_oldest', 'conflate'] as const

const SLOW_CONSUMERS: DictNode = {
  kind: 'dict',
  about: 'What is done when more events wait for a session than may. Everything but events is never given up.',
  keys: {
    policy: {
      kind: 'text',
      oneOf: SLOW_CONSUMER_POLICIES,
      about:
        'disconnect closes the session; drop_oldest gives up the oldest events and tells it how many; ' +
        'conflate also keeps only the newest event of each topic waiting.',
      default: 'disconnect',
    },
    topics: {
      kind: 'list',
      of: {
        kind: 'dict',
        about: 'The policy for some topics. The most specific rule decides.',
        keys: {
          uri: { kind: 'text', about: 'A topic, a pattern with empty components (com..price), or com.shop.** for all that begins so.' },
          policy: { kind: 'text', oneOf: SLOW_CONSUMER_POLICIES, about: 'The policy for these topics.' },
        },
        required: ['uri', 'policy'],
      },
      least: 0,
      about: 'The topics with another policy.',
      default: '[]',
    },
  },
  required: [],
}

const REALM: DictNode = {
  kind: 'dict',
  about: 'A realm.',
  keys: {
    anonymous: {
      kind: 'dict',
      about: 'Lets clients in that do not log in. Without it they are refused.',
      keys: { role: { kind: 'text', format: 'uri', about: 'Their role, one of roles.' } },
      required: ['role'],
    },
    roles: {
      kind: 'map',
      names: 'role',
      of: { kind: 'list', of: RULE, least: 0, about: 'The rules of a role.' },
      about: 'What each role may do. A role without rules may do nothing.',
      default: '{}',
    },
    uriRule: {
      kind: 'text',
      oneOf: ['loose', 'strict'],
      about: 'What URIs may be made of: strict takes only a-z, 0-9 and _ in components.',
      default: 'loose',
    },
    requestIds: {
      kind: 'text',
      oneOf: ['strict', 'increasing', 'off'],
      about: 'How request ids of clients are checked: 1, 2, 3 and so on, or only increasing, or not at all.',
      default: 'increasing',
    },
    slowConsumers: SLOW_CONSUMERS,
  },
  required: [],
}

const LIMITS: DictNode = {
  kind: 'dict',
  about: 'Limits for every session.',
  keys: {
    message: { kind: 'size', least: 512, most: 2 ** 30, about: 'Longest message.', default: '4MiB' },
    nesting: { kind: 'number', least: 4, most: 1_000, about: 'Deepest nesting of lists and dicts.', default: '64' },
    outbox: {
      kind: 'size',
      least: 1_024,
      most: 2 ** 36,
      about: 'What may wait for one session; beyond, slowConsumers of its realm decides.',
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
    hello: { kind: 'duration', least: 100, most: ONE_DAY, about: 'From the connection to HELLO.', default: '10s' },
    login: { kind: 'duration', least: 100, most: ONE_DAY, about: 'From HELLO to the end of the login.', default: '10s' },
    goodbye: { kind: 'duration', least: 100, most: ONE_DAY, about: "For the answer to the router's GOODBYE.", default: '5s' },
  },
  required: [],
}

/** The whole file. */
export const CONFIG_SCHEMA: DictNode = {
  kind: 'dict',
  about: 'The configuration of a router.',
  keys: {
    listeners: {
      kind: 'list',
      of: { kind: 'choice', keys: { websocket: WEBSOCKET, rawsocket: RAWSOCKET }, about: 'One place to listen.' },
      least: 1,
      about: 'Where the router listens.',
    },
    realms: { kind: 'map', names: 'uri', of: REALM, about: 'The realms by name. There are no others.' },
    limits: LIMITS,
  },
  required: ['listeners', 'realms'],
}
