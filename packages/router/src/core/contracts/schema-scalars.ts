// The keywords of JSON Schema for types, constants, numbers and strings.

import { UsageError } from '@trunkline/protocol'
import type { Place, Reader, Step, Subschemas } from './schema-steps.ts'
import { beside, fault, isDict, Keywords, shown } from './schema-steps.ts'
import { isSame } from './schema-values.ts'

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number' || typeof value === 'bigint',
  integer: (value) => Number.isInteger(value) || typeof value === 'bigint',
  boolean: (value) => typeof value === 'boolean',
  null: (value) => value === null,
  array: (value) => Array.isArray(value),
  object: isDict,
}
/** Octets travel as such; JSON Schema calls them a string in base64. */
const stringOrOctets = (value: unknown): boolean => typeof value === 'string' || value instanceof Uint8Array

export const scalars: Reader = (schema, place, compiler, read) => {
  const keywords = new Keywords(schema, place, read)
  return [
    types(keywords, beside(place, 'type').path),
    constant(keywords),
    choice(keywords, compiler),
    ...numbers(keywords),
    ...strings(keywords, place, compiler),
  ]
}

function types(keywords: Keywords, path: string): Step | undefined {
  const type = keywords.any('type')
  if (type === undefined) return undefined
  const names = (Array.isArray(type) ? type : [type]) as unknown[]
  const tests = names.map((name) => {
    const test = Object.hasOwn(TYPES, String(name)) ? TYPES[String(name)] : undefined
    if (test === undefined) throw new UsageError(`${path}: ${shown(name)} is no type`)
    return name === 'string' && keywords.any('contentEncoding') === 'base64' ? stringOrOctets : test
  })
  const wrong = `must be ${names.join(' or ')}`
  const [only] = tests
  if (tests.length === 1 && only !== undefined) return (value) => (only(value) ? undefined : fault(wrong))
  return (value) => (tests.some((test) => test(value)) ? undefined : fault(wrong))
}

function constant(keywords: Keywords): Step | undefined {
  if (!keywords.has('const')) return undefined
  const wanted = keywords.any('const')
  const wrong = `must be ${shown(wanted)}`
  return (value) => (isSame(value, wanted) ? undefined : fault(wrong))
}

function choice(keywords: Keywords, compiler: Subschemas): Step | undefined {
  const wanted = keywords.list('enum')
  if (wanted === undefined) return undefined
  const values = new Set(wanted)
  const wrong = `must be one of ${shown(wanted)}`
  const mayBeAnother = (value: unknown): boolean => (typeof value === 'object' && value !== null) || typeof value === 'bigint'
  const isAnother = (value: unknown): boolean => {
    compiler.work.spend(wanted.length)
    return wanted.some((each) => isSame(value, each))
  }
  return (value) => (values.has(value) || (mayBeAnother(value) && isAnother(value)) ? undefined : fault(wrong))
}

function numbers(keywords: Keywords): (Step | undefined)[] {
  const bound = (name: string, sign: string, test: (value: number, limit: number) => boolean): Step | undefined => {
    const limit = keywords.number(name)
    if (limit === undefined) return undefined
    const wrong = `must be ${sign} ${limit}`
    // JavaScript compares a bigint with a number exactly.
    return (value) => ((typeof value !== 'number' && typeof value !== 'bigint') || test(value as number, limit) ? undefined : fault(wrong))
  }
  return [
    bound('minimum', '>=', (value, limit) => value >= limit),
    bound('maximum', '<=', (value, limit) => value <= limit),
    bound('exclusiveMinimum', '>', (value, limit) => value > limit),
    bound('exclusiveMaximum', '<', (value, limit) => value < limit),
    bound('multipleOf', 'a multiple of', isMultiple),
  ]
}

function isMultiple(value: number | bigint, of: number): boolean {
  if (typeof value === 'bigint' && Number.isInteger(of)) return value % BigInt(of) === 0n
  const quotient = Number(value) / of
  // Decimal fractions are not exact: 0.3 / 0.1 is a little less than 3.
  return Number.isFinite(quotient) && Math.abs(quotient - Math.round(quotient)) < 1e-9
}

function strings(keywords: Keywords, place: Place, compiler: Subschemas): (Step | undefined)[] {
  const [least, most, pattern] = [keywords.count('minLength'), keywords.count('maxLength'), keywords.text('pattern')]
  const string = (test: (value: string) => boolean, wrong: string): Step => {
    return (value) => (typeof value !== 'string' || test(value) ? undefined : fault(wrong))
  }
  const characters = (value: string): number => {
    compiler.work.look(value.length)
    return codePoints(value)
  }
  const matches = pattern === undefined ? undefined : compiler.pattern(pattern, beside(place, 'pattern'))
  return [
    least === undefined
      ? undefined
      : string(
          (value) => value.length >= least && (value.length >= 2 * least || characters(value) >= least),
          `must have ${least} characters or more`,
        ),
    most === undefined
      ? undefined
      : string(
          (value) => value.length <= most || (value.length <= 2 * most && characters(value) <= most),
          `must have ${most} characters or less`,
        ),
    matches && string(matches, `must match ${shown(pattern)}`),
  ]
}

/** Code points; two UTF-16 units may be one. */
function codePoints(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}
