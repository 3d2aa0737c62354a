// Our validator against ajv: random schemas and values, which both must judge alike.

import { Ajv2020 } from 'ajv/dist/2020.js'
import type { JsonSchema } from '@trunkline/router'
import { compileSchema } from '../../packages/router/src/core/contracts/json-schema.ts'

type Schema = Exclude<JsonSchema, boolean> | true
const KEYS = ['a', 'b', 'c/d'] as const
const VALUES_EACH = 60

/** Draws from a seed (xorshift), so that a run can be repeated. */
class Draws {
  #state: number

  constructor(seed: number) {
    this.#state = seed | 0 || 1
  }

  below(count: number): number {
    this.#state ^= this.#state << 13
    this.#state ^= this.#state >>> 17
    this.#state ^= this.#state << 5
    return (this.#state >>> 0) % count
  }
  of<const T extends readonly unknown[]>(...choices: T): T[number] {
    return choices[this.below(choices.length)]
  }
}

function schemaOf(draw: Draws, depth = 3): Schema {
  const inner = (): Schema => schemaOf(draw, depth - 1)
  const flat = (): Schema => schemaOf(draw, 0)
  const simple: (() => Schema)[] = [
    () => ({ type: 'string', ...draw.of({}, { minLength: draw.below(3) }, { maxLength: draw.below(4) }, { pattern: '^a' }) }),
    () => ({
      type: draw.of('number', 'integer'),
      ...draw.of({}, { minimum: draw.below(5) }, { exclusiveMaximum: draw.below(9) }, { multipleOf: 2 }),
    }),
    () => ({ type: draw.of('boolean', 'null') }),
    () => ({ enum: [draw.of(1, 'a', null), draw.of(2, 'b', true)] }),
    () => ({ const: draw.of(1, 'a', null, false) }),
    () => draw.of({}, true, { type: ['string', 'null'] }),
  ]
  const nested: (() => Schema)[] = [
    () => ({
      type: 'array',
      items: inner(),
      ...draw.of({}, { minItems: draw.below(3) }, { maxItems: draw.below(4) }, { uniqueItems: true }),
    }),
    () => ({ type: 'array', prefixItems: [inner(), inner()], ...draw.of({}, { items: false }, { items: flat() }) }),
    () => ({ contains: flat(), ...draw.of({}, { minContains: draw.below(3) }, { maxContains: 2 }) }),
    () => ({
      type: 'object',
      properties: Object.fromEntries(KEYS.slice(draw.below(3)).map((key) => [key, inner()])),
      ...draw.of({}, { required: [draw.of(...KEYS)] }),
      ...draw.of({}, { additionalProperties: false }, { additionalProperties: flat() }, { patternProperties: { '^[ab]$': flat() } }),
      ...draw.of({}, {}, { minProperties: 1 }, { maxProperties: 2 }, { propertyNames: { pattern: '^[ac]' } }),
      ...draw.of({}, {}, { dependentRequired: { a: ['b'] } }, { dependentSchemas: { b: inner() } }),
    }),
    () => ({ [draw.of('anyOf', 'oneOf', 'allOf')]: [inner(), inner()] }),
    () => draw.of({ not: flat() }, Object.fromEntries(['if', 'then', 'else'].map((key) => [key, inner()]))),
    () => ({ $defs: { x: flat() }, anyOf: [{ $ref: '#/anyOf/1' }, inner()] }),
  ]
  const choices = depth > 0 ? [...simple, ...nested] : simple
  const drawn = choices[draw.below(choices.length)]?.() ?? true
  // A reference counts from the root, so that it can stand only there.
  return depth < 3 && typeof drawn === 'object' && '$defs' in drawn ? flat() : drawn
}

function valueOf(draw: Draws, depth = 3): unknown {
  switch (draw.below(depth > 0 ? 9 : 7)) {
    case 0:
      return draw.of('', 'a', 'ab', 'b', 'abcd', '\u{1f600}\u{1f600}')
    case 1:
      return draw.below(10)
    case 2:
      return draw.below(10) / 2
    case 3:
      return draw.of(true, false)
    case 4:
      return null
    case 5:
      return draw.of(1, 'a')
    case 6:
      return draw.of([], {})
    case 7:
      return Array.from({ length: draw.below(4) }, () => valueOf(draw, depth - 1))
    default:
      return Object.fromEntries(KEYS.filter(() => draw.below(2) === 1).map((key) => [key, valueOf(draw, depth - 1)]))
  }
}

/**
 * Draws so many schemas, and values for each.
 * @returns the pairs that were judged, and those on which the two differ
 */
export function fuzz(seed: number, schemas: number): { pairs: number; differences: string[] } {
  const draw = new Draws(seed)
  const ajv = new Ajv2020({ strict: false, code: { optimize: false } })
  const differences: string[] = []
  for (let i = 0; i < schemas; i++) {
    const schema = schemaOf(draw)
    const [theirs, ours] = [ajv.compile(schema), compileSchema(schema)]
    ajv.removeSchema()
    for (let j = 0; j < VALUES_EACH; j++) {
      const value = valueOf(draw)
      const isRight = theirs(value)
      if (isRight !== (ours(value) === undefined))
        differences.push(`${JSON.stringify(value)} is ${isRight ? 'right' : 'wrong'} by ajv: ${JSON.stringify(schema)}`)
    }
  }
  return { pairs: schemas * VALUES_EACH, differences }
}
