import { describe, expect, it } from 'vitest'
import type { JsonSchema } from '../ports/contracts.ts'
import { compileSchema } from './json-schema.ts'
import { Work } from './schema-work.ts'

const faultOf = (schema: JsonSchema, value: unknown): string | undefined => {
  const found = compileSchema(schema)(value)
  return found && `${found.path}: ${found.message}`
}

const treeAt = (name: string): JsonSchema => {
  const within = { $ref: `#/$defs/${name}` }
  return { type: 'object', properties: { l: within, r: within } }
}

describe('a compiled JSON Schema', () => {
  it('names the first fault by a JSON Pointer', () => {
    const schema = { type: 'object', properties: { 'a/b': { type: 'array', items: { type: 'string', maxLength: 2 } } }, required: ['c~d'] }
    expect(faultOf(schema, { 'c~d': 1, 'a/b': ['x', 'long'] })).toBe('/a~1b/1: must have 2 characters or less')
    expect(faultOf(schema, {})).toBe('/c~0d: is missing')
    expect(faultOf(schema, { 'c~d': 1 })).toBeUndefined()
  })

  it.each<[string, JsonSchema]>([
    ["the keyword 'unevaluatedItems' is not known", { unevaluatedItems: false }],
    ["/properties/a: the keyword 'typo' is not known", { properties: { a: { typo: 1 } } }],
    ["/properties/a: the keyword '$id' is not known", { properties: { a: { $id: 'x' } } }],
    ['$schema: the dialect is not known', { $schema: 'https://example.com/dialect' }],
    ['/type: "text" is no type', { type: 'text' }],
    ['/type: "toString" is no type', { type: ['null', 'toString'] }],
    ['/minLength: must be a whole number', { minLength: -1 }],
    ['/maximum: must be a number', { maximum: '1' }],
    ['/required: must be a list of strings', { required: [1] }],
    ['/items: a schema must be an object', { items: [true] }],
    ['/pattern: Invalid regular expression', { pattern: '(' }],
    ['$ref must be a JSON Pointer', { $ref: 'https://example.com/other' }],
    ['$ref #/$defs/a leads nowhere', { $ref: '#/$defs/a' }],
    ['$ref #/%E0 leads nowhere', { $ref: '#/%E0' }],
    ['it refers to itself', { $ref: '#' }],
    ['it refers to itself', { $ref: '#/$defs/a', $defs: { a: { allOf: [{ $ref: '#/$defs/b' }] }, b: { not: { $ref: '#/$defs/a' } } } }],
    ['it refers to itself', { properties: { x: { $ref: '#/$defs/a' } }, $defs: { a: { anyOf: [true, { $ref: '#/$defs/a' }] } } }],
  ])('that says "%s" is refused', (message, schema) => {
    expect(() => compileSchema(schema)).toThrow(expect.objectContaining({ name: 'UsageError', message: expect.stringContaining(message) }))
  })

  it('may refer to itself deeper in the value', () => {
    const tree = { type: 'object', properties: { children: { type: 'array', items: { $ref: '#' } } } }
    expect(faultOf(tree, { children: [{ children: [] }, { children: [1] }] })).toBe('/children/1/children/0: must be object')
  })

  it('takes what travels and JSON has no word for: octets and long integers', () => {
    expect(faultOf({ type: 'string', contentEncoding: 'base64' }, Uint8Array.of(1))).toBeUndefined()
    expect(faultOf({ type: 'string' }, Uint8Array.of(1))).toBe(': must be string')
    expect(faultOf({ type: 'object' }, Uint8Array.of(1))).toBe(': must be object')
    expect(faultOf({ type: 'integer', maximum: 2 ** 53, multipleOf: 2 }, 2n ** 53n)).toBeUndefined()
    expect(faultOf({ maximum: 2 ** 53 }, 2n ** 53n + 1n)).toBe(': must be <= 9007199254740992')
    expect(faultOf({ enum: [1, { a: [2] }] }, { a: [2n] })).toBeUndefined()
    expect(faultOf({ const: 1 }, 1n)).toBeUndefined()
  })

  it('keeps keys that the schema does not name out of the log', () => {
    const schema = { properties: { users: { additionalProperties: { type: 'number' } } } }
    const fault = compileSchema(schema)({ users: { 'a@example.com': 'x' } })
    expect([fault?.path, fault?.pathForLog]).toEqual(['/users/a@example.com', '/users/*'])
  })

  it('has no key that every object inherits', () => {
    expect(faultOf({ required: ['constructor'] }, {})).toBe('/constructor: is missing')
    expect(faultOf({ properties: { toString: { type: 'number' } } }, {})).toBeUndefined()
    expect(faultOf(JSON.parse('{"additionalProperties":false,"properties":{"__proto__":true}}') as JsonSchema, {})).toBeUndefined()
  })

  it('shows little of a long schema in its messages', () => {
    expect(faultOf({ enum: Array.from({ length: 1000 }, (_, i) => `choice ${i}`) }, 1)?.length).toBeLessThan(200)
  })

  it('reads no more of a value than of what it is compared with', () => {
    const unread = { get x(): never { throw new Error('read') } } // prettier-ignore
    for (const schema of [{ const: 'a' }, { const: { y: 1 } }, { const: [1] }, { enum: ['a', null, [], {}, { y: 1 }] }]) {
      expect(faultOf(schema, unread)).toMatch(/^: must be/)
      expect(faultOf(schema, [unread])).toMatch(/^: must be/)
    }
    expect(faultOf({ const: [1, { a: null }] }, [1n, { a: null }])).toBeUndefined()
    expect(faultOf({ const: { a: 1 } }, { a: 1, b: 1 })).toBe(': must be {"a":1}')
    expect(faultOf({ enum: [1e20] }, 10n ** 20n)).toBeUndefined()
    expect(faultOf({ enum: [1e20] }, 10n ** 20n + 1n)).toBe(': must be one of [100000000000000000000]')
  })

  it.each<[string, number]>([
    ['^[0-9a-f]{8}(-[0-9a-f]{4}){3}$', 0],
    ['^(a+)+$', 0],
    ['^(?:a|a)*$', 0],
    ['^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$', 99],
    ['\\s+$', 1_000],
    ['^a*|b*$', 79],
    ['^(?:red|green|blue)$', 16_384],
    ['^\\d+(?:px|em|r(?:em|ad))$', 16_384],
    ['^\\w+\\.(?:a|b|c(?:d|e))\\w*$', 500],
    [`^${'(x|x)'.repeat(20)}!$`, 0],
    [`^${'(x|x)'.repeat(12)}\\s*!$`, 244],
    ['^[A-Za-z0-9+/]*={0,2}$', 1_000],
    ['^\\w*\\s*\\w*\\s*\\w*\\s*\\w*!$', 7],
    [`^${'a?'.repeat(28)}b$`, 0],
    ['^-?\\d+?(?:\\.\\d+)?$', 500],
    ['^[\\])*+]*\\+\\)$', 16_384],
    ['^\\d{4}-\\d{2}(?:Z)?$', 16_384],
  ])('foretells up to how many octets the pattern %s takes little time: %i', (pattern, octets) => {
    expect(compileSchema({ items: { pattern } }).octetsAtEase).toBe(octets)
    expect(compileSchema({ patternProperties: { [pattern]: true } }).octetsAtEase).toBe(octets)
  })

  it('compares the items of a long list in one pass', () => {
    const list = Array.from({ length: 50_000 }, (_, i) => ({ a: i, b: [i] }))
    expect(faultOf({ uniqueItems: true }, list)).toBeUndefined()
    expect(faultOf({ uniqueItems: true }, [...list, { b: [7], a: 7 }])).toBe(': must not repeat an item')
    for (const [one, other] of [
      [1e300, BigInt(1e300)],
      [-0, 0n],
      [0, -0],
    ])
      // prettier-ignore
      expect(faultOf({ uniqueItems: true }, [one, other])).toBe(': must not repeat an item')
    expect(faultOf({ uniqueItems: true }, [1e300, BigInt(1e300) + 1n, '1', 1, '#1'])).toBeUndefined()
  })

  it('visits each part once for each reference, where alternatives that refer to themselves would double the work with each level', () => {
    const member = { properties: { a: { $ref: '#' } } }
    const schema = { anyOf: ['x', 'y'].map((key) => ({ allOf: [member, { required: [key] }] })) }
    let value: unknown = {}
    for (let depth = 0; depth < 60; depth++) value = { a: value }
    expect(faultOf(schema, value)).toBe(': fits none of the alternatives')
    expect(compileSchema(schema)(value, new Work(3_000))).toMatchObject({ message: 'fits none of the alternatives' })
    expect(faultOf(schema, { a: { a: { x: 1 }, y: 1 }, x: 1 })).toBeUndefined()
  })

  it('finds the same in a value at another place', () => {
    const tree = { type: 'object', properties: { l: { $ref: '#' }, r: { $ref: '#' } } }
    let value: unknown = { l: 1 }
    for (let depth = 0; depth < 300; depth++) value = { l: {}, r: value }
    const wrong = `${'/r'.repeat(300)}/l: must be object`
    expect(faultOf({ allOf: [tree] }, value)).toBe(wrong)
    expect(faultOf({ allOf: [{ anyOf: [{ $ref: '#/$defs/t' }, true] }, { $ref: '#/$defs/t' }], $defs: { t: treeAt('t') } }, value)).toBe(
      wrong,
    )
  })

  const text = 'x'.repeat(1_000)
  it.each<[string, JsonSchema, unknown]>([
    ['a long text once and again', { allOf: Array.from({ length: 50 }, () => ({ maxLength: 600 })) }, '\u{1f600}'.repeat(500)],
    ['a text by many patterns', { allOf: Array.from({ length: 50 }, () => ({ pattern: '^x' })) }, text],
    ['all items of a list', { items: { type: 'null' } }, Array.from({ length: 500 }, () => null)],
    ['all items that it may contain', { contains: { type: 'string' } }, Array.from({ length: 500 }, () => 1)],
    ['all items that may not repeat', { uniqueItems: true }, Array.from({ length: 200 }, (_, i) => [i])],
    ['all keys', { additionalProperties: { type: 'number' } }, Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`k${i}`, i]))],
    [
      'the number of keys',
      { allOf: [{ maxProperties: 500 }, { minProperties: 1 }] },
      Object.fromEntries(Array.from({ length: 500 }, (_, i) => [i, i])),
    ],
    ['many constants', { anyOf: Array.from({ length: 500 }, (_, i) => ({ const: i })) }, 499],
    ['constants with parts', { enum: Array.from({ length: 500 }, (_, i) => [i]) }, [499]],
    ['references', { allOf: Array.from({ length: 500 }, () => ({ $ref: '#/$defs/a' })), $defs: { a: true } }, 1],
  ])('counts that it looks at %s', (_, schema, value) => {
    const tooMuch = { message: 'has too many parts to be checked' }
    expect(compileSchema(schema)(value, new Work(300))).toMatchObject(tooMuch)
    expect(compileSchema({ not: schema }, schema)(value, new Work(300))).toMatchObject(tooMuch)
    expect(compileSchema(schema)(value, new Work(20_000))).not.toMatchObject(tooMuch)
  })

  it('compares a text that is longer than it may ever be with its bound only', () => {
    expect(compileSchema({ maxLength: 50 })('x'.repeat(1_000_000), new Work(1))).toMatchObject({
      message: 'must have 50 characters or less',
    })
  })

  it.each(['anyOf', 'oneOf'])('tries of %s only what a member allows', (keyword) => {
    const unread = (): object => ({ get x(): never { throw new Error('read') } }) // prettier-ignore
    const alternative = (kind: JsonSchema, type: string): JsonSchema => {
      return { type: 'object', properties: { x: { type }, kind }, required: ['kind'] }
    }
    const schema = {
      [keyword]: [{ $ref: '#/$defs/circle', description: 'round' }, alternative({ enum: ['square', 'box'] }, 'string'), { type: 'null' }],
      $defs: { circle: alternative({ const: 'circle' }, 'number') },
    }
    const none = ': fits none of the alternatives'
    for (const kind of ['toString', 1, null, ['circle']]) expect(faultOf(schema, Object.assign(unread(), { kind }))).toBe(none)
    expect(faultOf(schema, unread())).toBe(none)
    for (const right of [{ kind: 'circle', x: 1 }, { kind: 'box', x: 'a' }, null]) expect(faultOf(schema, right)).toBeUndefined()
    for (const wrong of [{ kind: 'circle', x: 'a' }, { kind: 'box', x: 1 }, [], 'circle']) expect(faultOf(schema, wrong)).toBe(none)
  })
})
