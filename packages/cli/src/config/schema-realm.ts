// The part of the schema about realms. Data only.

import type { DictNode } from './nodes.ts'

const MATCH = {
  kind: 'text',
  oneOf: ['exact', 'prefix', 'wildcard'],
  about: 'Takes uri literally under this policy.',
  otherwise: 'as uri is written',
} as const

const RULE = {
  kind: 'dict',
  about: 'What is allowed under a URI. The most specific rule decides; what no rule names is denied.',
  keys: {
    uri: {
      kind: 'text',
      about:
        'A URI, a pattern with empty components (com..status), com.shop.** for all that begins so, or ** for all; ' +
        'what begins with wamp or trunkline is granted only by a rule that does so too.',
    },
    match: MATCH,
    allow: {
      kind: 'list',
      of: { kind: 'text', oneOf: ['call', 'register', 'publish', 'subscribe'], about: 'An action.' },
      least: 0,
      about: 'The actions allowed; all others are denied under this URI.',
    },
  },
  required: ['uri', 'allow'],
} as const satisfies DictNode

const SLOW_CONSUMER_POLICIES = ['disconnect', 'drop_oldest', 'conflate'] as const

const TOPIC = {
  kind: 'dict',
  about: 'What holds for some topics. The most specific entry decides.',
  keys: {
    uri: { kind: 'text', about: 'A topic, a pattern with empty components (com..price), or com.shop.** for all that begins so.' },
    slowConsumers: {
      kind: 'text',
      oneOf: SLOW_CONSUMER_POLICIES,
      about: 'The policy for these topics.',
      otherwise: 'slowConsumers of the realm',
    },
  },
  required: ['uri'],
} as const satisfies DictNode

const MOST = 10_000_000

const LIMITS = {
  kind: 'dict',
  about: 'Limits of the realm and of each session in it.',
  keys: {
    subscriptions: { kind: 'number', least: 1, most: MOST, about: 'Subscriptions of one session.', default: '10000' },
    registrations: { kind: 'number', least: 1, most: MOST, about: 'Registrations of one session.', default: '10000' },
    pendingCalls: { kind: 'number', least: 1, most: MOST, about: 'Calls of one session that wait for their answer.', default: '10000' },
    uriLength: { kind: 'number', least: 16, most: 65_535, about: 'Longest URI, in octets.', default: '1024' },
    uriComponents: { kind: 'number', least: 1, most: 1_000, about: 'Components of a URI.', default: '32' },
    wildcards: { kind: 'number', least: 0, most: 32, about: 'Empty components of a wildcard pattern.', default: '6' },
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
    roles: {
      kind: 'map',
      names: 'role',
      name: 'role',
      of: { kind: 'list', of: RULE, least: 0, about: 'The rules of a role.' },
      about: 'What each role may do. A role without rules may do nothing.',
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
      oneOf: ['strict', 'increasing', 'off'],
      about: 'How request ids of clients are checked: 1, 2, 3 and so on, or only increasing, or not at all.',
      default: 'increasing',
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
