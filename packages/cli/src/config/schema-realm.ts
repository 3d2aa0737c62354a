// The part of the schema about realms.

import type { DictNode } from './nodes.ts'
import { LOGIN_KEYS } from './schema-authentication.ts'

const ONE_DAY = 86_400_000

const MATCH = {
  kind: 'text',
  oneOf: ['exact', 'prefix', 'wildcard'],
  about: 'Takes uri literally under this policy.',
  otherwise: 'as uri is written',
} as const

const DISCLOSURES = ['asked', 'always', 'never'] as const

const RULE = {
  kind: 'dict',
  about: 'What is allowed under a URI. The most specific rule decides; what no rule names is denied.',
  keys: {
    uri: {
      kind: 'text',
      about:
        'A URI, a pattern with empty components (com..status), com.shop.** for all that begins so, or ** for all. ' +
        'A component {authid}, {authrole} or {session} stands for that of the session. ' +
        'What begins with wamp or trunkline is granted only by a rule that does so too.',
    },
    match: MATCH,
    allow: {
      kind: 'list',
      of: { kind: 'text', oneOf: ['call', 'register', 'publish', 'subscribe', 'see'], about: 'An action.' },
      least: 0,
      about:
        'The actions allowed; all others are denied under this URI. see: the meta API shows what is there; each other action includes that.',
    },
    disclose: {
      kind: 'dict',
      about: 'Who learns who called or published under this URI.',
      keys: {
        caller: { kind: 'text', oneOf: DISCLOSURES, about: 'Whether callees learn who calls.', default: 'asked' },
        publisher: { kind: 'text', oneOf: DISCLOSURES, about: 'Whether subscribers learn who publishes.', default: 'asked' },
      },
      required: [],
      otherwise: 'as the sender asks for it',
    },
    options: {
      kind: 'list',
      of: { kind: 'text', oneOf: ['force_reregister', 'retain'], about: 'An option.' },
      least: 0,
      about: 'The options that may be used under this URI.',
      default: '[retain]',
    },
  },
  required: ['uri', 'allow'],
} as const satisfies DictNode

const PROCEDURE = { kind: 'text', format: 'uri' } as const

const AUTHORIZER = {
  kind: 'dict',
  about: 'A procedure that decides for the roles without rules in roles; these may have any name.',
  keys: {
    procedure: { ...PROCEDURE, about: 'Called with session, URI, action and options; answers true, false or a dict.' },
    realm: { kind: 'text', format: 'uri', about: 'The realm in which it is registered.', otherwise: 'this realm' },
    deadline: { kind: 'duration', least: 10, most: 600_000, about: 'No answer for so long is a no.', default: '5s' },
    cache: {
      kind: 'dict',
      about: 'Remembers answers that say cache: true.',
      keys: {
        entries: { kind: 'number', least: 1, most: 10_000_000, about: 'So many at most.' },
        age: { kind: 'duration', least: 100, most: 86_400_000, about: 'For so long.' },
      },
      required: ['entries', 'age'],
      otherwise: 'nothing is remembered',
    },
  },
  required: ['procedure'],
  otherwise: 'roles alone decide',
} as const satisfies DictNode

const AUTHORIZER_OF_ROLE = {
  kind: 'dict',
  about: 'A procedure that decides for one role, which has no rules in roles.',
  keys: AUTHORIZER.keys,
  required: AUTHORIZER.required,
} as const satisfies DictNode

const SLOW_CONSUMER_POLICIES = ['disconnect', 'drop_oldest', 'conflate'] as const

const TOPIC = {
  kind: 'dict',
  about: 'What holds for some topics. The most specific entry decides.',
  keys: {
    uri: { kind: 'text', about: 'A topic, a pattern with empty components (com..price), or com.shop.** for all that begins so.' },
    match: MATCH,
    slowConsumers: {
      kind: 'text',
      oneOf: SLOW_CONSUMER_POLICIES,
      about: 'The policy for these topics.',
      otherwise: 'slowConsumers of the realm',
    },
    history: {
      kind: 'dict',
      about: 'Keeps the last events for those who ask later, from the start of the router on.',
      keys: {
        events: { kind: 'number', least: 1, most: 10_000_000, about: 'So many.' },
        age: { kind: 'duration', least: 1_000, most: 100 * ONE_DAY, about: 'None that is older.', otherwise: 'no matter how old' },
        size: { kind: 'size', least: 1_024, most: 2 ** 36, about: 'Octets of all of them together.', default: '4MiB' },
      },
      required: ['events'],
      otherwise: 'none is kept',
    },
    retain: {
      kind: 'either',
      about: 'Whether a publisher may have an event kept for later subscribers.',
      scalar: { kind: 'flag', about: 'Whether it may.' },
      dict: {
        kind: 'dict',
        about: 'It may, and the router gives up a retained event in time.',
        keys: { age: { kind: 'duration', least: 1_000, most: 100 * ONE_DAY, about: 'After so long.' } },
        required: ['age'],
      },
      default: 'true',
    },
  },
  required: ['uri'],
} as const satisfies DictNode

const TRUST_LEVEL = {
  kind: 'dict',
  about: 'Assigns a level of trust.',
  keys: {
    uri: { kind: 'text', about: 'A URI, a pattern with empty components, com.shop.** or **.', otherwise: '**' },
    role: { kind: 'text', format: 'uri', about: 'The role of the caller or publisher.', otherwise: 'all roles' },
    level: { kind: 'number', least: 0, most: 1_000_000, about: 'The level; 0 is the lowest.' },
  },
  required: ['level'],
} as const satisfies DictNode

const MOST = 10_000_000

const LIMITS = {
  kind: 'dict',
  about: 'Limits of the realm and of each session in it.',
  keys: {
    sessions: { kind: 'number', least: 1, most: MOST, about: 'Sessions in the realm at a time.', otherwise: 'no limit' },
    messageRate: {
      kind: 'dict',
      about: 'Messages that may come over a connection, in one session or several; what sends more is not read for a while.',
      keys: {
        perSecond: { kind: 'number', least: 1, most: MOST, about: 'In a second.' },
        burst: { kind: 'number', least: 1, most: MOST, about: 'At once after a time of silence.', otherwise: 'perSecond' },
      },
      required: ['perSecond'],
      otherwise: 'no limit',
    },
    subscriptions: { kind: 'number', least: 1, most: MOST, about: 'Subscriptions of one session.', default: '10000' },
    registrations: { kind: 'number', least: 1, most: MOST, about: 'Registrations of one session.', default: '10000' },
    pendingCalls: { kind: 'number', least: 1, most: MOST, about: 'Calls of one session that wait for their answer.', default: '10000' },
    uriLength: { kind: 'number', least: 16, most: 65_535, about: 'Longest URI, in octets.', default: '1024' },
    uriComponents: { kind: 'number', least: 1, most: 1_000, about: 'Components of a URI.', default: '32' },
    wildcards: { kind: 'number', least: 0, most: 32, about: 'Empty components of a wildcard pattern.', default: '6' },
    wildcardNodes: {
      kind: 'number',
      least: 32,
      most: 100_000,
      about:
        'Nodes of the match index that the wildcard patterns of all clients may make one event or call visit; one user may bring a fourth of them.',
      default: '512',
    },
    testaments: { kind: 'number', least: 0, most: 10_000, about: 'Testaments of one session.', default: '16' },
    retainedEvents: { kind: 'number', least: 0, most: MOST, about: 'Retained events of the realm.', default: '20000' },
    retainedSize: { kind: 'size', least: 0, most: 2 ** 36, about: 'Octets of the retained events of the realm.', default: '32MiB' },
    retainedShare: {
      kind: 'number',
      least: 1,
      most: 100,
      about: 'What one user, or one network of clients that did not log in, may have of both, in percent.',
      default: '50',
    },
  },
  required: [],
  default: '{}',
} as const satisfies DictNode

export const REALM = {
  kind: 'dict',
  about: 'A realm.',
  keys: {
    anonymous: {
      kind: 'dict',
      about: 'Lets clients in that do not log in.',
      keys: { role: { kind: 'text', format: 'uri', about: 'Their role, one of roles.' } },
      required: ['role'],
      otherwise: 'they are refused',
    },
    ...LOGIN_KEYS,
    roles: {
      kind: 'map',
      names: 'role',
      name: 'role',
      of: { kind: 'list', of: RULE, least: 0, about: 'The rules of a role.' },
      about: 'What each role may do. A role without rules may do nothing.',
      default: '{}',
    },
    authorizer: AUTHORIZER,
    authorizers: {
      kind: 'map',
      names: 'role',
      name: 'role',
      of: AUTHORIZER_OF_ROLE,
      about: 'Procedures that decide for single roles.',
      default: '{}',
    },
    topics: { kind: 'list', of: TOPIC, least: 0, about: 'What holds for some topics.', default: '[]' },
    slowConsumers: {
      kind: 'text',
      oneOf: SLOW_CONSUMER_POLICIES,
      about:
        'What is done when more events wait for a session than limits.outbox: disconnect closes the session; drop_oldest gives up the ' +
        'oldest events and tells it how many; conflate also keeps only the newest event of each topic waiting. ' +
        'Everything but events is never given up.',
      default: 'disconnect',
    },
    uriRule: {
      kind: 'text',
      oneOf: ['loose', 'strict'],
      about: 'What URIs may be made of: strict takes only a-z, 0-9 and _ in components.',
      default: 'loose',
    },
    requestIds: {
      kind: 'text',
      oneOf: ['strict', 'increasing', 'tolerant'],
      about:
        'Which request ids clients may send: 1, 2, 3 and so on; or increasing ones; or any in any order, but not that of an open call.',
      default: 'tolerant',
    },
    announcements: {
      kind: 'text',
      oneOf: ['tolerant', 'strict'],
      about: 'Whether features that do no harm are given to clients that use them and did not announce all that they should.',
      default: 'tolerant',
    },
    trustLevels: {
      kind: 'list',
      of: TRUST_LEVEL,
      least: 0,
      about: 'Tells callees and subscribers a level of trust. A rule for a role goes before one for all; then the most specific decides.',
      default: '[]',
    },
    disclosure: {
      kind: 'flag',
      about: 'Whether callers and publishers that ask for it are disclosed; false refuses them.',
      default: 'true',
    },
    limits: LIMITS,
  },
  required: [],
} as const satisfies DictNode
