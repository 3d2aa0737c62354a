// Groups `uris`, `options` and `meta`: well-formed requests that must be refused, or must do less than they seem to ask.

import type { Case, Expectation } from '../case.ts'
import { acting, sending, shown, turns, VIOLATION } from './make.ts'

const INVALID_URI = 'ERROR wamp.error.invalid_uri'
const TOO_MUCH = 'ERROR wamp.error.invalid_uri|trunkline.error.limit_exceeded'
const BAD_URIS = [
  '',
  '.',
  '..',
  'com.',
  '.com',
  'com..a',
  'com a',
  'com.a\n',
  '\tcom',
  'com#a',
  'com.\u00a0a',
  'com.a\u2028',
  'com.\ufeffa',
  'com.\u001ca',
  'com.\u0085a',
  '#',
]

export function urisCases(): Case[] {
  const via = turns()
  const one = (name: string, list: readonly unknown[], expect: Expectation, join = 'open'): Case =>
    sending(name, list, expect, { via: via(), join })
  const requests = (uri: string): readonly (readonly [string, readonly unknown[]])[] => [
    ['SUBSCRIBE', [32, 1, {}, uri]],
    ['REGISTER', [64, 1, {}, uri]],
    ['CALL', [48, 1, {}, uri]],
    ['PUBLISH', [16, 1, { acknowledge: true }, uri]],
  ]
  const pattern = (match: string, uri: string, expect: Expectation): Case[] => [
    one(`SUBSCRIBE ${match} ${shown(uri)}`, [32, 1, { match }, uri], expect),
    one(`REGISTER ${match} ${shown(uri)}`, [64, 1, { match }, uri], expect),
  ]
  const long = 'a'.repeat(1_025)
  const parts = Array.from({ length: 33 }, () => 'a').join('.')
  return [
    ...BAD_URIS.flatMap((uri) => requests(uri).map(([name, list]) => one(`${name} ${shown(uri)}`, list, INVALID_URI))),
    ...[long, '$blob', parts].flatMap((uri) => requests(uri).map(([name, list]) => one(`${name} ${shown(uri)}`, list, TOO_MUCH))),
    ...['com.A', 'com.a-b', 'com.\u00e4', 'com.a$'].flatMap((uri) =>
      requests(uri).map(([name, list]) => one(`${name} ${shown(uri)} where URIs are strict`, list, INVALID_URI, 'uris.strict')),
    ),
    ...['wamp', 'wamp.a', 'wamp.session.on_join', 'wamp.error.x', 'trunkline.a'].flatMap((uri) => [
      one(`REGISTER ${uri}`, [64, 1, {}, uri], INVALID_URI),
      one(`PUBLISH ${uri}`, [16, 1, { acknowledge: true }, uri], INVALID_URI),
      one(`PUBLISH ${uri} unacknowledged`, [16, 1, {}, uri], 'ignored'),
    ]),
    ...['wamp.', 'wamp.session'].map((uri) => one(`REGISTER prefix ${uri}`, [64, 1, { match: 'prefix' }, uri], INVALID_URI)),
    one('REGISTER wildcard wamp..count', [64, 1, { match: 'wildcard' }, 'wamp..count'], INVALID_URI),
    ...['com..a', '.com', '..', '.'].flatMap((uri) => pattern('prefix', uri, INVALID_URI)),
    ...['com a', 'com.#', 'com..a\n'].flatMap((uri) => [...pattern('prefix', uri, INVALID_URI), ...pattern('wildcard', uri, INVALID_URI)]),
    ...['com.......', 'a.'.repeat(40)].flatMap((uri) => pattern('wildcard', uri, TOO_MUCH)),
    ...pattern('prefix', long, TOO_MUCH),
    ...BAD_URIS.slice(0, 4).map((uri) => one(`PUBLISH ${shown(uri)} unacknowledged`, [16, 1, {}, uri], 'ignored')),
    {
      name: 'an unpaired surrogate in a URI',
      join: 'open',
      steps: [{ message: '[32,1,{},"com.\\ud800"]', expect: { any: [VIOLATION, [8, 32, 1, '*', 'wamp.error.invalid_uri', '*']] } }],
    },
    acting('a callee answers with an error URI that is none', [
      { send: [64, 1, {}, 'com.uris.bad$n'], expect: [65, 1, '*'] },
      { send: [48, 2, {}, 'com.uris.bad$n'], expect: [68, 1, '*', {}] },
      { send: [8, 68, 1, {}, 'no error'], expect: INVALID_URI },
    ]),
    acting(
      'prefixes before wamp. catch no call to the router',
      [
        { send: [64, 1, { match: 'prefix' }, 'wam'], expect: [65, 1, '*'] },
        { send: [64, 2, { match: 'wildcard', invoke: 'roundrobin' }, '..'], expect: [65, 2, '*'] },
        { send: [48, 3, {}, 'wamp.session.count'], expect: [50, 3, {}, ['*']] },
        { send: [48, 4, {}, 'wamp.session.nothing'], expect: 'ERROR wamp.error.no_such_procedure' },
      ],
      { join: 'meta', alone: true },
    ),
  ]
}

/** Values of predefined options that their type does not hold (specification: the sections of the features). */
const WRONG: readonly (readonly [
  name: string,
  list: (options: Record<string, unknown>) => readonly unknown[],
  options: Record<string, readonly unknown[]>,
])[] = [
  [
    'PUBLISH',
    (options) => [16, 1, options, 'com.options.a'],
    {
      acknowledge: [1, 'true'],
      exclude_me: [0, 'false'],
      disclose_me: ['yes'],
      exclude: [5, {}, ['a'], [0], [1.5], [[1]]],
      exclude_authid: ['x', [1]],
      exclude_authrole: ['x', [null]],
      eligible: [5, ['a'], [-1], [null]],
      eligible_authid: ['x', [1]],
      eligible_authrole: [1, [{}]],
      retain: [1],
      ppt_scheme: [1],
    },
  ],
  [
    'SUBSCRIBE',
    (options) => [32, 1, options, 'com.options.a'],
    { match: ['regex', '', 'EXACT', 'toString', 1, ['prefix']], get_retained: [1] },
  ],
  [
    'REGISTER',
    (options) => [64, 1, options, 'com.options.a$n'],
    { match: ['glob', 1], invoke: ['all', '', 'constructor', 1, {}], disclose_caller: [1], force_reregister: ['yes'] },
  ],
  [
    'CALL',
    (options) => [48, 1, options, 'com.bystander.echo'],
    { timeout: ['1', -1, 1.5, {}], receive_progress: [1], disclose_me: ['x'], progress: [0], runmode: [1] },
  ],
  ['CANCEL', (options) => [49, 1, options], { mode: ['x', '', 1, ['kill']] }],
]

export function optionsCases(): Case[] {
  const via = turns()
  const wrong = WRONG.flatMap(([name, list, options]) =>
    Object.entries(options).flatMap(([key, values]) =>
      values.map((value) => sending(`${name}.${key} ${shown(value)}`, list({ [key]: value }), VIOLATION, { via: via() })),
    ),
  )
  const list = Array.from({ length: 1_000 }, (_, i) => i + 1)
  return [
    ...wrong,
    sending(
      'PUBLISH with keys that nobody knows',
      [16, 1, { acknowledge: true, _xyz: 1, unknown: { a: [1] }, 'x-y': null }, 'com.a'],
      [17, 1, '*'],
    ),
    sending(
      'PUBLISH with options that are null',
      [16, 1, { acknowledge: true, exclude: null, eligible_authid: null }, 'com.a'],
      [17, 1, '*'],
    ),
    sending('PUBLISH with 1,000 in each list', [16, 1, { acknowledge: true, exclude: list, eligible: list }, 'com.a'], [17, 1, '*']),
    sending('CALL that forbids to wait', [48, 1, { timeout: 0 }, 'com.bystander.echo', ['x']], [50, 1, {}, ['x']]),
    ...[
      ['CALL', [48, 1, { disclose_me: true }, 'com.a']],
      ['PUBLISH', [16, 1, { acknowledge: true, disclose_me: true }, 'com.a']],
    ].map(([name, request]) =>
      sending(
        `${String(name)}.disclose_me where it is refused`,
        request as readonly unknown[],
        'ERROR wamp.error.option_disallowed.disclose_me|wamp.error.no_such_procedure',
        {
          join: 'undisclosed',
        },
      ),
    ),
    sending(
      'REGISTER.disclose_caller where it is refused',
      [64, 1, { disclose_caller: true }, 'com.a$n'],
      'ERROR wamp.error.option_not_allowed',
      {
        join: 'undisclosed',
      },
    ),
  ]
}

const BY_NAME = ['kill_by_authid', 'kill_by_authrole']
const META = [
  ...['count', 'list', 'get', 'kill', ...BY_NAME, 'kill_all', 'add_testament', 'flush_testaments'].map((name) => `wamp.session.${name}`),
  ...['list', 'lookup', 'match', 'get', 'list_callees', 'count_callees', 'remove_callee'].map((name) => `wamp.registration.${name}`),
  ...['list', 'lookup', 'match', 'get', 'list_subscribers', 'count_subscribers', 'get_events'].map((name) => `wamp.subscription.${name}`),
]
const META_EVENTS = ['session.on_join', 'session.on_leave', 'registration.on_create', 'subscription.on_subscribe'].map(
  (name) => `wamp.${name}`,
)

export function metaCases(): Case[] {
  const via = turns()
  const refused = META.map((uri) =>
    sending(`${uri} without the right`, [48, 1, {}, uri, [1]], 'ERROR wamp.error.not_authorized', { via: via() }),
  )
  const call = (name: string, list: readonly unknown[], expect: Expectation): Case =>
    sending(`${name} ${shown(list)}`, [48, 1, {}, `wamp.${name}`, ...list], expect, { join: 'meta', via: via() })
  const bad = (name: string, ...values: readonly unknown[]): Case[] =>
    values.map((value) => call(name, value === undefined ? [] : [[value]], 'ERROR wamp.error.invalid_argument'))
  const INVALID = 'ERROR wamp.error.invalid_argument'
  const none = (what: string): string => `ERROR wamp.error.no_such_${what}`
  const byId = ['get', 'list_callees', 'count_callees'].map((name) => `registration.${name}`)
  const bySubscription = ['get', 'list_subscribers', 'count_subscribers'].map((name) => `subscription.${name}`)
  return [
    ...refused,
    ...META_EVENTS.map((uri) => sending(`SUBSCRIBE ${uri} without the right`, [32, 1, {}, uri], 'ERROR wamp.error.not_authorized')),
    sending('SUBSCRIBE prefix wamp. without the right', [32, 1, { match: 'prefix' }, 'wamp.'], 'ERROR wamp.error.not_authorized'),
    sending(
      'SUBSCRIBE wildcard wamp..on_join without the right',
      [32, 1, { match: 'wildcard' }, 'wamp..on_join'],
      'ERROR wamp.error.not_authorized',
    ),
    ...META_EVENTS.map((uri) =>
      sending(
        `PUBLISH ${uri} where all is granted`,
        [16, 1, { acknowledge: true }, uri, [{ session: 1 }]],
        'ERROR wamp.error.invalid_uri|wamp.error.not_authorized',
        { join: 'meta' },
      ),
    ),
    ...bad('session.count', 'anonymous', 1, { a: 1 }, [1]),
    ...bad('session.list', 'anonymous', [null]),
    ...bad('session.get', undefined, '1', null, [1], {}),
    ...[0, -1, 1.5, 4_711].map((id) => call('session.get', [[id]], `${none('session')}|wamp.error.invalid_argument`)),
    ...bad('session.kill', undefined, '1', null),
    call('session.kill', [[4_711]], none('session')),
    call('session.kill', [['$main']], none('session')),
    ...bad('session.kill_by_authid', undefined, 1, null),
    ...bad('session.kill_by_authrole', undefined, 1, ['anonymous']),
    ...['no reason', '', '.', 'a#b'].map((reason) =>
      call('session.kill', [[4_711], { reason }], `${none('session')}|wamp.error.invalid_uri`),
    ),
    call('session.kill_by_authid', [['nobody'], { reason: 'no reason' }], 'ERROR wamp.error.invalid_uri'),
    call('session.kill_by_authid', [['nobody'], { reason: 5 }], `${INVALID}|wamp.error.invalid_uri`),
    call('session.kill_by_authid', [['nobody']], [50, 1, {}, [[]]]),
    ...['__proto__', 'constructor'].map((authid) => call('session.kill_by_authid', [[authid]], [50, 1, {}, [[]]])),
    ...byId.flatMap((name) => [...bad(name, undefined, 'x'), call(name, [[4_711_000]], none('registration'))]),
    ...bySubscription.flatMap((name) => [...bad(name, undefined, 'x'), call(name, [[4_711_000]], none('subscription'))]),
    ...['registration.match', 'subscription.match', 'registration.lookup', 'subscription.lookup'].flatMap((name) =>
      bad(name, undefined, 1),
    ),
    call('registration.lookup', [['com.a', { match: 'regex' }]], INVALID),
    call('registration.lookup', [['com.a', 'prefix']], INVALID),
    call('registration.match', [['a b..']], { any: [[50, 1, {}, [null]], 'ERROR wamp.error.invalid_uri'] }),
    call('registration.lookup', [['__proto__']], [50, 1, {}, [null]]),
    call('session.add_testament', [['wamp.session.on_join', [{ session: 1 }], {}]], { any: ['ERROR'] }),
    acting(
      'kill_all ends the others, not the caller',
      [
        { send: [48, 1, {}, 'wamp.session.kill_all'], expect: [50, 1, {}, [1]] },
        { as: 'victim', expect: [6, {}, 'wamp.close.killed'] },
        { send: [48, 2, {}, 'wamp.session.count'], expect: [50, 2, {}, [1]] },
      ],
      { join: 'meta', others: { victim: { join: 'meta' } }, alone: true },
    ),
    acting(
      'a killed session can say nothing more',
      [
        { send: [48, 1, {}, 'wamp.session.kill', ['$victim']], expect: [50, 1, {}] },
        { as: 'victim', expect: [6, {}, 'wamp.close.killed'] },
        { as: 'victim', send: [48, 1, {}, 'wamp.session.count'] },
        { as: 'victim', send: [6, {}, 'wamp.close.goodbye_and_out'], expect: 'close' },
      ],
      { join: 'meta', others: { victim: { join: 'meta' } }, alone: true },
    ),
  ]
}
