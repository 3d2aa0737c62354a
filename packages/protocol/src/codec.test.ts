// Shows every message as a literal list: read, written, and refused when an element is missing, wrong or too many.

import { describe, expect, it } from 'vitest'
import { headerElements, messageFromArray, messageFromElements, messageToArray, payloadOf, rowOf } from './codec.ts'
import { ProtocolError } from './errors.ts'
import { ANSWERS } from './message-answers.ts'
import type { OptionType } from './message-table.ts'
import { MESSAGES, messageRow } from './message-table.ts'

/** The shapes of the specification, with a row of the Basic Profile each. `may`: elements at the end that may be absent. */
interface Shape {
  readonly name: string
  readonly rows: string
  readonly full: readonly unknown[]
  readonly fields: readonly string[]
  readonly may?: number
  readonly payload?: true
}

/** What clients in wide use send as args and kwargs, and how it goes on. */
const NULL_ITEMS: readonly (readonly [items: readonly unknown[], read: readonly unknown[]])[] = [
  [[null], []],
  [[null, null], []],
  [
    [null, { a: 1 }],
    [[], { a: 1 }],
  ],
  [
    [null, {}],
    [[], {}],
  ],
  [[[1, null], null], [[1, null]]],
]

const SHAPES: readonly Shape[] = [
  { name: 'HELLO', rows: '[BP-MSG-16]', full: [1, 'realm1', {}], fields: ['Realm', 'Details'] },
  { name: 'WELCOME', rows: '[BP-MSG-17]', full: [2, 4711, {}], fields: ['Session', 'Details'] },
  { name: 'ABORT', rows: '[BP-MSG-18]', full: [3, {}, 'com.example.reason'], fields: ['Details', 'Reason'], payload: true },
  { name: 'CHALLENGE', rows: '(advanced profile)', full: [4, 'ticket', {}], fields: ['AuthMethod', 'Extra'] },
  { name: 'AUTHENTICATE', rows: '(advanced profile)', full: [5, 'signature', {}], fields: ['Signature', 'Extra'] },
  { name: 'GOODBYE', rows: '[BP-MSG-19]', full: [6, {}, 'com.example.reason'], fields: ['Details', 'Reason'] },
  {
    name: 'ERROR',
    rows: '[BP-MSG-20]',
    full: [8, 48, 7, {}, 'com.example.error'],
    fields: ['RequestType', 'Request', 'Details', 'Error'],
    payload: true,
  },
  { name: 'PUBLISH', rows: '[BP-MSG-21]', full: [16, 7, {}, 'com.example.topic'], fields: ['Request', 'Options', 'Topic'], payload: true },
  { name: 'PUBLISHED', rows: '[BP-MSG-22]', full: [17, 7, 8], fields: ['Request', 'Publication'] },
  { name: 'SUBSCRIBE', rows: '[BP-MSG-23]', full: [32, 7, {}, 'com.example.topic'], fields: ['Request', 'Options', 'Topic'] },
  { name: 'SUBSCRIBED', rows: '[BP-MSG-24]', full: [33, 7, 8, {}], fields: ['Request', 'Subscription', 'Details'], may: 1 },
  { name: 'UNSUBSCRIBE', rows: '[BP-MSG-25]', full: [34, 7, 8, {}], fields: ['Request', 'Subscription', 'Options'], may: 1 },
  { name: 'UNSUBSCRIBED', rows: '[BP-MSG-26]', full: [35, 7, {}], fields: ['Request', 'Details'], may: 1 },
  { name: 'EVENT', rows: '[BP-MSG-27]', full: [36, 7, 8, {}], fields: ['Subscription', 'Publication', 'Details'], payload: true },
  {
    name: 'CALL',
    rows: '[BP-MSG-28]',
    full: [48, 7, {}, 'com.example.procedure'],
    fields: ['Request', 'Options', 'Procedure'],
    payload: true,
  },
  { name: 'CANCEL', rows: '(advanced profile)', full: [49, 7, {}], fields: ['Request', 'Options'] },
  { name: 'RESULT', rows: '[BP-MSG-29]', full: [50, 7, {}], fields: ['Request', 'Details'], payload: true },
  { name: 'REGISTER', rows: '[BP-MSG-30]', full: [64, 7, {}, 'com.example.procedure'], fields: ['Request', 'Options', 'Procedure'] },
  { name: 'REGISTERED', rows: '[BP-MSG-31]', full: [65, 7, 8], fields: ['Request', 'Registration'] },
  { name: 'UNREGISTER', rows: '[BP-MSG-32]', full: [66, 7, 8, {}], fields: ['Request', 'Registration', 'Options'], may: 1 },
  { name: 'UNREGISTERED', rows: '[BP-MSG-33]', full: [67, 7, {}], fields: ['Request', 'Details'], may: 1 },
  { name: 'INVOCATION', rows: '[BP-MSG-34]', full: [68, 7, 8, {}], fields: ['Request', 'Registration', 'Details'], payload: true },
  { name: 'INTERRUPT', rows: '(advanced profile)', full: [69, 7, {}], fields: ['Request', 'Options'] },
  { name: 'YIELD', rows: '[BP-MSG-35]', full: [70, 7, {}], fields: ['Request', 'Options'], payload: true },
  { name: 'EVENT_RECEIVED', rows: '[BP-MSG-11]', full: [337, 7, {}], fields: ['Publication', 'Details'], may: 1 },
]

const NOT_NUMBERS = [-1, -0, 1.5, '7', null, undefined, true, {}, [], NaN, Infinity, 2 ** 53 + 2, 7n]
const WRONG = {
  id: [0, ...NOT_NUMBERS],
  id0: NOT_NUMBERS,
  integer: NOT_NUMBERS,
  text: [7, null, undefined, true, {}, [], new Uint8Array(1)],
  realm: [7, undefined, true, {}, [], new Uint8Array(1)],
  dict: [7, 'text', null, undefined, true, [], new Uint8Array(1)],
}

/** The kind of an element at a place, read from the literal alone. */
function kindAt({ name, full }: Shape, index: number): keyof typeof WRONG {
  const element = full[index]
  if (name === 'HELLO' && index === 1) return 'realm'
  if (typeof element === 'string') return 'text'
  if (typeof element === 'object') return 'dict'
  if (name === 'ERROR' && index === 1) return 'integer'
  return (name === 'UNSUBSCRIBED' || name === 'UNREGISTERED') && index === 1 ? 'id0' : 'id'
}

function faultOf(list: unknown): string {
  try {
    messageFromArray(list)
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    expect(error.uri).toBe('wamp.error.protocol_violation')
    return error.message
  }
  return 'no fault'
}

describe('codec', () => {
  it('knows exactly the messages of the specification', () => {
    expect(MESSAGES.map((row) => [row.code, row.name])).toEqual(SHAPES.map(({ full, name }) => [full[0], name]))
  })

  for (const shape of SHAPES) {
    const { name, rows, full, fields, may = 0, payload } = shape

    describe(`${name}`, () => {
      it(`is read and written as ${JSON.stringify(full)} ${rows}`, () => {
        const message = messageFromArray(full)
        expect(message.type).toBe(full[0])
        expect(messageToArray(message)).toEqual(full)
        expect(payloadOf(message)).toBe(undefined)
        expect(rowOf(full[0])).toMatchObject({ fields: { length: full.length - 1 }, hasPayload: payload === true })
      })

      it(`may leave out its last ${may} elements, and no more [BP-PERR-17]`, () => {
        for (let length = 1; length < full.length; length++) {
          const short = full.slice(0, length)
          if (length >= full.length - may) expect(messageToArray(messageFromArray(short))).toEqual(short)
          else expect(faultOf(short)).toContain(name)
        }
      })

      it.each(fields.map((field, i) => [field, i + 1] as const))(
        'refuses a wrong %s and names it [BP-PERR-17 BP-MSG-07 BP-ID-01 BP-SER-06]',
        (field, index) => {
          for (const wrong of WRONG[kindAt(shape, index)]) expect(faultOf(full.with(index, wrong))).toContain(`${name}.${field} is not`)
        },
      )
    })
  }

  it.each(SHAPES.filter(({ payload }) => payload))(
    'carries args and kwargs of $name behind everything else, empty ones too [BP-MSG-08 BP-MSG-14]',
    ({ full }) => {
      for (const items of [[[]], [[1, 'a', null]], [[], {}], [[], { a: 1 }], [[1], { b: [2] }]]) {
        const list = [...full, ...items]
        const message = messageFromArray(list)
        expect(messageToArray(message)).toEqual(list)
        expect(headerElements(message)).toEqual(full)
        expect(payloadOf(message)?.count).toBe(items.length)
      }
    },
  )

  it.each(SHAPES.filter(({ payload }) => payload))(
    'refuses args of $name that are no list, kwargs that are no dict, and a third element [BP-PERR-17]',
    ({ name, full }) => {
      for (const args of [7, 'text', true, {}]) expect(faultOf([...full, args])).toContain(`${name}.Arguments is not a list`)
      for (const kwargs of [7, 'text', true, []]) expect(faultOf([...full, [], kwargs])).toContain(`${name}.ArgumentsKw is not a dict`)
      expect(faultOf([...full, [], {}, {}])).toContain(name)
    },
  )

  it.each(SHAPES.filter(({ payload }) => payload))('tolerates null in the place of args and of kwargs of $name', ({ full }) => {
    for (const [items, read] of NULL_ITEMS) expect(messageToArray(messageFromArray([...full, ...items]))).toEqual([...full, ...read])
  })

  it.each(SHAPES.filter(({ payload }) => payload === undefined))('refuses a $name with more elements [BP-PERR-17]', ({ name, full }) => {
    expect(faultOf([...full, {}])).toContain(`${name} has ${full.length + 1} elements, which is too many`)
    expect(faultOf([...full, [], {}])).toContain(name)
  })

  it.each([[{}], ['[1]'], [1], [null], [undefined], [true], [[]]])(
    'refuses %j, which is no list with a type [BP-PERR-17 BP-MSG-01]',
    (list) => {
      expect(faultOf(list)).toContain('list')
    },
  )

  it.each([['1'], [1.5], [-1], [null], [undefined], [[]], [{}], [true], [0], [7], [999], [255], [2 ** 53]])(
    'refuses the type code %j [BP-PERR-17 BP-MSG-01]',
    (code) => {
      expect(faultOf([code, 1, {}])).toMatch(/type/)
      expect(() => messageFromElements([code, 1, {}], undefined)).toThrow(ProtocolError)
      expect(() => rowOf(code)).toThrow(ProtocolError)
    },
  )

  it('accepts request 0 only in the revocation forms [BP-MSG-26 BP-MSG-33 BP-ID-01]', () => {
    expect(messageToArray(messageFromArray([35, 0, { subscription: 7, reason: 'com.example' }]))).toEqual([
      35,
      0,
      { subscription: 7, reason: 'com.example' },
    ])
    expect(messageToArray(messageFromArray([67, 0, { registration: 7 }]))).toEqual([67, 0, { registration: 7 }])
    expect(faultOf([17, 0, 1])).toContain('PUBLISHED.Request')
  })

  it('takes the ids 1 and 2^53 [BP-ID-01]', () => {
    for (const id of [1, 2 ** 53]) expect(messageToArray(messageFromArray([17, id, id]))).toEqual([17, id, id])
  })
})

describe('predefined options and details', () => {
  const RIGHT: Record<string, readonly unknown[]> = {
    bool: [true, false],
    integer: [0, 1, 2 ** 53],
    id: [1, 2 ** 53],
    string: ['', 'text'],
    dict: [{}, { a: 1 }],
    ids: [[], [1, 2]],
    strings: [[], ['a']],
    dicts: [[], [{}]],
  }
  const WRONG_VALUES: Record<string, readonly unknown[]> = {
    bool: [0, 1, 'true', [], {}],
    integer: [-1, 1.5, '1', true, [], {}],
    id: [0, -1, 1.5, '1', true, [], {}],
    string: [1, true, [], {}],
    dict: [1, 'text', true, []],
    ids: [1, 'text', {}, [0], ['1'], [1.5], [null]],
    strings: [1, 'text', {}, [1], [null]],
    dicts: [1, 'text', {}, [1], [[]], [null]],
  }
  const keys = MESSAGES.flatMap((row) => [...row.keys].map(([key, type]) => [row.name, key, type] as const))

  /** The message of this name with one key in its dictionary. */
  function withKey(name: string, key: string, value: unknown): readonly unknown[] {
    const shape = SHAPES.find((each) => each.name === name)
    if (shape === undefined) throw new Error(`no shape for ${name}`)
    return shape.full.map((element) => (typeof element === 'object' ? { [key]: value } : element))
  }

  const valuesOf = (type: OptionType, of: Record<string, readonly unknown[]>, otherwise: readonly unknown[]): readonly unknown[] =>
    typeof type === 'object' ? otherwise : (of[type] ?? [])

  it.each(keys)('%s takes %s with a value of its type and refuses any other [BP-PERR-22 BP-MSG-02 BP-SER-06]', (name, key, type) => {
    for (const right of valuesOf(type, RIGHT, typeof type === 'object' ? type.oneOf : [])) {
      const list = withKey(name, key, right)
      expect(messageToArray(messageFromArray(list))).toEqual(list)
    }
    for (const wrong of valuesOf(type, WRONG_VALUES, ['', 'invalid', 1, true, [], {}])) {
      expect(faultOf(withKey(name, key, wrong))).toContain(`${name}: ${key} is n`)
    }
    for (const absent of [null, undefined]) expect(faultOf(withKey(name, key, absent))).toBe('no fault')
  })

  it.each(keys)('%s.%s is spelt as predefined keys are [BP-MSG-04]', (_, key) => {
    expect(key).toMatch(/^[a-z][a-z0-9_]{2,}$/)
  })

  it('ignores keys that it does not know, of whatever value [BP-MSG-05 BP-MSG-06]', () => {
    const list = [48, 1, { _mine: [1.5, null], unknown: -1, constructor: 1, toString: 2 }, 'com.example.procedure']
    expect(messageToArray(messageFromArray(list))).toEqual(list)
  })

  it('reads the older form of payload passthru, where bytes stand in the place of args [BP-MSG-07]', () => {
    const list = [16, 1, { enc_algo: 'cryptobox', enc_serializer: 'json', enc_key: 'k' }, 'com.example.topic', new Uint8Array([1, 2])]
    expect(messageToArray(messageFromArray(list))).toEqual(list)
    expect(faultOf([16, 1, {}, 'com.example.topic', new Uint8Array([1, 2])])).toContain('PUBLISH.Arguments')
  })
})

describe('the message table', () => {
  it('answers by code, and knows no other', () => {
    for (const row of MESSAGES) expect(messageRow(row.code)).toBe(row)
    for (const code of [0, 7, 9, 15, 100, 336, 338, -1, 1.5]) expect(messageRow(code)).toBe(undefined)
  })

  it('names for each request an answer that exists', () => {
    for (const row of MESSAGES)
      for (const answer of ANSWERS.get(row.code) ?? [])
        expect(messageRow(answer)?.sender).not.toBe(row.sender === 'both' ? undefined : row.sender)
  })
})
