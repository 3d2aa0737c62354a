// The part of the schema about realms.

import type { DictNode } from './nodes.ts'
import { LOGIN_KEYS } from './schema-authentication.ts'

const ONE_DAY = 86_400_000

const MATCH = {
  kind: 'text',
  oneOf: ['exact', 'prefix', 'wildcard'],
  about: 'Reads uri literally, as a pattern of this policy. Needed when the URI itself contains a *.',
  otherwise: 'by the notation of uri',
} as const

const DISCLOSURES = ['asked', 'always', 'never'] as const

const RULE = {
  kind: 'dict',
  about: 'What a role may do with the URIs that match. The most specific rule decides; the router denies what no rule names.',
  keys: {
    uri: {
      kind: 'text',
      about:
        'A URI, a pattern with empty components (com..status), com.shop.** for each URI that begins with com.shop., or ** for every URI. ' +
        'A component {authid}, {authrole} or {session} stands for the value of the session. ' +
        'Only a rule that begins with wamp or trunkline grants a URI that begins so.',
    },
    match: MATCH,
    allow: {
      kind: 'list',
      of: { kind: 'text', oneOf: ['call', 'register', 'publish', 'subscribe', 'see'], about: 'An action.' },
      least: 0,
      about:
        'The allowed actions; all others are denied. see allows the session to find subscriptions and registrations of this URI in the ' +
        'meta API; each other action includes it.',
    },
    disclose: {
      kind: 'dict',
      about: 'Whether callees and subscribers learn the identity of the caller or publisher.',
      keys: {
        caller: {
          kind: 'text',
          oneOf: DISCLOSURES,
          about:
            'Whether callees learn the identity of the caller: asked, if the caller asks for it; always; never, a CALL that asks is refused. ' +
            'A callee that registers with disclose_caller learns it in any case, unless disclosure of the realm is false.',
          default: 'asked',
        },
        publisher: {
          kind: 'text',
          oneOf: DISCLOSURES,
          about:
            'Whether subscribers learn the identity of the publisher: asked, if the publisher asks for it; always; never, a PUBLISH that ' +
            'asks is refused.',
          default: 'asked',
        },
      },
      required: [],
      otherwise: 'asked for both',
    },
    options: {
      kind: 'list',
      of: { kind: 'text', oneOf: ['force_reregister', 'retain'], about: 'An option.' },
      least: 0,
      about: 'Which of the options force_reregister (REGISTER) and retain (PUBLISH) the role may use under this URI.',
      default: '[retain]',
    },
  },
  required: ['uri', 'allow'],
} as const satisfies DictNode

const PROCEDURE = { kind: 'text', format: 'uri' } as const

const AUTHORIZER = {
  kind: 'dict',
  about: 'A procedure that decides about the requests of all roles without rules in roles; such roles may have any name.',
  keys: {
    procedure: { ...PROCEDURE, about: 'The router calls it with session, URI, action and options; it answers true, false or a dict.' },
    realm: { kind: 'text', format: 'uri', about: 'The realm in which the procedure is registered.', otherwise: 'this realm' },
    deadline: {
      kind: 'duration',
      least: 10,
      most: 600_000,
      about: 'The router refuses a request without an answer in this time.',
      default: '5s',
    },
    cache: {
      kind: 'dict',
      about: 'Keeps answers that contain cache: true, and uses them again.',
      keys: {
        entries: { kind: 'number', least: 1, most: 10_000_000, about: 'The most answers kept at a time.' },
        age: { kind: 'duration', least: 100, most: 86_400_000, about: 'How long an answer is kept.' },
      },
      required: ['entries', 'age'],
      otherwise: 'no answer is kept',
    },
  },
  required: ['procedure'],
  otherwise: 'roles decides about all',
} as const satisfies DictNode

const AUTHORIZER_OF_ROLE = {
  kind: 'dict',
  about: 'A procedure that decides about the requests of one role, which has no rules in roles.',
  keys: AUTHORIZER.keys,
  required: AUTHORIZER.required,
} as const satisfies DictNode

const SLOW_CONSUMER_POLICIES = ['disconnect', 'drop_oldest', 'conflate'] as const

const TOPIC = {
  kind: 'dict',
  about: 'Settings of the topics that match. The most specific entry decides.',
  keys: {
    uri: {
      kind: 'text',
      about: 'A topic, com.shop.** for each topic that begins with com.shop., or a pattern with empty components (com..price).',
    },
    match: MATCH,
    slowConsumers: {
      kind: 'text',
      oneOf: SLOW_CONSUMER_POLICIES,
      about: 'The policy for events of these topics, as slowConsumers of the realm.',
      otherwise: 'slowConsumers of the realm',
    },
    history: {
      kind: 'dict',
      about: 'Keeps the last events for sessions that ask for them later, in memory: from the start of the router on.',
      keys: {
        events: { kind: 'number', least: 1, most: 10_000_000, about: 'The most events kept; the oldest is dropped first.' },
        age: { kind: 'duration', least: 1_000, most: 100 * ONE_DAY, about: 'How long an event is kept.', otherwise: 'no limit' },
        size: { kind: 'size', least: 1_024, most: 2 ** 36, about: 'Octets of all kept events together.', default: '4MiB' },
      },
      required: ['events'],
      otherwise: 'no event is kept',
    },
    durable: {
      kind: 'dict',
      about:
        'Keeps every event of these topics in the store of the router, before its publisher gets an acknowledgement and subscribers the event. ' +
        'Needs store; not with cluster or several workers.',
      keys: {
        keep: {
          kind: 'dict',
          about: 'How much is kept of all topics of this entry together; the oldest events are dropped first.',
          keys: {
            count: { kind: 'number', least: 1, most: 10_000_000_000, about: 'The most events.', otherwise: 'no limit' },
            octets: { kind: 'size', least: 1_024, most: 2 ** 50, about: 'Octets of all events together.', otherwise: 'no limit' },
            age: { kind: 'duration', least: 1_000, most: 36_500 * ONE_DAY, about: 'How long an event is kept.', otherwise: 'no limit' },
          },
          required: [],
          otherwise: 'all events are kept, as long as the store has room',
        },
      },
      required: [],
      otherwise: 'events are not stored',
    },
    retain: {
      kind: 'either',
      about: 'Whether a publisher may let the router keep an event for later subscribers (option retain).',
      scalar: { kind: 'flag', about: 'Whether publishers may use the option.' },
      dict: {
        kind: 'dict',
        about: 'Publishers may use the option, for a limited time.',
        keys: { age: { kind: 'duration', least: 1_000, most: 100 * ONE_DAY, about: 'The router drops a retained event after this time.' } },
        required: ['age'],
      },
      default: 'true',
    },
  },
  required: ['uri'],
} as const satisfies DictNode

const TRUST_LEVEL = {
  kind: 'dict',
  about: 'Assigns a trust level to calls and publications.',
  keys: {
    uri: { kind: 'text', about: 'The procedure or topic: a URI, a pattern with empty components, com.shop.** or **.', otherwise: '**' },
    role: { kind: 'text', format: 'uri', about: 'The role of the caller or publisher.', otherwise: 'all roles' },
    level: {
      kind: 'number',
      least: 0,
      most: 1_000_000,
      about: 'The level; 0 is the lowest, and the application defines what higher ones mean.',
    },
  },
  required: ['level'],
} as const satisfies DictNode

const CONTRACT_MODES = ['off', 'warn', 'reject'] as const

const CONTRACT = {
  kind: 'dict',
  about: 'A contract that the router checks payloads by. A URI may be in one contract only.',
  keys: {
    file: { kind: 'text', format: 'file', about: 'The contract file (JSON), relative to this file.' },
    mode: {
      kind: 'text',
      oneOf: CONTRACT_MODES,
      about:
        'What the router does with a payload that is not as declared: warn counts and logs it; reject refuses it as well; off checks nothing. ' +
        'The payloads that are checked are decoded, which costs more the larger they are.',
      default: 'warn',
    },
    check: {
      kind: 'list',
      of: { kind: 'text', oneOf: ['call', 'publish', 'result', 'progress'], about: 'A kind of payload.' },
      least: 1,
      about: 'Which payloads are checked: of calls with their chunks, of publications, of results, of progressive results.',
      default: '[call, publish]',
    },
    except: {
      kind: 'map',
      names: 'prefix',
      name: 'prefix',
      of: { kind: 'text', oneOf: CONTRACT_MODES, about: 'The mode for URIs that begin so.' },
      about: 'Other modes for some of the URIs; the longest prefix decides.',
      default: '{}',
    },
    encrypted: {
      kind: 'text',
      oneOf: ['reject', 'allow'],
      about: 'Whether payload passthru, which the router cannot read, counts as not declared or passes.',
      default: 'reject',
    },
  },
  required: ['file'],
} as const satisfies DictNode

const MOST = 10_000_000

const LIMITS = {
  kind: 'dict',
  about: 'Limits of the realm and of each session in it.',
  keys: {
    sessions: { kind: 'number', least: 1, most: MOST, about: 'The most sessions in the realm at a time.', otherwise: 'no limit' },
    messageRate: {
      kind: 'dict',
      about:
        'How many messages a client may send over one connection, in one session or several. The router pauses reading a connection that sends more.',
      keys: {
        perSecond: { kind: 'number', least: 1, most: MOST, about: 'Messages in one second.' },
        burst: { kind: 'number', least: 1, most: MOST, about: 'Messages at once after a pause.', otherwise: 'perSecond' },
      },
      required: ['perSecond'],
      otherwise: 'no limit',
    },
    subscriptions: { kind: 'number', least: 1, most: MOST, about: 'The most subscriptions of one session.', default: '10000' },
    registrations: { kind: 'number', least: 1, most: MOST, about: 'The most registrations of one session.', default: '10000' },
    pendingCalls: {
      kind: 'number',
      least: 1,
      most: MOST,
      about: 'The most open calls of one session, that is without their final answer.',
      default: '10000',
    },
    uriLength: { kind: 'number', least: 16, most: 65_535, about: 'The longest URI, in UTF-16 units.', default: '1024' },
    uriComponents: { kind: 'number', least: 1, most: 1_000, about: 'The most components of a URI.', default: '32' },
    wildcards: { kind: 'number', least: 0, most: 32, about: 'The most empty components of a wildcard pattern.', default: '6' },
    wildcardNodes: {
      kind: 'number',
      least: 32,
      most: 100_000,
      about:
        'The most nodes of the match index that one event or call visits for the wildcard patterns of all clients. The router refuses a ' +
        'pattern that would exceed it; one user may cause a quarter of them. A change needs a restart.',
      default: '512',
    },
    testaments: { kind: 'number', least: 0, most: 10_000, about: 'The most testaments of one session.', default: '16' },
    retainedEvents: { kind: 'number', least: 0, most: MOST, about: 'The most retained events of the realm.', default: '20000' },
    retainedSize: {
      kind: 'size',
      least: 0,
      most: 2 ** 36,
      about: 'Octets of all retained events of the realm together.',
      default: '32MiB',
    },
    retainedShare: {
      kind: 'number',
      least: 1,
      most: 100,
      about: 'The share of retainedEvents and retainedSize that one user, or one network of clients without a login, may use, in percent.',
      default: '50',
    },
    durableSubscriptions: {
      kind: 'number',
      least: 0,
      most: 100_000,
      about: 'Durable subscriptions of the realm, whether sessions are there for them or not.',
      default: '1000',
    },
    durableSubscriptionsPerUser: {
      kind: 'number',
      least: 0,
      most: 100_000,
      about: 'Durable subscriptions of one user, or of one network of clients without a login.',
      default: '100',
    },
    durableInFlightPerUser: {
      kind: 'number',
      least: 1,
      most: 10_000_000,
      about:
        'Events of durable subscriptions that are sent to all sessions of one user, or of one network of clients without a login, and not acknowledged. Others wait in the store. With those that were given back, or are to be sent again, there may be four times as many.',
      default: '10000',
    },
  },
  required: [],
  default: '{}',
} as const satisfies DictNode

export const REALM = {
  kind: 'dict',
  about: 'A realm: its logins, its rights and its settings.',
  keys: {
    anonymous: {
      kind: 'dict',
      about: 'Admits clients without a login.',
      keys: { role: { kind: 'text', format: 'uri', about: 'Their role, one of roles.' } },
      required: ['role'],
      otherwise: 'such clients are refused',
    },
    ...LOGIN_KEYS,
    roles: {
      kind: 'map',
      names: 'role',
      name: 'role',
      of: { kind: 'list', of: RULE, least: 0, about: 'The rules of one role.' },
      about: 'What each role may do. A role without rules may do nothing.',
      default: '{}',
    },
    authorizer: AUTHORIZER,
    authorizers: {
      kind: 'map',
      names: 'role',
      name: 'role',
      of: AUTHORIZER_OF_ROLE,
      about: 'Procedures that decide about the requests of single roles, by role.',
      default: '{}',
    },
    topics: { kind: 'list', of: TOPIC, least: 0, about: 'Settings of some topics.', default: '[]' },
    slowConsumers: {
      kind: 'text',
      oneOf: SLOW_CONSUMER_POLICIES,
      about:
        'What the router does when more events are queued for a session than limits.outbox of the file allows: disconnect closes the ' +
        'session; drop_oldest drops the oldest events and notifies the session how many; conflate also keeps only the newest queued event ' +
        'of each topic. The router drops only events, no other messages.',
      default: 'disconnect',
    },
    uriRule: {
      kind: 'text',
      oneOf: ['loose', 'strict'],
      about:
        'Which URIs the router accepts: strict allows only a-z, 0-9 and _ in components; loose allows all but white space, # and empty components.',
      default: 'loose',
    },
    requestIds: {
      kind: 'text',
      oneOf: ['strict', 'increasing', 'tolerant'],
      about:
        'Which request ids clients may send. strict: 1, 2, 3 and so on, as the specification requires; increasing: each greater than the ' +
        'last; tolerant: any, except the id of an open call.',
      default: 'tolerant',
    },
    announcements: {
      kind: 'text',
      oneOf: ['tolerant', 'strict'],
      about:
        'Whether clients may use harmless features without announcing all that the specification requires: tolerant allows it, strict refuses it.',
      default: 'tolerant',
    },
    trustLevels: {
      kind: 'list',
      of: TRUST_LEVEL,
      least: 0,
      about:
        'The trust levels that the router sends to callees and subscribers. A rule for a role takes precedence over one for all roles; then the most specific decides.',
      default: '[]',
    },
    disclosure: {
      kind: 'flag',
      about: 'Whether the router discloses callers and publishers that ask for it; false refuses their requests.',
      default: 'true',
    },
    contracts: { kind: 'list', of: CONTRACT, least: 0, about: 'The contracts that payloads are checked by.', default: '[]' },
    limits: LIMITS,
  },
  required: [],
} as const satisfies DictNode
