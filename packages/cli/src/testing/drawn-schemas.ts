// Draws JSON Schemas with all keywords that the router knows, changes of them, and values that may fit. For tests only.

import type { JsonSchema } from '@trunkline/router'

/** A whole number from 0 to below a count. */
export type Draw = (count: number) => number
/** Draws from a seed (xorshift), so that a run can be repeated. */
export function drawsFrom(seed: number): Draw {
  let state = seed | 0 || 1
  return (count) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % count
  }
}

type Dict = { [keyword: string]: unknown }

const KEYS = ['a', 'b', 'c/d'] as const

function of<const T extends readonly unknown[]>(draw: Draw, ...choices: T): T[number] {
  return choices[draw(choices.length)]
}

/** One schema. */
export function schemaOf(draw: Draw, depth = 2): JsonSchema {
  const inner = (): JsonSchema => schemaOf(draw, depth - 1)
  const flat = (): JsonSchema => schemaOf(draw, 0)
  const simple: (() => JsonSchema)[] = [
    () => ({ type: 'string', ...of(draw, {}, { minLength: draw(3) }, { maxLength: draw(4) }, { pattern: '^a' }) }),
    () => ({
      type: of(draw, 'number', 'integer'),
      ...of(draw, {}, { minimum: draw(5) }, { exclusiveMinimum: draw(3) }, { maximum: draw(9) }, { exclusiveMaximum: draw(9) }),
      ...of(draw, {}, {}, { multipleOf: of(draw, 1, 2, 4) }),
    }),
    () => ({ type: of(draw, 'boolean', 'null') }),
    () => ({ enum: [of(draw, 1, 'a', null), of(draw, 2, 'b', true)] }),
    () => ({ const: of(draw, 1, 'a', null, false) }),
    () => of(draw, {}, true, { type: ['string', 'null'] }, { type: ['integer', 'object'] }),
    () => of(draw, { minimum: 3 }, { maxLength: 1 }, { minItems: 1 }, { required: ['a'] }),
  ]
  const nested: (() => JsonSchema)[] = [
    () => ({
      type: 'array',
      items: inner(),
      ...of(draw, {}, { minItems: draw(3) }, { maxItems: draw(4) }, { uniqueItems: true }),
    }),
    () => ({ type: 'array', prefixItems: [inner(), inner()], ...of(draw, {}, { items: false }, { items: flat() }) }),
    () => ({
      contains: flat(),
      ...of(draw, {}, { minContains: draw(3) }, { maxContains: 2 }),
      ...of(draw, {}, { minItems: 2, items: flat() }),
    }),
    () => objectOf(draw, inner, flat),
    () => objectOf(draw, inner, flat),
    () => ({ [of(draw, 'anyOf', 'oneOf', 'allOf')]: [inner(), inner()] }),
    () =>
      of(
        draw,
        () => ({ not: flat() }),
        () => Object.fromEntries(['if', 'then', 'else'].map((key) => [key, key === 'if' ? flat() : inner()])),
      )(),
  ]
  const choices = depth > 0 ? [...simple, ...nested, ...nested] : simple
  return choices[draw(choices.length)]?.() ?? true
}

function objectOf(draw: Draw, inner: () => JsonSchema, flat: () => JsonSchema): JsonSchema {
  return {
    type: 'object',
    properties: Object.fromEntries(KEYS.slice(draw(3)).map((key) => [key, inner()])),
    ...of(draw, {}, { required: [of(draw, ...KEYS)] }),
    ...of(
      draw,
      () => ({}),
      () => ({ additionalProperties: false }),
      () => ({ additionalProperties: flat() }),
      () => ({ patternProperties: { '^[ab]$': flat() } }),
    )(),
    ...of(draw, {}, {}, { minProperties: 1 }, { maxProperties: 2 }, { propertyNames: { pattern: '^[ac]' } }),
    ...of(
      draw,
      () => ({}),
      () => ({}),
      () => ({ dependentRequired: { a: ['b'] } }),
      () => ({ dependentSchemas: { b: inner() } }),
    )(),
  }
}

/** The same schema with one thing changed somewhere, or another. */
export function changed(draw: Draw, schema: JsonSchema): JsonSchema {
  if (typeof schema === 'boolean') return schemaOf(draw, 1)
  const copy: Dict = structuredClone(schema)
  const places = Object.keys(copy)
  const key = of(draw, ...(places.length === 0 ? ['x'] : places))
  const value = copy[key]
  switch (draw(7)) {
    case 0:
      return { anyOf: of(draw, [copy, schemaOf(draw, 1)], [schemaOf(draw, 1), copy]) }
    case 1:
      return { allOf: [copy, schemaOf(draw, 1)] }
    case 2:
      delete copy[key]
      return copy
    case 3:
      return { ...copy, ...(schemaOf(draw, 1) as Dict) }
    default:
      return { ...copy, ...(places.length === 0 ? {} : { [key]: changedValue(draw, key, value) }) }
  }
}

const OF_SCHEMAS = ['properties', 'patternProperties', 'dependentSchemas']
const SCHEMAS = ['items', 'additionalProperties', 'not', 'if', 'then', 'else', 'contains', 'propertyNames']
const LISTS = ['anyOf', 'oneOf', 'allOf', 'prefixItems']

function changedValue(draw: Draw, key: string, value: unknown): unknown {
  if (SCHEMAS.includes(key)) return changed(draw, value as JsonSchema)
  if (LISTS.includes(key)) {
    const list = value as JsonSchema[]
    return of(
      draw,
      list.slice(1).length === 0 ? list : list.slice(1),
      [...list, schemaOf(draw, 1)],
      list.with(0, changed(draw, list[0] ?? true)),
    )
  }
  if (OF_SCHEMAS.includes(key)) {
    const name = of(draw, ...KEYS)
    const dict = value as Dict
    return { ...dict, [name]: Object.hasOwn(dict, name) ? changed(draw, dict[name] as JsonSchema) : schemaOf(draw, 1) }
  }
  if (typeof value === 'number') return Math.max(key === 'multipleOf' ? 1 : 0, value + of(draw, -1, 1))
  if (key === 'type') return of(draw, 'string', 'number', ['integer', 'null'], ['object', 'string'], ['array', 'boolean'])
  if (key === 'enum') return of(draw, [...(value as unknown[]), 'z'], (value as unknown[]).slice(1))
  if (key === 'required') return of(draw, [], ['a', 'b'], ['c/d'])
  return value
}

/** A value that may fit. */
export function valueOf(draw: Draw, depth = 2): unknown {
  switch (draw(depth > 0 ? 9 : 6)) {
    case 0:
      return of(draw, '', 'a', 'ab', 'b', 'abcd')
    case 1:
      return draw(10)
    case 2:
      return draw(10) / 2
    case 3:
      return of(draw, true, false, null)
    case 4:
      return of(draw, 1, 'a', null)
    case 5:
      return of(draw, [], {})
    case 6:
      return Array.from({ length: draw(4) }, () => valueOf(draw, depth - 1))
    default:
      return Object.fromEntries(KEYS.filter(() => draw(2) === 1).map((key) => [key, valueOf(draw, depth - 1)]))
  }
}
