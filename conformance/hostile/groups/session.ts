// Groups `state`, `hello`, `ids` and `login`: messages in the wrong state, openings, request ids, and logins that must not work.

import type { Case, Expectation } from '../case.ts'
import { acting, CHALLENGE, sending, shown, turns, VIOLATION } from './make.ts'

const ROLES = { caller: {} }
const HELLO = [1, 'open', { roles: ROLES }]
const INVALID_URI = 'ABORT wamp.error.invalid_uri'
const WELCOME: Expectation = [2, '*', '*']

const FROM_CLIENT: readonly (readonly [string, readonly unknown[]])[] = [
  ['GOODBYE', [6, {}, 'wamp.close.close_realm']],
  ['ERROR', [8, 68, 1, {}, 'com.a']],
  ['PUBLISH', [16, 1, {}, 'com.a']],
  ['SUBSCRIBE', [32, 1, {}, 'com.a']],
  ['UNSUBSCRIBE', [34, 1, 1]],
  ['CALL', [48, 1, {}, 'com.a']],
  ['CANCEL', [49, 1, {}]],
  ['REGISTER', [64, 1, {}, 'com.a']],
  ['UNREGISTER', [66, 1, 1]],
  ['YIELD', [70, 1, {}]],
]
const FROM_ROUTER: readonly (readonly [string, readonly unknown[]])[] = [
  ['WELCOME', [2, 1, { roles: { broker: {} } }]],
  ['CHALLENGE', [4, 'ticket', {}]],
  ['PUBLISHED', [17, 1, 1]],
  ['SUBSCRIBED', [33, 1, 1]],
  ['UNSUBSCRIBED', [35, 1]],
  ['EVENT', [36, 1, 1, {}]],
  ['RESULT', [50, 1, {}]],
  ['REGISTERED', [65, 1, 1]],
  ['UNREGISTERED', [67, 1]],
  ['INVOCATION', [68, 1, 1, {}]],
  ['INTERRUPT', [69, 1, {}]],
]
const CODES = [0, 7, 9, 15, 71, 255, 256, 1_023, 65_536, 2 ** 53, -1, 1.5]

export function stateCases(): Case[] {
  const via = turns()
  const before = [...FROM_CLIENT, ...FROM_ROUTER, ['AUTHENTICATE', [5, 'x', {}]] as const]
  const open = [...FROM_ROUTER, ['HELLO', HELLO] as const, ['AUTHENTICATE', [5, 'x', {}]] as const]
  return [
    ...before.map(([name, list]): Case => ({ name: `${name} before HELLO`, via: via(), steps: [{ send: list, expect: VIOLATION }] })),
    ...open.map(([name, list]) => sending(`${name} on an open session`, list, VIOLATION, { via: via() })),
    ...CODES.map((code) => sending(`type code ${code}`, [code, 1, {}, 'com.a'], VIOLATION, { via: via() })),
    { name: 'ABORT before HELLO', steps: [{ send: [3, {}, 'wamp.close.close_realm'], expect: 'close' }] },
    sending('ABORT on an open session', [3, {}, 'wamp.close.close_realm'], 'close'),
    acting('SUBSCRIBE after GOODBYE', [
      { send: [6, {}, 'wamp.close.close_realm'], expect: [6, {}, 'wamp.close.goodbye_and_out'] },
      { send: [32, 1, {}, 'com.a'], expect: VIOLATION },
    ]),
    acting('GOODBYE after GOODBYE', [
      { send: [6, {}, 'wamp.close.close_realm'], expect: [6, {}, 'wamp.close.goodbye_and_out'] },
      { send: [6, {}, 'wamp.close.close_realm'], expect: VIOLATION },
    ]),
    acting('HELLO after GOODBYE begins with request id 1', [
      { send: [32, 1, {}, 'com.state.a$n'], expect: [33, 1, '*'] },
      { send: [6, {}, 'wamp.close.close_realm'], expect: [6, {}, 'wamp.close.goodbye_and_out'] },
      { send: HELLO, expect: WELCOME },
      { send: [34, 1, '$subscription'], expect: 'ERROR wamp.error.no_such_subscription' },
    ]),
    acting('nobody says anything after GOODBYE', [
      { send: [6, {}, 'wamp.close.close_realm'], expect: [6, {}, 'wamp.close.goodbye_and_out'] },
      { expect: 'close 1000' },
    ]),
    { name: 'nobody says HELLO', steps: [{ expect: 'close 1008' }] },
    { name: 'nobody says HELLO over RawSocket', via: 'rs.json', steps: [{ expect: 'close' }] },
    sending('GOODBYE with a reason that is no URI', [6, {}, 'no reason'], [6, {}, 'wamp.close.goodbye_and_out']),
    {
      name: 'two messages before HELLO: nothing is said to the second',
      steps: [{ send: [32, 1, {}, 'com.a'] }, { send: HELLO, expect: VIOLATION }],
    },
  ]
}

export function helloCases(): Case[] {
  const via = turns()
  const realm = (name: string, expect: Expectation): Case => ({
    name: `realm ${shown(name)}`,
    via: via(),
    steps: [{ send: [1, name, { roles: ROLES }], expect }],
  })
  const details = (name: string, given: unknown, expect: Expectation): Case => ({
    name,
    via: via(),
    steps: [{ send: [1, 'open', given], expect }],
  })
  const roles = (value: unknown, expect: Expectation = VIOLATION): Case => details(`roles ${shown(value)}`, { roles: value }, expect)
  const detail = (key: string, value: unknown, expect: Expectation = VIOLATION): Case =>
    details(`${key} ${shown(value)}`, { roles: ROLES, [key]: value }, expect)
  const text = (name: string, message: string, expect: Expectation): Case => ({ name, steps: [{ message, expect }] })
  const noRealm = 'ABORT wamp.error.no_such_realm'
  return [
    ...['', '.', '..', 'a.', '.a', 'a..b', 'a b', ' open', 'open ', 'open\n', 'a\tb', 'a#b', '\ufeffopen', 'a\u00a0b', 'a\u2028b'].map(
      (name) => realm(name, INVALID_URI),
    ),
    ...[
      'nope',
      'constructor',
      '__proto__',
      'toString',
      'hasOwnProperty',
      'OPEN',
      'open\u0000',
      'open.x',
      '*',
      '>',
      '%6fpen',
      '../open',
    ].map((name) => realm(name, name === '../open' ? INVALID_URI : noRealm)),
    realm('a'.repeat(5_000), { any: [noRealm, INVALID_URI] }),
    details('no roles', {}, VIOLATION),
    ...[null, {}, [], 'caller', 1, true, { broker: {}, dealer: {} }, { nroker: {} }, { caller: null }].map((value) => roles(value)),
    ...[true, 1, 'x', []].map((value) => roles({ caller: value })),
    roles({ caller: {}, constructor: {}, toString: 1 }, WELCOME),
    roles({ caller: { features: { toString: true, unheard_of: 'x' } } }, WELCOME),
    ...['anonymous', 1, {}, [1], [null], [['ticket']]].map((value) => detail('authmethods', value)),
    detail('authmethods', ['nonsense'], 'ABORT wamp.error.no_matching_auth_method'),
    detail('authmethods', ['ticket', 'wampcra'], 'ABORT wamp.error.no_matching_auth_method'),
    ...[1, [], {}, true].map((value) => detail('authid', value)),
    ...[1, ['admin']].map((value) => detail('authrole', value)),
    ...[1, 'x', []].map((value) => detail('authextra', value)),
    detail('agent', 1),
    detail('authrole', 'admin', [2, '*', { authrole: 'anonymous', '...': '*' }]),
    detail('resumable', true, WELCOME),
    detail('authid', null, WELCOME),
    text('a key that is there twice', '[1,"open",{"roles":{"caller":{}},"roles":{"callee":{}}}]', VIOLATION),
    text('__proto__ with roles', '[1,"open",{"__proto__":{"roles":{"caller":{}}}}]', VIOLATION),
    text(
      '__proto__ beside roles',
      '[1,"open",{"roles":{"caller":{},"__proto__":{"callee":{}}},"__proto__":{"authrole":"admin"}}]',
      WELCOME,
    ),
    text('payload behind the details', '[1,"open",{"roles":{"caller":{}}},[1]]', VIOLATION),
  ]
}

export function idsCases(): Case[] {
  const first = [2, 3, 5, 1_000, 2 ** 31, 2 ** 53 - 1, 2 ** 53]
  const call = (id: number): readonly unknown[] => [48, id, {}, 'com.nobody.here']
  const none = 'ERROR wamp.error.no_such_procedure'
  return [
    ...first.map((id) => sending(`the first request has id ${id}`, call(id), VIOLATION)),
    acting('an id again', [
      { send: call(1), expect: none },
      { send: call(1), expect: VIOLATION },
    ]),
    acting('an id again in another kind of request', [
      { send: call(1), expect: none },
      { send: [32, 1, {}, 'com.a'], expect: VIOLATION },
    ]),
    acting('a gap', [
      { send: call(1), expect: none },
      { send: call(3), expect: VIOLATION },
    ]),
    acting('a step back', [
      { send: call(1), expect: none },
      { send: call(2), expect: none },
      { send: call(1), expect: VIOLATION },
    ]),
    acting('the id of a call that is open', [
      { send: [64, 1, {}, 'com.ids.silent$n'], expect: [65, 1, '*'] },
      { send: [48, 2, {}, 'com.ids.silent$n'], expect: [68, 1, '*', {}] },
      { send: [48, 2, {}, 'com.ids.silent$n'], expect: VIOLATION },
    ]),
    ...[1, 2, 1_000, 2 ** 53].map((id) => sending(`YIELD for invocation ${id}, never issued`, [70, id, {}], VIOLATION)),
    ...[1, 2 ** 53].map((id) => sending(`ERROR for invocation ${id}, never issued`, [8, 68, id, {}, 'com.a'], VIOLATION)),
    ...[0, 16, 32, 34, 48, 64, 66, 70].map((type) => sending(`ERROR for a request of type ${type}`, [8, type, 1, {}, 'com.a'], VIOLATION)),
    ...[1, 4_711, 2 ** 53].map((id) => sending(`CANCEL for call ${id}, never made`, [49, id, {}], 'ignored')),
    { name: 'an id of 2^53 + 1', join: 'open', steps: [{ message: '[48,9007199254740993,{},"com.a"]', expect: VIOLATION }] },
    { name: 'an id of 1e400', join: 'open', steps: [{ message: '[48,1e400,{},"com.a"]', expect: VIOLATION }] },
    {
      name: 'an id of 400 digits',
      join: 'open',
      steps: [{ message: ['[48,', { of: '1', times: 400 }, ',{},"com.a"]'], expect: VIOLATION }],
    },
  ]
}

export function loginCases(): Case[] {
  const via = turns()
  const denied = 'ABORT wamp.error.authentication_denied'
  const noMethod = 'ABORT wamp.error.no_matching_auth_method'
  const hello = (more: Record<string, unknown>): readonly unknown[] => [1, 'login', { roles: ROLES, ...more }]
  const ticket = (authid?: string): readonly unknown[] =>
    hello(authid === undefined ? { authmethods: ['ticket'] } : { authmethods: ['ticket'], authid })
  const challenged = (name: string, list: readonly unknown[], expect: Expectation, authid?: string): Case => ({
    name,
    via: via(),
    steps: [
      { send: ticket(authid), expect: CHALLENGE },
      { send: list, expect },
    ],
  })
  const tickets = [
    '',
    'x',
    'Joe-s-ticket',
    'joe-s-ticket ',
    'joe-s-ticke',
    'joe-s-ticket\u0000',
    'ticket-of-ghost',
    'null',
    'undefined',
    '*',
  ]
  return [
    ...tickets.map((text) => challenged(`ticket ${shown(text)}`, [5, text, {}], denied, 'joe')),
    ...['__proto__', 'toString', 'Joe', 'joe ', '', '*', 'nobody'].map((authid) =>
      challenged(`authid ${shown(authid)} with a ticket of joe's`, [5, 'joe-s-ticket', {}], denied, authid),
    ),
    challenged('no authid', [5, 'joe-s-ticket', {}], denied),
    {
      name: 'a ticket of 1 MB',
      steps: [
        { send: ticket('joe'), expect: CHALLENGE },
        { message: ['[5,"', { of: 'x', times: 1_000_000 }, '",{}]'], expect: VIOLATION },
      ],
    },
    challenged('the ticket in Extra', [5, '', { ticket: 'joe-s-ticket', signature: 'joe-s-ticket' }], denied, 'joe'),
    challenged('a role that does not exist', [5, 'ticket-of-ghost', {}], 'ABORT wamp.error.no_such_role', 'ghost'),
    challenged('a user named constructor', [5, 'ticket-of-constructor', {}], WELCOME, 'constructor'),
    challenged('the right ticket', [5, 'joe-s-ticket', {}], [2, '*', { authid: 'joe', authrole: 'user', '...': '*' }], 'joe'),
    {
      name: 'the right ticket and a wish for a role that does not exist',
      steps: [
        { send: hello({ authmethods: ['ticket'], authid: 'joe', authrole: 'emperor' }), expect: CHALLENGE },
        { send: [5, 'joe-s-ticket', {}], expect: 'ABORT wamp.error.no_such_role' },
      ],
    },
    {
      name: 'the right ticket and a wish for another role',
      steps: [
        { send: hello({ authmethods: ['ticket'], authid: 'joe', authrole: 'admin' }), expect: CHALLENGE },
        { send: [5, 'joe-s-ticket', { authrole: 'admin' }], expect: [2, '*', { authid: 'joe', authrole: 'user', '...': '*' }] },
      ],
    },
    ...FROM_CLIENT.map(([name, list]) => challenged(`${name} in place of AUTHENTICATE`, list, VIOLATION, 'joe')),
    challenged('WELCOME in place of AUTHENTICATE', [2, 1, {}], VIOLATION, 'joe'),
    challenged('CHALLENGE in place of AUTHENTICATE', [4, 'ticket', {}], VIOLATION, 'joe'),
    challenged('another HELLO in place of AUTHENTICATE', HELLO, VIOLATION, 'joe'),
    challenged('ABORT in place of AUTHENTICATE', [3, {}, 'wamp.close.close_realm'], 'close', 'joe'),
    {
      name: 'AUTHENTICATE twice',
      steps: [
        { send: ticket('joe'), expect: CHALLENGE },
        { send: [5, 'joe-s-ticket', {}], expect: WELCOME },
        { send: [5, 'joe-s-ticket', {}], expect: VIOLATION },
      ],
    },
    {
      name: 'a second try after a wrong ticket',
      steps: [{ send: ticket('joe'), expect: CHALLENGE }, { send: [5, 'wrong', {}] }, { send: [5, 'joe-s-ticket', {}], expect: denied }],
    },
    {
      name: 'no answer to the challenge',
      steps: [{ send: ticket('joe'), expect: CHALLENGE }, { expect: { any: ['close 1008', 'ABORT'] } }],
    },
    ...[[], ['anonymous'], ['nonsense'], ['wampcra', 'scram'], ['TICKET'], ['ticket '], ['cryptosign']].map((methods): Case => ({
      name: `methods ${shown(methods)}`,
      via: via(),
      steps: [{ send: hello({ authmethods: methods }), expect: noMethod }],
    })),
    { name: 'no methods', steps: [{ send: hello({}), expect: noMethod }] },
    {
      name: 'ten thousand methods',
      steps: [
        {
          message: ['[1,"login",{"roles":{"caller":{}},"authmethods":["x"', { of: ',"anonymous"', times: 10_000 }, ']}]'],
          expect: 'ABORT wamp.error.protocol_violation',
        },
      ],
    },
    {
      name: 'a method that is known and others',
      via: via(),
      steps: [{ send: hello({ authmethods: ['nonsense', 'ticket'] }), expect: CHALLENGE }],
    },
    {
      name: 'logged in for one realm only',
      steps: [
        { send: ticket('joe'), expect: CHALLENGE },
        { send: [5, 'joe-s-ticket', {}], expect: WELCOME },
        { send: HELLO, expect: VIOLATION },
      ],
    },
    {
      name: 'after GOODBYE the login counts no more',
      steps: [
        { send: ticket('joe'), expect: CHALLENGE },
        { send: [5, 'joe-s-ticket', {}], expect: WELCOME },
        { send: [6, {}, 'wamp.close.close_realm'], expect: [6, {}, 'wamp.close.goodbye_and_out'] },
        { send: hello({ authid: 'joe' }), expect: noMethod },
      ],
    },
  ]
}
