// Shows the client's JSON with literal texts, and that it agrees with the serializer of @trunkline/protocol.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Message } from '@trunkline/protocol'
import { createJsonSerializer, messageFromArray, messageToArray, Payload, PayloadError, ProtocolError } from '@trunkline/protocol'
import { json } from './json-text.ts'

const { encode, decode, encodeText, decodeText } = json()

function encoded(...args: unknown[]): string {
  return encodeText?.({ type: 48, request: 1, options: {}, procedure: 'a', payload: Payload.fromItems([args]) }) ?? ''
}

function decoded(args: string): unknown {
  const message = decodeText?.(`[50,1,{},${args}]`)
  return message === undefined ? undefined : messageToArray(message)[3]
}

describe('json', () => {
  it.each<[unknown, string]>([
    [1, '1'],
    [9007199254740992, '9007199254740992'],
    [2 ** 60, '1152921504606847000.0'],
    [1.5, '1.5'],
    [-0, '-0.0'],
    [1e300, '1e+300'],
    [18446744073709551615n, '18446744073709551615'],
    ['ü "\n', '"ü \\"\\n"'],
    ['s', '"s"'],
    [undefined, 'null'],
    [null, 'null'],
    [true, 'true'],
    [{ a: undefined, b: [undefined] }, '{"b":[null]}'],
    [{ b: [{ 1: 'x' }], a: { c: {} } }, '{"b":[{"1":"x"}],"a":{"c":{}}}'],
    [Object.assign(Object.create(null) as object, { a: 1 }), '{"a":1}'],
    ['\\ud800', '"\\\\ud800"'],
    [{ a: [1, -0] }, '{"a":[1,-0.0]}'],
    [{ a: { toJSON: () => -0 } }, '{"a":-0.0}'],
    [Object.assign([1], { toJSON: () => 2n }), '2'],
    [new Map([['a', 1]]), '{"a":1}'],
    [new Date(0), '"1970-01-01T00:00:00.000Z"'],
    [Uint8Array.of(1, 2, 255), '"\\u0000AQL/"'],
    [Buffer.from('hi'), '"\\u0000aGk="'],
    [new ArrayBuffer(1), '"\\u0000AA=="'],
    [new Uint8Array(0), '"\\u0000"'],
  ])('writes %o [BP-SER-03 BP-SER-08]', (value, text) => {
    expect(encoded(value)).toBe(`[48,1,{},"a",[${text}]]`)
  })

  it.each<[string, unknown]>([
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['NaN', Number.NaN],
    ['Infinity', Infinity],
    ['an integer beyond 64 bits', 2n ** 64n],
    ['a string that begins like a byte array', '\0AAAA'],
    ['a lone surrogate', 'a\ud800'],
    ['a key with a lone surrogate', { 'a\ud800': 1 }],
    ['a key that begins like a byte array', { '\0a': 1 }],
    ['what names itself otherwise', { a: 1, [Symbol.toStringTag]: 'Other' }],
    ['a Set', new Set()],
    ['a Float64Array', new Float64Array(1)],
    ['a Map with other keys', new Map([[1, 1]])],
    ['a cycle', cycle()],
    ['deep nesting', nested(100_000)],
  ])('refuses %s', (_what, value) => {
    expect(() => encoded(value)).toThrow(PayloadError)
  })

  it('names a cycle as what it is', () => {
    expect(() => encoded(cycle())).toThrow('payload holds itself')
  })

  it('takes the same object twice: that is no cycle', () => {
    const twice = { a: 1 }
    expect(encoded(twice, twice)).toBe('[48,1,{},"a",[{"a":1},{"a":1}]]')
  })

  it.each<[string, unknown]>([
    ['[9007199254740992,-9007199254740992]', [9007199254740992, -9007199254740992]],
    ['[9007199254740993]', [9007199254740993n]],
    ['[-9007199254740993,18446744073709551616]', [-9007199254740993n, 18446744073709551616n]],
    ['[1234567890123456.5,1234567890123456e2]', [1234567890123456.5, 123456789012345600]],
    ['["12345678901234567890","i12345678901234567890","s"]', ['12345678901234567890', 'i12345678901234567890', 's']],
    [
      '[{"12345678901234567890" :"i5","s":{"i":12345678901234567890}}]',
      [{ '12345678901234567890': 'i5', s: { i: 12345678901234567890n } }],
    ],
    ['["a \\" 12345678901234567890 \\\\",12345678901234567890]', ['a " 12345678901234567890 \\', 12345678901234567890n]],
    ['["\\u0000AQL/","\\u0000"]', [Uint8Array.of(1, 2, 255), new Uint8Array(0)]],
    ['["\\u0000no base64","\\u0000AQL"]', ['\0no base64', '\0AQL']],
    ['[{"\\u0000AQL/":1}]', [{ '\0AQL/': 1 }]],
  ])('reads %s [BP-SER-03 BP-SER-08]', (text, value) => {
    expect(decoded(text)).toEqual(value)
  })

  it('reads __proto__ as a key like any other', () => {
    for (const text of ['[{"__proto__":{"a":1}}]', '[{"__proto__":{"a":12345678901234567890}}]']) {
      const [dict] = decoded(text) as [object]
      expect(Object.keys(dict)).toEqual(['__proto__'])
      expect(Object.getPrototypeOf(dict)).toBe(Object.prototype)
    }
  })

  it.each(['', '[50,1', '{}', '[]', '[50,1,{}]x', '[50,01,{}]', '[50,0123456789012345678,{}]', '[50,12345678901234567890,{}]', '[999]'])(
    'refuses %j',
    (text) => {
      expect(() => decodeText?.(text)).toThrow(ProtocolError)
    },
  )

  it('refuses octets that are no UTF-8', () => {
    expect(() => decode(Uint8Array.of(0x5b, 0xff, 0x5d))).toThrow(ProtocolError)
  })

  it('survives nesting that JavaScript cannot follow', () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000)
    for (const text of [`[50,1,{},${deep}]`, `[50,1,{},[${deep},12345678901234567890]]`]) {
      let outcome: unknown
      try {
        outcome = decodeText?.(text)
      } catch (error) {
        outcome = error
      }
      expect(outcome instanceof ProtocolError || (outcome as Message).type === 50).toBe(true)
    }
  })

  it('refuses a long text that nests deeper than routers pass on, before it is read', () => {
    const nested = (depth: number, filling: string): string => `[36,1,1,{},[${'['.repeat(depth)}"${filling}"${']'.repeat(depth)}]]`
    const filling = '[{'.repeat(40_000)
    expect(() => decodeText?.(nested(260, filling))).toThrow('nested deeper than 256')
    expect(() => decodeText?.(`[36,1,1,{},${'{"a":'.repeat(300)}"${filling}"${'}'.repeat(300)}]`)).toThrow('nested deeper than 256')
    expect(decodeText?.(nested(200, filling)).type).toBe(36)
    expect(decodeText?.(nested(200, `\\"${filling}\\\\`)).type).toBe(36)
  })

  it('reads an integer of more digits than any other language holds as a float', () => {
    const [many, more] = ['9'.repeat(500), '9'.repeat(100_000)]
    const message = decodeText?.(`[36,1,1,{},[${many},${more}]]`) as { readonly payload?: Payload }
    expect(message.payload?.args).toEqual([BigInt(many), Number.POSITIVE_INFINITY])
  })

  it('agrees with the serializer of the protocol, in both directions', () => {
    const full = createJsonSerializer()
    fc.assert(
      fc.property(fc.array(value()), (args) => {
        const message: Message = { type: 50, request: 1, details: {}, payload: Payload.fromItems([args]) }
        const bytes = full.encode(message).slice()
        expect(new TextDecoder().decode(encode(message))).toBe(new TextDecoder().decode(bytes))
        expect(messageToArray(decode(bytes))).toEqual(messageToArray(full.decode(bytes)))
      }),
    )
  })

  it('takes a byte order mark for no part of JSON, and keeps one in texts', () => {
    expect(() => decode(new TextEncoder().encode('\ufeff[50,1,{}]'))).toThrow(ProtocolError)
    expect(() => decodeText?.('\ufeff[50,1,{}]')).toThrow(ProtocolError)
    const message = [50, 1, {}, ['\ufeffa'], { '\ufeffb': '\ufeff' }]
    expect(messageToArray(decode(encode(messageFromArray(message))))).toEqual(message)
  })

  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(fc.array(value()), (args) => {
        const message = messageFromArray([50, 1, {}, args])
        expect(messageToArray(decode(encode(message)))).toEqual(messageToArray(message))
      }),
    )
  })
})

/** Values that JSON can hold, and that come back as they were. */
function value(): fc.Arbitrary<unknown> {
  // `unit: 'binary'` would give the same, after a second for the tables of Unicode.
  const character = fc
    .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
    .map((code) => String.fromCodePoint(code))
  const text = fc.string({ unit: character }).filter((each) => !each.startsWith('\0'))
  const integer = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }).map((each) => {
    return each > 2n ** 53n || each < -(2n ** 53n) ? each : Number(each)
  })
  const float = fc.double({ noNaN: true, noDefaultInfinity: true })
  const bytes = fc.uint8Array().map((each) => new Uint8Array(each))
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof({ maxDepth: 4 }, fc.constantFrom(null, true, false), text, integer, float, bytes, tie('list'), tie('dict')),
    list: fc.array(tie('tree'), { maxLength: 4 }),
    dict: fc.dictionary(text, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
  }))
  return tree
}

function cycle(): unknown[] {
  const list: unknown[] = []
  list.push(list)
  return list
}

function nested(depth: number): unknown {
  let list: unknown[] = []
  for (let i = 0; i < depth; i++) list = [list]
  return list
}
