// Group `shape`: every element of every message of a client, missing, of another type, or followed by one too many.

import type { Case, Via } from '../case.ts'
import { acting, CHALLENGE, shown, turns, VIOLATION } from './make.ts'

type Kind = 'id' | 'integer' | 'uri' | 'string' | 'dict' | 'list' | 'kwargs'

/** The values that a kind does not hold (specification: "Identifiers", "Message Structure", "Polymorphism"). */
const OTHERS: Record<Kind, readonly unknown[]> = {
  id: [null, true, '1', [1], {}, 1.5, -1, 0, 2 ** 53 + 2],
  integer: [null, true, '68', [], {}, 1.5, -1],
  uri: [null, true, 1, ['com.a'], {}],
  string: [null, true, 1, ['x'], {}],
  dict: [null, true, 1, 'x', []],
  // null is read as empty there.
  list: [true, 1, 'x', {}],
  kwargs: [true, 1, 'x', []],
}

interface Shape {
  readonly name: string
  readonly list: readonly unknown[]
  readonly kinds: readonly Kind[]
  /** Elements at the end that may be absent. */
  readonly optional: number
  readonly phase: 'first' | 'challenged' | 'open'
}

const PAYLOAD = [[1], { a: 1 }]

/** Specification: "Messages". */
const SHAPES: readonly Shape[] = [
  { name: 'HELLO', list: [1, 'open', { roles: { caller: {} } }], kinds: ['uri', 'dict'], optional: 0, phase: 'first' },
  {
    name: 'ABORT',
    list: [3, {}, 'wamp.close.close_realm', ...PAYLOAD],
    kinds: ['dict', 'uri', 'list', 'kwargs'],
    optional: 2,
    phase: 'first',
  },
  { name: 'AUTHENTICATE', list: [5, 'joe-s-ticket', {}], kinds: ['string', 'dict'], optional: 0, phase: 'challenged' },
  { name: 'GOODBYE', list: [6, {}, 'wamp.close.close_realm'], kinds: ['dict', 'uri'], optional: 0, phase: 'open' },
  {
    name: 'ERROR',
    list: [8, 68, 1, {}, 'com.example.error', ...PAYLOAD],
    kinds: ['integer', 'id', 'dict', 'uri', 'list', 'kwargs'],
    optional: 2,
    phase: 'open',
  },
  {
    name: 'PUBLISH',
    list: [16, 1, {}, 'com.shape.a', ...PAYLOAD],
    kinds: ['id', 'dict', 'uri', 'list', 'kwargs'],
    optional: 2,
    phase: 'open',
  },
  { name: 'SUBSCRIBE', list: [32, 1, {}, 'com.shape.a'], kinds: ['id', 'dict', 'uri'], optional: 0, phase: 'open' },
  { name: 'UNSUBSCRIBE', list: [34, 1, 4711], kinds: ['id', 'id'], optional: 0, phase: 'open' },
  {
    name: 'CALL',
    list: [48, 1, {}, 'com.shape.a', ...PAYLOAD],
    kinds: ['id', 'dict', 'uri', 'list', 'kwargs'],
    optional: 2,
    phase: 'open',
  },
  { name: 'CANCEL', list: [49, 1, {}], kinds: ['id', 'dict'], optional: 0, phase: 'open' },
  { name: 'REGISTER', list: [64, 1, {}, 'com.shape.a'], kinds: ['id', 'dict', 'uri'], optional: 0, phase: 'open' },
  { name: 'UNREGISTER', list: [66, 1, 4711], kinds: ['id', 'id'], optional: 0, phase: 'open' },
  { name: 'YIELD', list: [70, 1, {}, ...PAYLOAD], kinds: ['id', 'dict', 'list', 'kwargs'], optional: 2, phase: 'open' },
]

export function shapeCases(): Case[] {
  const next = turns()
  return SHAPES.flatMap((shape) => [...missing(shape, next), ...wrong(shape, next), tooMany(shape, next)])
}

function missing(shape: Shape, next: () => Via): Case[] {
  const required = shape.kinds.length - shape.optional
  return Array.from({ length: required }, (_, given) =>
    caseOf(shape, `${given} of ${required} elements`, shape.list.slice(0, given + 1), next()),
  )
}

function wrong(shape: Shape, next: () => Via): Case[] {
  return shape.kinds.flatMap((kind, i) =>
    OTHERS[kind].map((value) => {
      const list = [...shape.list.slice(0, i + 1), value, ...shape.list.slice(i + 2)]
      return caseOf(shape, `element ${i + 1} is ${shown(value)}, not of type ${kind}`, list, next())
    }),
  )
}

function tooMany(shape: Shape, next: () => Via): Case {
  // Some peers and the published vectors give UNSUBSCRIBE and UNREGISTER options; two more are too many in any case.
  return caseOf(shape, 'two elements too many', [...shape.list, {}, {}], next())
}

function caseOf(shape: Shape, fault: string, list: readonly unknown[], via: Via): Case {
  const name = `${shape.name}: ${fault}`
  const refused = { send: list, expect: VIOLATION }
  if (shape.phase === 'open') return acting(name, [refused], { via })
  if (shape.phase === 'first') return { name, via, steps: [refused] }
  const hello = [1, 'login', { roles: { caller: {} }, authmethods: ['ticket'], authid: 'joe' }]
  return { name, via, steps: [{ send: hello, expect: CHALLENGE }, refused] }
}
