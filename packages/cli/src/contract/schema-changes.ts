// Every place in which two JSON Schemas differ, whatever it means for values.

import { escaped } from './inclusion-dicts.ts'
import { isDict, textOf } from './schema-facts.ts'

/** One difference. */
export interface Difference {
  /** A JSON Pointer below the schemas. */
  readonly path: string
  readonly text: string
  /** Of a schema whose other keywords are as they were. */
  readonly keyword?: string
}

const OF_SCHEMAS = new Set(['properties', 'patternProperties', 'dependentSchemas', '$defs', 'definitions'])
const SCHEMAS = new Set(['items', 'additionalProperties', 'not', 'if', 'then', 'else', 'contains', 'propertyNames'])
const LISTS = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems'])
/** What people read. */
const WORDS = new Set(['title', 'description', 'examples', '$comment'])
const MOST_CHARACTERS = 60

/** All differences, in the order of the keywords of the old schema. */
export function differencesOf(old: unknown, now: unknown, path = ''): readonly Difference[] {
  if (textOf(old) === textOf(now)) return []
  if (!isDict(old) || !isDict(now)) return [{ path, text: `was ${shown(old)}, is ${shown(now)}` }]
  return keysOf(old, now).flatMap((word) => ofKeyword(word, old[word], now[word], path))
}

function ofKeyword(word: string, old: unknown, now: unknown, path: string): readonly Difference[] {
  if (textOf(old) === textOf(now)) return []
  const at = `${path}/${escaped(word)}`
  if (word === 'required') return ofRequired((old ?? []) as readonly string[], (now ?? []) as readonly string[], path)
  if (WORDS.has(word)) return [{ path, text: `${word} changed` }]
  if (OF_SCHEMAS.has(word)) return ofMembers(isDict(old) ? old : {}, isDict(now) ? now : {}, at)
  if (SCHEMAS.has(word) && old !== undefined && now !== undefined) return differencesOf(old, now, at)
  if (LISTS.has(word) && Array.isArray(old) && Array.isArray(now)) return ofList(old, now, at)
  return [{ path, text: `${word} was ${shown(old)}, is ${shown(now)}`, keyword: word }]
}

function ofRequired(old: readonly string[], now: readonly string[], path: string): readonly Difference[] {
  const said = (keys: readonly string[], text: string): Difference[] =>
    keys.map((key) => ({ path: `${path}/properties/${escaped(key)}`, text }))
  return [
    ...said(
      old.filter((key) => !now.includes(key)),
      'was required, is optional',
    ),
    ...said(
      now.filter((key) => !old.includes(key)),
      'was optional, is required',
    ),
  ]
}

function ofMembers(old: Readonly<Record<string, unknown>>, now: Readonly<Record<string, unknown>>, path: string): readonly Difference[] {
  return keysOf(old, now).flatMap((key) => {
    const at = `${path}/${escaped(key)}`
    if (!Object.hasOwn(old, key)) return [{ path: at, text: 'is new' }]
    return Object.hasOwn(now, key) ? differencesOf(old[key], now[key], at) : [{ path: at, text: 'is gone' }]
  })
}

function ofList(old: readonly unknown[], now: readonly unknown[], path: string): readonly Difference[] {
  if (old.length === now.length) return old.flatMap((each, i) => differencesOf(each, now[i], `${path}/${i}`))
  const [before, after] = [new Set(old.map(textOf)), new Set(now.map(textOf))]
  const gone = old.flatMap((each, i) => (after.has(textOf(each)) ? [] : [{ path: `${path}/${i}`, text: `${shown(each)} is gone` }]))
  const added = now.flatMap((each, i) => (before.has(textOf(each)) ? [] : [{ path: `${path}/${i}`, text: `${shown(each)} is new` }]))
  return [...gone, ...added]
}

function keysOf(old: object, now: object): readonly string[] {
  return [...new Set([...Object.keys(old), ...Object.keys(now)])]
}

function shown(value: unknown): string {
  if (value === undefined) return 'absent'
  const text = JSON.stringify(value)
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text
}
