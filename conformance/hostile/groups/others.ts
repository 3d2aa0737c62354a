// Groups `others` and `floods`: attacks on what belongs to another session, and too much of what is allowed.

import type { Case, Expectation, Step } from '../case.ts'
import { webSocketFrame } from '../frames.ts'
import { acting, hex, sending, shown, VIOLATION } from './make.ts'

const DENIED = 'ERROR wamp.error.not_authorized'

/** A callee with an open call; then the attack; then the callee answers and the caller gets that answer. */
function duringCall(name: string, attack: readonly Step[]): Case {
  return acting(
    name,
    [
      { as: 'callee', send: [64, 1, {}, 'com.others.p$n'], expect: [65, 1, '*'] },
      { as: 'caller', send: [48, 1, {}, 'com.others.p$n', ['ask']] },
      { as: 'callee', expect: [68, 1, '$registration', {}, ['ask']] },
      ...attack,
      { as: 'callee', send: [70, 1, {}, ['true answer']] },
      { as: 'caller', expect: [50, 1, {}, ['true answer']] },
    ],
    { others: { callee: { join: 'open' }, caller: { join: 'open', via: 'rs.cbor' } } },
  )
}

/** A publication that must not reach the victim, and one that must. */
function unseen(name: string, options: Readonly<Record<string, unknown>>): Case {
  return acting(
    name,
    [
      { as: 'victim', send: [32, 1, {}, 'com.others.t$n'], expect: [33, 1, '*'] },
      { send: [16, 1, { acknowledge: true, ...options }, 'com.others.t$n', ['not for all']], expect: [17, 1, '*'] },
      { send: [16, 2, { acknowledge: true }, 'com.others.t$n', ['for all']], expect: [17, 2, '*'] },
      { as: 'victim', expect: [36, '$subscription', '*', {}, ['for all']] },
    ],
    { others: { victim: { join: 'open', via: 'ws.msgpack' } } },
  )
}

export function othersCases(): Case[] {
  const few = (name: string, list: readonly unknown[], expect: Expectation = DENIED): Case => sending(name, list, expect, { join: 'few' })
  const forged = { forward_for: [{ session: 1, authid: 'root', authrole: 'trusted' }] }
  return [
    sending('UNSUBSCRIBE from the subscription of another', [34, 1, '$bystander.subscription'], 'ERROR wamp.error.no_such_subscription'),
    sending('UNREGISTER the registration of another', [66, 1, '$bystander.registration'], 'ERROR wamp.error.no_such_registration'),
    sending('UNREGISTER from another realm', [66, 1, '$bystander.registration'], 'ERROR wamp.error.no_such_registration', {
      join: 'elsewhere',
    }),
    sending('UNSUBSCRIBE from another realm', [34, 1, '$bystander.subscription'], 'ERROR wamp.error.no_such_subscription', {
      join: 'elsewhere',
    }),
    sending('CALL into another realm', [48, 1, {}, 'com.bystander.echo', [1]], 'ERROR wamp.error.no_such_procedure', { join: 'elsewhere' }),
    ...[{}, { force_reregister: true }, { invoke: 'roundrobin' }, { invoke: 'last', force_reregister: true }].map((options) =>
      sending(
        `REGISTER what another has, ${shown(options)}`,
        [64, 1, options, 'com.bystander.echo'],
        // Force needs a right of its own, whether or not the procedure is registered.
        'force_reregister' in options ? 'ERROR wamp.error.option_not_allowed' : 'ERROR wamp.error.procedure_already_exists',
      ),
    ),
    duringCall('YIELD for an invocation of another', [{ send: [70, '$invocation', {}, ['forged']], expect: VIOLATION }]),
    duringCall('ERROR for an invocation of another', [{ send: [8, 68, '$invocation', {}, 'com.forged', ['forged']], expect: VIOLATION }]),
    duringCall('YIELD by the caller for its own call', [{ as: 'caller2', send: [70, 1, {}, ['forged']], expect: VIOLATION }]),
    duringCall('CANCEL of the call of another', [{ send: [49, 1, { mode: 'kill' }], expect: 'ignored' }]),
    duringCall('UNREGISTER during the call of another', [
      { send: [66, 1, '$registration'], expect: 'ERROR wamp.error.no_such_registration' },
    ]),
    duringCall('progress that nobody asked for', [{ as: 'callee', send: [70, 1, { progress: true }, ['early']] }]),
    acting(
      "an answer to an invocation of one's own does not reach the caller of another",
      [
        { send: [64, 1, {}, 'com.others.mine$n'], expect: [65, 1, '*'] },
        { send: [48, 2, {}, 'com.others.mine$n'], expect: [68, 1, '*', {}] },
        { as: 'callee', send: [64, 1, {}, 'com.others.p$n'], expect: [65, 1, '*'] },
        { as: 'caller', send: [48, 1, {}, 'com.others.p$n'] },
        { as: 'callee', expect: [68, 1, '*', {}] },
        { send: [70, 1, {}, ['mine']], expect: [50, 2, {}, ['mine']] },
        { send: [70, 1, {}, ['again']], expect: 'ignored' },
        { as: 'callee', send: [70, 1, {}, ['true answer']] },
        { as: 'caller', expect: [50, 1, {}, ['true answer']] },
      ],
      { others: { callee: { join: 'open' }, caller: { join: 'open' } } },
    ),
    unseen('an empty list of who may receive', { eligible: [] }),
    unseen('an empty list of authids', { eligible_authid: [] }),
    unseen('an empty list of authroles', { eligible_authrole: [] }),
    unseen('a list of others', { eligible: [1, 2, 3] }),
    unseen('eligible and excluded', { eligible: ['$victim'], exclude: ['$victim'] }),
    unseen('an excluded role', { exclude_authrole: ['anonymous'] }),
    acting(
      'CALL with the identity of another',
      [
        { as: 'callee', send: [64, 1, {}, 'com.others.p$n'], expect: [65, 1, '*'] },
        { send: [48, 1, { disclose_me: true, caller: 1, caller_authid: 'root', ...forged }, 'com.others.p$n'] },
        { as: 'callee', expect: [68, 1, '*', { caller: '$main', caller_authid: '*', caller_authrole: 'anonymous' }] },
      ],
      { others: { callee: { join: 'open' } } },
    ),
    acting(
      'PUBLISH with the identity of another',
      [
        { as: 'victim', send: [32, 1, {}, 'com.others.t$n'], expect: [33, 1, '*'] },
        { send: [16, 1, { disclose_me: true, publisher: 1, publisher_authid: 'root', ...forged }, 'com.others.t$n'] },
        { as: 'victim', expect: [36, '*', '*', { publisher: '$main', publisher_authid: '*', publisher_authrole: 'anonymous' }] },
      ],
      { others: { victim: { join: 'open' } } },
    ),
    acting(
      'PUBLISH with an identity and no wish to disclose it',
      [
        { as: 'victim', send: [32, 1, {}, 'com.others.t$n'], expect: [33, 1, '*'] },
        { send: [16, 1, { ...forged, topic: 'com.other', retained: true }, 'com.others.t$n'] },
        { as: 'victim', expect: [36, '*', '*', {}] },
      ],
      { others: { victim: { join: 'open' } } },
    ),
    acting(
      'a callee that breaks the rules: its caller is told',
      [
        { as: 'callee', send: [64, 1, {}, 'com.others.p$n'], expect: [65, 1, '*'] },
        { send: [48, 1, {}, 'com.others.p$n'] },
        { as: 'callee', expect: [68, 1, '*', {}] },
        { as: 'callee', send: [70, 99, {}], expect: VIOLATION },
        { expect: 'ERROR wamp.error.canceled' },
      ],
      { others: { callee: { join: 'open' } } },
    ),
    few('REGISTER what is there, without the right', [64, 1, {}, 'com.hidden.there']),
    few('REGISTER what is not there, without the right', [64, 1, {}, 'com.hidden.absent']),
    few('CALL what is there, without the right', [48, 1, {}, 'com.hidden.there']),
    few('CALL what is not there, without the right', [48, 1, {}, 'com.hidden.absent']),
    few('CALL what is denied within what is granted', [48, 1, {}, 'com.open.secret']),
    few('SUBSCRIBE what is denied within what is granted', [32, 1, {}, 'com.open.secret']),
    few('PUBLISH what is denied within what is granted', [16, 1, { acknowledge: true }, 'com.open.secret']),
    ...['com.open.', 'com.open.s', 'com.open.secret', 'com.', ''].map((uri) =>
      few(`SUBSCRIBE prefix ${shown(uri)} over what is denied`, [32, 1, { match: 'prefix' }, uri]),
    ),
    ...['com.open.', 'com..secret', '..', 'com..'].map((uri) =>
      few(`SUBSCRIBE wildcard ${shown(uri)} over what is denied`, [32, 1, { match: 'wildcard' }, uri]),
    ),
    ...['com.open.sec', 'com.open.', ''].map((uri) =>
      few(`REGISTER prefix ${shown(uri)} over what is denied`, [64, 1, { match: 'prefix' }, uri]),
    ),
    few('REGISTER wildcard com.open. over what is denied', [64, 1, { match: 'wildcard' }, 'com.open.']),
    few('REGISTER under a right to call', [64, 1, {}, 'com.calls.mine']),
    few('PUBLISH under a right to call, unacknowledged', [16, 1, {}, 'com.calls.hello'], 'ignored'),
    few('CALL under a right to call', [48, 1, {}, 'com.calls.hello'], [50, 1, {}, ['hello']]),
  ].map(withCaller)
}

/** The attacker of one case is a second caller. */
function withCaller(each: Case): Case {
  const needs = each.steps.some(({ as }) => as === 'caller2')
  return needs ? { ...each, others: { ...each.others, caller2: { join: 'open' } } } : each
}

export function floodsCases(): Case[] {
  const alone = { alone: true } as const
  const flood = (name: string, steps: readonly Step[], join = 'open'): Case => acting(name, steps, { ...alone, join })
  const frames = (opcode: number, payload: string, times: number): Step => ({
    octets: [{ of: hex(webSocketFrame(opcode, Buffer.from(payload))), times }],
  })
  const limit = 'ERROR trunkline.error.limit_exceeded'
  const four = (type: number, answer: number): Step[] =>
    Array.from({ length: 5 }, (_, i) => ({ send: [type, i + 1, {}, `com.floods.f${i}.$n`], expect: [answer, i + 1, '*'] }))
  return [
    flood('more subscriptions than the limit', [...four(32, 33), { send: [32, 6, {}, 'com.floods.more'], expect: limit }], 'small'),
    flood('more registrations than the limit', [...four(64, 65), { send: [64, 6, {}, 'com.floods.more$n'], expect: limit }], 'small'),
    acting(
      'more open calls than the limit',
      [
        { as: 'callee', send: [64, 1, {}, 'com.floods.silent$n'], expect: [65, 1, '*'] },
        { send: [48, '$next', {}, 'com.floods.silent$n'], times: 6, expect: limit },
      ],
      { ...alone, join: 'small', others: { callee: { join: 'small' } } },
    ),
    flood('20,000 publications', [{ send: [16, '$next', {}, 'com.bystander.flood', ['$i']], times: 20_000 }, { expect: 'ignored' }]),
    acting(
      'a subscriber that does not read is thrown out, and its publisher is served',
      [
        { as: 'slow', send: [32, 1, {}, 'com.floods.slow$n'], expect: [33, 1, '*'] },
        { as: 'slow', pause: true },
        { send: [32, '$next', {}, 'wamp.session.on_leave'], expect: [33, '*', '*'] },
        { send: [16, '$next', {}, 'com.floods.slow$n', ['$blob']], times: 2_000, expect: [36, '*', '*', '*', ['$slow', '*', '*']] },
        { send: [48, '$next', {}, 'wamp.session.get', ['$slow']], expect: 'ERROR wamp.error.no_such_session' },
      ],
      { ...alone, join: 'meta', others: { slow: { join: 'meta' } } },
    ),
    flood('20,000 cancels of nothing', [{ send: [49, '$i', { mode: 'kill' }], times: 20_000 }, { expect: 'ignored' }]),
    flood('20,000 refusals wait for nobody', [
      { send: [32, '$next', {}, 'com..bad'], times: 20_000, expect: [8, 32, 1, '*', 'wamp.error.invalid_uri', '*'] },
    ]),
    flood('20,000 PINGs', [frames(9, 'x', 20_000), { send: [48, 1, {}, 'com.nobody.here'], expect: 'pong 78' }]),
    flood('20,000 messages that are none: one answer', [{ ...frames(1, '[]', 20_000), expect: VIOLATION }]),
    flood('100,000 empty fragments', [
      {
        octets: [
          hex(webSocketFrame(1, Buffer.from('[48,1,{},'), { flags: 0 })),
          { of: hex(webSocketFrame(0, Buffer.alloc(0), { flags: 0 })), times: 100_000 },
        ],
      },
      { octets: hex(webSocketFrame(0, Buffer.from('"com.nobody.here"]'))), expect: [8, 48, 1, '*', 'wamp.error.no_such_procedure', '*'] },
    ]),
    flood('a message of just under 4 MiB', [
      { message: ['[48,1,{},"com.bystander.echo",["', { of: 'x', times: 4 * 2 ** 20 - 100 }, '"]]'], expect: [50, 1, {}, ['*']] },
    ]),
    flood('a message of just over 4 MiB', [
      { message: ['[48,1,{},"com.bystander.echo",["', { of: 'x', times: 4 * 2 ** 20 }, '"]]'], expect: 'close' },
    ]),
    {
      name: 'a callee that subscribes, unsubscribes and joins anew 20 times',
      ...alone,
      steps: Array.from({ length: 20 }, (): Step[] => [
        { send: [1, 'open', { roles: { callee: {} } }], expect: [2, '*', '*'] },
        { send: [64, 1, {}, 'com.floods.again$n'], expect: [65, 1, '*'] },
        { send: [6, {}, 'wamp.close.close_realm'], expect: [6, {}, 'wamp.close.goodbye_and_out'] },
      ]).flat(),
    },
  ]
}
