// What becomes of each JavaScript value, in all serializers alike; the guide's table is made of this one.

import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { runInNewContext } from 'node:vm'
import { CALL, createJsonSerializer, EMPTY_DICT, Payload, PayloadError, payloadOf } from '@trunkline/protocol'
import { describe, expect, it } from 'vitest'
import { cbor } from './cbor.ts'
import { json } from './json-text.ts'
import { msgpack } from './msgpack.ts'
import type { ClientSerializer } from './transports/transport.ts'

class Point {
  x = 1
  #hidden = 2
  get sum(): number {
    return this.x + this.#hidden
  }
}

class Empty {}

class Named {
  get [Symbol.toStringTag](): string {
    return 'Named'
  }
  x = 1
}

/** Each value as the guide shows it. What is said of `[]` is said of each list, and so on. */
const VALUES: Readonly<Record<string, () => unknown>> = {
  "'text'": () => 'text',
  '1': () => 1,
  '1.5': () => 1.5,
  '2 ** 53 + 2': () => 2 ** 53 + 2,
  '-0': () => -0,
  '10n ** 19n': () => 10n ** 19n,
  '10n ** 20n': () => 10n ** 20n,
  true: () => true,
  null: () => null,
  undefined: () => undefined,
  '[1, , 3]': () => runInNewContext('[1, , 3]'),
  '[undefined]': () => [undefined],
  '{ a: undefined, b: 1 }': () => ({ a: undefined, b: 1 }),
  '{}': () => ({}),
  'Object.create(null)': () => Object.create(null),
  "new Map([['a', 1]])": () => new Map([['a', 1]]),
  'new Map([[1, 1]])': () => new Map([[1, 1]]),
  'new Uint8Array([1, 2])': () => new Uint8Array([1, 2]),
  'Buffer.from([1, 2])': () => Buffer.from([1, 2]),
  'new ArrayBuffer(2)': () => new ArrayBuffer(2),
  'new Date(0)': () => new Date(0),
  'new Date(NaN)': () => new Date(NaN),
  "new URL('http://a/')": () => new URL('http://a/'),
  '{ toJSON: () => 7 }': () => ({ toJSON: () => 7 }),
  'a class instance with properties': () => new Point(),
  'a class instance without': () => new Empty(),
  'an object with a Symbol.toStringTag': () => new Named(),
  'new Set([1])': () => new Set([1]),
  'new Float32Array(2)': () => new Float32Array(2),
  'new DataView(new ArrayBuffer(2))': () => new DataView(new ArrayBuffer(2)),
  'new SharedArrayBuffer(2)': () => new SharedArrayBuffer(2),
  'new Error()': () => Object.assign(new Error('no'), { code: 'X' }),
  'new RegExp()': () => /a/,
  'Promise.resolve()': () => Promise.resolve(1),
  'new Blob()': () => new Blob(['a']),
  'new WeakMap()': () => new WeakMap(),
  "new String('a')": () => new String('a'),
  'new Number(1)': () => new Number(1),
  '() => 1': () => () => 1,
  "Symbol('a')": () => Symbol('a'),
}

const SERIALIZERS: Readonly<Record<string, () => ClientSerializer>> = {
  JSON: json,
  'JSON of the router': createJsonSerializer,
  MessagePack: msgpack,
  CBOR: cbor,
}

/** What arrives of a value, or why it is not sent. */
function outcomeOf(value: unknown, serializer: ClientSerializer): string {
  const payload = Payload.fromValues([value])
  try {
    const octets = serializer.encode({ type: CALL, request: 1, options: EMPTY_DICT, procedure: 'a', payload })
    return inspect(payloadOf(serializer.decode(octets))?.args[0])
  } catch (error) {
    if (!(error instanceof PayloadError)) throw error
    return `PayloadError: ${error.message.replace('.args[0]: ', '')}`
  }
}

/** A null-prototype dict is as good as any. */
function plain(text: string): string {
  return text.replaceAll('[Object: null prototype] ', '')
}

function row(shown: string, value: unknown): string {
  const outcome = plain(outcomeOf(value, json()))
  return `| \`${shown}\` | ${outcome.startsWith('PayloadError: ') ? outcome : `\`${outcome}\``} |`
}

describe('a value that is sent', () => {
  it.each(Object.entries(VALUES))('becomes the same in every serializer: %s', (_shown, make) => {
    const [first, ...others] = Object.values(SERIALIZERS).map((create) => plain(outcomeOf(make(), create())))
    for (const other of others) expect(other).toBe(first)
  })

  it('is what the guide says', () => {
    const guide = readFileSync(new URL('../../../docs/guide/values.md', import.meta.url), 'utf8')
    const rows = Object.entries(VALUES).map(([shown, make]) => row(shown, make()))
    const table = /\n\| sent \| arrives as \|\n[^]*?\n(?=\n)/.exec(guide)?.[0]
    expect(table).toBe(`\n| sent | arrives as |\n|---|---|\n${rows.join('\n')}\n`)
  })

  it.each([
    ['new Uint8Array([1, 2])', new Uint8Array([1, 2])],
    ['new Uint8Array([1, 2]).buffer', new Uint8Array([1, 2])],
    ["new Map([['a', [1, , 3]]])", { a: [1, null, 3] }],
    ['({ a: { b: [] } })', { a: { b: [] } }],
    ['new Date(0)', '1970-01-01T00:00:00.000Z'],
  ])('may be of another realm: %s', (code, expected) => {
    for (const create of Object.values(SERIALIZERS)) {
      expect(plain(outcomeOf(runInNewContext(code), create()))).toBe(plain(inspect(expected)))
    }
  })

  it.each(['new Error("no")', 'Promise.resolve()', 'new Set()', 'new Float64Array(1)', 'new WeakMap()', '/a/', 'new (class Empty {})()'])(
    'is refused by what it is, whatever its realm: %s',
    (code) => {
      for (const create of Object.values(SERIALIZERS))
        expect(outcomeOf(runInNewContext(code), create())).toMatch(/^PayloadError: \w+ cannot be sent/)
    },
  )

  it.each<[string, unknown]>([
    ['.args[0].users[1].name: a function cannot be sent', { users: [{}, { name: () => 1 }] }],
    ['.args[0].at: Promise cannot be sent', new Map([['at', Promise.resolve()]])],
    ['.args[0][2]: a symbol cannot be sent', ['', 1, Symbol('a')]],
    ['.args[0].deep.a: payload holds itself', { deep: ring() }],
  ])('is refused with its path: %s', (message, value) => {
    for (const create of Object.values(SERIALIZERS)) {
      const send = (): unknown =>
        create().encode({ type: CALL, request: 1, options: EMPTY_DICT, procedure: 'a', payload: Payload.fromValues([value]) })
      expect(send).toThrow(new PayloadError(message))
    }
  })

  it('is refused in kwargs with its path', () => {
    const payload = Payload.fromValues([], { a: [new WeakMap()] })
    for (const create of Object.values(SERIALIZERS)) {
      expect(() => create().encode({ type: CALL, request: 1, options: EMPTY_DICT, procedure: 'a', payload })).toThrow(
        '.kwargs.a[0]: WeakMap cannot be sent',
      )
    }
  })
})

function ring(): object {
  const each: Record<string, unknown> = {}
  each['a'] = each
  return each
}
