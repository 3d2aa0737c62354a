// What a JSON Schema says, in parts that hold one beside the other. Knows the keywords that the validator of the router knows.

import type { JsonSchema } from '@trunkline/router'

export type SchemaDict = Readonly<Record<string, unknown>>

/** Parts that hold for the same value, without `$ref` and `allOf`; false where no value is right. */
export type Facts = readonly SchemaDict[] | false

/** The kinds of values that keywords tell apart. `octets` are a string where `contentEncoding` says so. */
export const KINDS = ['null', 'boolean', 'integer', 'fraction', 'string', 'octets', 'array', 'object'] as const
export type Kind = (typeof KINDS)[number]

export function isDict(value: unknown): value is SchemaDict {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What several schemas say of one value. */
export function factsOf(schemas: readonly unknown[], root: JsonSchema): Facts {
  const facts = new Map<string, SchemaDict>()
  for (const schema of schemas) {
    const parts = partsOf(schema, root)
    if (parts === false) return false
    for (const part of parts) facts.set(textOf(part), part)
  }
  return [...facts.values()]
}

function partsOf(schema: unknown, root: JsonSchema): Facts {
  if (schema === false) return false
  if (!isDict(schema)) return []
  const { $ref, allOf = [], ...rest } = schema
  const others = [...($ref === undefined ? [] : [target(String($ref), root)]), ...(allOf as unknown[])].map((each) => partsOf(each, root))
  if (others.includes(false)) return false
  return [rest, ...others.flatMap((each) => each as readonly SchemaDict[])]
}

/** The part of a schema to which a reference leads. */
export function target(reference: string, root: JsonSchema): unknown {
  return reference
    .split('/')
    .slice(1)
    .map((part) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((found, key) => (found as SchemaDict)[key], root)
}

/** A text that two schemas or values have in common when they are the same, whatever the order of their keys. */
export function textOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(textOf).join()}]`
  if (!isDict(value)) return JSON.stringify(value) ?? 'undefined'
  const members = Object.keys(value).toSorted()
  return `{${members.map((key) => `${JSON.stringify(key)}:${textOf(value[key])}`).join()}}`
}

/** Keywords that mean something only together. */
const TOGETHER: readonly (readonly string[])[] = [
  ['type', 'contentEncoding'],
  ['items', 'prefixItems'],
  ['contains', 'minContains', 'maxContains'],
  ['properties', 'patternProperties', 'additionalProperties'],
  ['if', 'then', 'else'],
]
const ALONE =
  'const enum minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength pattern format minItems maxItems uniqueItems propertyNames required minProperties maxProperties dependentRequired dependentSchemas anyOf oneOf not'.split(
    ' ',
  )

/** The constraints of a part, each of which says something alone. */
export function constraintsOf(part: SchemaDict): readonly SchemaDict[] {
  const groups = [...TOGETHER, ...ALONE.map((key) => [key])]
  return groups
    .map((keys) => Object.fromEntries(keys.filter((key) => Object.hasOwn(part, key)).map((key) => [key, part[key]])))
    .filter((group) => Object.keys(group).length > 0)
}

const KINDS_OF_TYPES: Readonly<Record<string, readonly Kind[]>> = { number: ['integer', 'fraction'] }

/** The kinds of values that a part allows by `type`. */
export function kindsOf({ type, contentEncoding }: SchemaDict): readonly Kind[] {
  if (type === undefined) return KINDS
  const types = (Array.isArray(type) ? type : [type]) as string[]
  const withOctets = contentEncoding === 'base64' && types.includes('string') ? [...types, 'octets'] : types
  return withOctets.flatMap((each) => KINDS_OF_TYPES[each] ?? [each as Kind])
}

/** The values of a keyword in all parts that have it. */
export function given<T>(facts: readonly SchemaDict[], key: string): readonly T[] {
  return facts.flatMap((fact) => (Object.hasOwn(fact, key) ? [fact[key] as T] : []))
}

/** The members of a dict of schemas. */
export function members(schema: SchemaDict, key: string): readonly (readonly [string, unknown])[] {
  return Object.entries((schema[key] as SchemaDict | undefined) ?? {})
}

/** An own member of a dict. */
export function own(dict: unknown, key: string): unknown {
  return isDict(dict) && Object.hasOwn(dict, key) ? dict[key] : undefined
}
