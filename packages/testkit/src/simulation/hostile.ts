// Messages of a client that break the rules or concern what is not its own: arrays, or bytes that are no message.

import type { Random } from './random.ts'
import type { Sightings } from './script.ts'
import type { Wire } from './wire.ts'

/** What a raw client knows of itself. */
export interface HostileView {
  /** The right next request id. */
  readonly next: number
  readonly lastInvocation: number
  readonly wire: Wire
  readonly seen: Sightings
}

/** A message, or bytes; `takesId` when it uses up the next request id. */
export interface Hostile {
  readonly list?: readonly unknown[]
  readonly bytes?: Uint8Array
  readonly isWrongKind?: true
  readonly takesId?: true
}

const ROUTER_MESSAGES = [
  [2, 1, { roles: { broker: {} } }],
  [4, 'ticket', {}],
  [17, 1, 1],
  [33, 1, 1],
  [35, 1],
  [36, 1, 1, {}],
  [50, 1, {}],
  [65, 1, 1],
  [67, 1],
  [68, 1, 1, {}],
  [69, 1, {}],
]

/** Draws one violation. */
export function drawHostile(random: Random, view: HostileView): Hostile {
  const { next, lastInvocation, seen, wire } = view
  const take = (...list: unknown[]): Hostile => ({ list, takesId: true })
  switch (random.below(16)) {
    case 0:
      return take(34, next, random.pickAny(seen.subscriptions) ?? 900_000)
    case 1:
      return take(66, next, random.pickAny(seen.registrations) ?? 900_000)
    case 2: // An answer to an old invocation, to that of another session, or to one that never existed.
      return { list: [70, random.pick([1, 2, Math.max(1, lastInvocation), lastInvocation + 1, 3000]), {}, ['forged']] }
    case 3:
      return { list: [8, 68, random.pick([1, 2, Math.max(1, lastInvocation), lastInvocation + 1]), {}, 'com.forged', ['forged']] }
    case 4:
      return { list: [8, random.pick([48, 16, 32]), 1, {}, 'com.forged'] }
    case 5:
      return {
        list: [
          49,
          random.pick([1, 2, 3, Math.max(1, next - 1), next, 5000]),
          random.pick([{}, { mode: 'skip' }, { mode: 'kill' }, { mode: 'what' }]),
        ],
      }
    case 6:
      return { list: [...random.pick(ROUTER_MESSAGES)] }
    case 7:
      return {
        list: random.pick([
          [1, 'realm1', { roles: { caller: {} } }],
          [5, 'x', {}],
          [6, {}, 'bad reason'],
          [337, 5],
        ]),
      }
    case 8: // Ids out of order.
      return { list: [random.pick([32, 16, 48, 64]), random.pick([next + 1, next - 1, 2 ** 53, next + 2]), {}, 'com.a'] }
    case 9:
      return { list: drawMalformed(random, next) }
    case 10:
      return drawBytes(random, wire, next)
    case 11: // Unknown options, and options that are null, count as absent.
      return take(16, next, { acknowledge: true, _xyz: 1, exclude: null, unknown: { a: [1] } }, 'com.a', ['hello'])
    case 12:
      return take(
        random.pick([32, 64]),
        next,
        {},
        random.pick(['com..a', 'com.a#', 'com. a', '', 'com.a\n', 'wamp.mine', 'trunkline.mine', 'wamp', 'a..']),
      )
    case 13:
      return take(
        random.pick([16, 48]),
        next,
        random.pick([{}, { acknowledge: true }]),
        random.pick(['com..a', '', 'com.a\u0085', 'wamp.mine', 'trunkline.x']),
      )
    case 14:
      return take(
        random.pick([32, 64]),
        next,
        { match: random.pick(['prefix', 'wildcard']) },
        random.pick(['com..a.', 'a b', 'wamp.', 'wamp..x', 'w', '#']),
      )
    default: // Rights of others.
      return take(16, next, { acknowledge: true, forward_for: [{ session: 1, authid: 'root', authrole: 'admin' }] }, 'com.a.b', [
        'forwarded',
      ])
  }
}

function drawMalformed(random: Random, next: number): unknown[] {
  return random.pick<unknown[]>([
    [],
    [999],
    ['48', next, {}, 'com.a'],
    [48, 0, {}, 'com.a'],
    [48, -1, {}, 'com.a'],
    [48, 1.5, {}, 'com.a'],
    [48, next, [], 'com.a'],
    [48, next, {}, 7],
    [48, next, {}, 'com.a', {}],
    [48, next, {}, 'com.a', [], []],
    [48, next, {}, 'com.a', [], {}, 1],
    [48, next, { disclose_me: 1 }, 'com.a'],
    [16, next, { acknowledge: 1 }, 'com.a'],
    [16, next, { eligible: [0] }, 'com.a'],
    [16, next, { eligible: ['1'] }, 'com.a'],
    [16, next, { exclude_authid: [5] }, 'com.a'],
    [16, next, { exclude_me: 'yes' }, 'com.a'],
    [32, next, { match: 'regex' }, 'com.a'],
    [32, next, {}, 'com.a', []],
    [64, next, { invoke: 'all' }, 'com.a'],
    [34, next],
    [70, 'x', {}],
    [6, {}],
    [8, 68, 1, {}],
  ])
}

function drawBytes(random: Random, wire: Wire, next: number): Hostile {
  const good = wire.encode([16, next, {}, 'com.a', ['cut']])
  switch (random.below(6)) {
    case 0:
      return { bytes: good.slice(0, random.between(0, good.length - 1)) }
    case 1:
      return { bytes: Uint8Array.of(...good, 0x5d) }
    case 2:
      return { bytes: Uint8Array.from({ length: random.between(1, 12) }, () => random.below(256)) }
    case 3:
      return { bytes: wire.encode(random.pick<unknown>([{}, 'text', 5, null, { type: 1 }])) }
    case 4:
      return { bytes: wire.encode(nested(random.between(80, 300))) }
    default:
      return { bytes: good, isWrongKind: true }
  }
}

function nested(depth: number): unknown {
  let value: unknown = []
  for (let i = 0; i < depth; i++) value = [value]
  return [16, 1, {}, 'com.a', [value]]
}
