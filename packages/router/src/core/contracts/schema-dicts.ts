// The keywords of JSON Schema for objects.

import type { Place, Reader, Step, SchemaDict, Subschemas } from './schema-steps.ts'
import { below, beside, fault, inside, isDict, Keywords, NOTHING } from './schema-steps.ts'

export const dicts: Reader = (schema, place, compiler, read) => {
  const keywords = new Keywords(schema, place, read)
  return [...sizes(keywords, compiler), required(keywords), members(keywords, place, compiler), ...dependents(keywords, place, compiler)]
}

function dict(find: (value: SchemaDict) => ReturnType<Step>): Step {
  return (value) => (isDict(value) ? find(value) : undefined)
}

function sizes(keywords: Keywords, compiler: Subschemas): (Step | undefined)[] {
  const count = (value: SchemaDict): number => {
    const { length } = Object.keys(value)
    compiler.work.spend(length)
    return length
  }
  const [least, most] = [keywords.count('minProperties'), keywords.count('maxProperties')]
  const wrong = (limit: number, side: string): ReturnType<Step> => fault(`must have ${limit} keys or ${side}`)
  return [
    least === undefined ? undefined : dict((value) => (count(value) >= least ? undefined : wrong(least, 'more'))),
    most === undefined ? undefined : dict((value) => (count(value) <= most ? undefined : wrong(most, 'less'))),
  ]
}

function missing(value: SchemaDict, keys: readonly string[]): ReturnType<Step> {
  for (const key of keys) if (!Object.hasOwn(value, key)) return inside(fault('is missing'), key)
  return undefined
}

function required(keywords: Keywords): Step | undefined {
  const keys = keywords.texts('required') ?? []
  return keys.length === 0 ? undefined : dict((value) => missing(value, keys))
}

function members(keywords: Keywords, place: Place, compiler: Subschemas): Step | undefined {
  const stepsOf = (name: string): [string, Step][] =>
    Object.entries(keywords.dict(name) ?? {}).map(([key, schema]) => [key, compiler.step(schema, below(place, name, key))])
  const one = (name: string): Step => (keywords.has(name) ? compiler.step(keywords.any(name), below(place, name)) : NOTHING)
  const [known, rest, names] = [stepsOf('properties'), one('additionalProperties'), one('propertyNames')]
  const patterns = stepsOf('patternProperties').map(
    ([source, step]) => [compiler.pattern(source, beside(place, 'patternProperties')), step] as const,
  )
  if (rest === NOTHING && names === NOTHING && patterns.length === 0) return known.length === 0 ? undefined : namedMembers(known, compiler)
  return allMembers({ known: new Map(known), patterns, rest, names }, compiler)
}

/** Looks at the keys that the schema names; those of the value do not matter. */
function namedMembers(known: readonly (readonly [string, Step])[], compiler: Subschemas): Step {
  return dict((value) => {
    compiler.work.spend(known.length)
    for (const [key, step] of known) {
      if (!Object.hasOwn(value, key)) continue
      const found = step(value[key])
      if (found !== undefined) return inside(found, key)
    }
    return undefined
  })
}

interface Members {
  readonly known: ReadonlyMap<string, Step>
  readonly patterns: readonly (readonly [(key: string) => boolean, Step])[]
  /** For those of other names. */
  readonly rest: Step
  readonly names: Step
}

function allMembers({ known, patterns, rest, names }: Members, compiler: Subschemas): Step {
  const memberFault = (key: string, value: unknown): ReturnType<Step> => {
    const own = known.get(key)
    let isKnown = own !== undefined
    let found = names(key) ?? own?.(value)
    for (const [matches, step] of patterns) {
      if (found !== undefined) return found
      if (!matches(key)) continue
      isKnown = true
      found = step(value)
    }
    return found ?? (isKnown ? undefined : rest(value))
  }
  return dict((value) => {
    const keys = Object.keys(value)
    compiler.work.spend(keys.length)
    for (const key of keys) {
      const found = memberFault(key, value[key])
      if (found !== undefined) return inside(found, known.has(key) ? key : { unnamed: key })
    }
    return undefined
  })
}

function dependents(keywords: Keywords, place: Place, compiler: Subschemas): Step[] {
  const needs = Object.keys(keywords.dict('dependentRequired') ?? {}).map((key): [string, Step] => {
    const keys = new Keywords(keywords.dict('dependentRequired') ?? {}, beside(place, 'dependentRequired'), new Set()).texts(key) ?? []
    return [key, dict((value) => missing(value, keys))]
  })
  const schemas = Object.entries(keywords.dict('dependentSchemas') ?? {}).map(([key, schema]): [string, Step] => {
    return [key, compiler.step(schema, beside(place, 'dependentSchemas', key))]
  })
  return [...needs, ...schemas].map(([key, step]) => dict((value) => (Object.hasOwn(value, key) ? step(value) : undefined)))
}
