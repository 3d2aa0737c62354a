// Shows the TypeScript of a JSON Schema, with parentheses only where they are needed, and names for what refers to itself.

import type { JsonSchema } from '@trunkline/router'
import { describe, expect, it } from 'vitest'
import { free, TypeTexts } from './type-texts.ts'

const NUMBER = { type: 'number' }
const TEXT = { type: 'string' }
const EITHER = { type: ['number', 'string'] }
const object = (properties: object, required: readonly string[] = []): object => ({ type: 'object', properties, required })
const BOTH = { allOf: [object({ a: NUMBER }), object({ b: NUMBER })] }

describe('the type of a schema', () => {
  it.each<[unknown, string]>([
    [true, 'unknown'],
    [{}, 'unknown'],
    [false, 'never'],
    [{ minimum: 5 }, 'unknown'],
    [{ type: 'integer' }, 'number'],
    [{ type: 'boolean' }, 'boolean'],
    [{ type: 'null' }, 'null'],
    [TEXT, 'string'],
    [{ type: 'string', contentEncoding: 'base64' }, 'Uint8Array'],
    [EITHER, 'number | string'],
    [{ type: ['integer', 'number'] }, 'number'],
    [{ type: [] }, 'never'],
    [{ const: null }, 'null'],
    [{ const: 'a', type: 'string' }, '"a"'],
    [{ enum: ['a', 1, 'a'] }, '"a" | 1'],
    [{ enum: [] }, 'never'],
    [{ anyOf: [NUMBER, TEXT] }, 'number | string'],
    [{ oneOf: [NUMBER, NUMBER] }, 'number'],
    [{ anyOf: [NUMBER, {}] }, 'number | unknown'],
    [{ ...TEXT, anyOf: [{ minLength: 1 }, { maxLength: 5 }] }, 'string'],
    [BOTH, '{ a?: number } & { b?: number }'],
    [{ allOf: [EITHER, { const: 1 }] }, '(number | string) & 1'],
    [{ anyOf: [BOTH, NUMBER] }, '({ a?: number } & { b?: number }) | number'],
    [{ allOf: [object({ a: EITHER }), object({ b: NUMBER })] }, '{ a?: number | string } & { b?: number }'],
  ])('%j is %s', (schema, text) => {
    expect(new TypeTexts().of(schema as JsonSchema)).toBe(text)
  })

  it.each<[unknown, string]>([
    [{ type: 'array' }, 'unknown[]'],
    [{ type: 'array', items: NUMBER }, 'number[]'],
    [{ type: 'array', items: EITHER }, '(number | string)[]'],
    [{ type: 'array', items: object({ a: EITHER }) }, '{ a?: number | string }[]'],
    [{ type: 'array', items: BOTH }, '({ a?: number } & { b?: number })[]'],
    [{ type: 'array', prefixItems: [] }, '[]'],
    [{ type: 'array', prefixItems: [NUMBER, TEXT] }, '[number, string]'],
    [{ type: 'array', prefixItems: [NUMBER], items: false }, '[number]'],
    [{ type: 'array', prefixItems: [NUMBER], items: TEXT }, '[number, ...string[]]'],
    [{ type: 'array', prefixItems: [NUMBER], items: EITHER }, '[number, ...(number | string)[]]'],
    [{ type: 'array', prefixItems: [NUMBER], items: object({ a: NUMBER, b: NUMBER }) }, '[number, ...{ a?: number; b?: number }[]]'],
  ])('a list: %j is %s', (schema, text) => {
    expect(new TypeTexts().of(schema as JsonSchema)).toBe(text)
  })

  it.each<[unknown, string]>([
    [{ type: 'object' }, 'Record<string, unknown>'],
    [{ type: 'object', properties: {} }, 'Record<string, unknown>'],
    [{ type: 'object', additionalProperties: false }, 'Record<string, never>'],
    [{ type: 'object', additionalProperties: NUMBER }, 'Record<string, number>'],
    [{ properties: { a: NUMBER } }, '{ a?: number }'],
    [object({ a: NUMBER, 'b-c': TEXT, $d: TEXT, '1': TEXT }, ['a', 'b-c']), '{ "1"?: string; a: number; "b-c": string; $d?: string }'],
  ])('a dict: %j is %s', (schema, text) => {
    expect(new TypeTexts().of(schema as JsonSchema)).toBe(text)
  })
})

describe('what a schema refers to', () => {
  it('has the name of its place, once, also where it refers to itself', () => {
    const types = new TypeTexts()
    const tree = object({ value: NUMBER, kids: { type: 'array', items: { $ref: '#/$defs/tree-node' } } })
    const schema = { $defs: { 'tree-node': tree }, anyOf: [{ $ref: '#/$defs/tree-node' }, { type: 'null' }] } as JsonSchema
    expect(types.of(schema)).toBe('Treenode | null')
    expect([...types.named]).toEqual([['Treenode', '{ value?: number; kids?: Treenode[] }']])
    expect(types.of(schema)).toBe('Treenode | null')
    expect(types.named.size).toBe(1)
  })

  it('has another name in another schema, and one that begins with a letter', () => {
    const types = new TypeTexts()
    const referring = (name: string, to: object): JsonSchema => ({ $defs: { [name]: to }, $ref: `#/$defs/${name}` })
    expect([types.of(referring('item', NUMBER)), types.of(referring('item', TEXT))]).toEqual(['Item', 'Item2'])
    expect([types.of(referring('1', NUMBER)), types.of(referring('2', TEXT))]).toEqual(['Value', 'Value2'])
    expect(Object.fromEntries(types.named)).toEqual({ Item: 'number', Item2: 'string', Value: 'number', Value2: 'string' })
  })

  it('gets the first name that is free', () => {
    expect([free('A', new Set()), free('A', new Set(['A'])), free('A', new Set(['A', 'A2', 'A4']))]).toEqual(['A', 'A2', 'A3'])
  })
})
