// Shows that the schemas of the admin API and their JSON Schemas accept the same, and what they say of what they do not.

import type { Schema } from '@trunkline/contract'
import type { JsonSchema } from '@trunkline/router'
import { compileSchema } from '@trunkline/router'
import { describe, expect, it } from 'vitest'
import { anything, choices, count, dict, flag, list, number, oneOf, orNull, shortText, text } from './schemas.ts'

const SCHEMAS = {
  text: text(),
  shortText: shortText('one', 2),
  flag: flag(),
  number: number(),
  count: count(),
  bounded: count('a page', 1, 10),
  oneOf: oneOf(['a', 'b']),
  orNull: orNull(text()),
  list: list(count()),
  dict: dict({ a: text(), b: list(dict({ c: count() })) }),
  choices: choices({ a: text(), b: count() }),
  anything: anything(),
}
const VALUES = [
  '',
  'a',
  'abc',
  '😀😀',
  0,
  1,
  11,
  -1,
  1.5,
  true,
  null,
  [],
  [1],
  ['x'],
  {},
  { a: 'x' },
  { a: 'x', b: [{ c: 1 }], more: 1 },
  { a: 'x', b: [{ c: -1 }] },
  { b: 2 },
  { z: 1 },
]

describe.each(Object.entries(SCHEMAS))('the schema %s', (_, schema: Schema) => {
  const { validate, jsonSchema } = schema['~standard']
  const compiled = compileSchema(jsonSchema?.input({ target: 'draft-2020-12' }) as JsonSchema)
  it.each(VALUES.map((value) => [value]))('judges %j as its JSON Schema does', (value) => {
    const checked = validate(value) as { readonly issues?: readonly unknown[] }
    expect(checked.issues === undefined).toBe(compiled(value) === undefined)
  })
})

describe('a fault', () => {
  const issuesOf = (schema: Schema, value: unknown): unknown => (schema['~standard'].validate(value) as { issues?: unknown }).issues

  it('has its place', () => {
    expect(issuesOf(SCHEMAS.dict, { a: 1, b: [{ c: 1 }, {}] })).toEqual([
      { message: 'must be a text', path: ['a'] },
      { message: 'must be a whole number, 0 or more', path: ['b', 1, 'c'] },
    ])
  })

  it('of an unknown choice names those that there are; null is as good as absent', () => {
    expect(issuesOf(SCHEMAS.choices, { z: 1 })).toEqual([{ message: 'unknown; known are a, b', path: ['z'] }])
    expect(SCHEMAS.choices['~standard'].validate({ a: null, b: 1 })).toEqual({ value: { b: 1 } })
  })
})
