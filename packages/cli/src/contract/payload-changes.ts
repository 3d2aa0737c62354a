// What changed in one payload, and whether programs of the old contract notice.

import type { ContractPayload, JsonSchema } from '@trunkline/router'
import type { Level } from './levels.ts'
import { escaped } from './inclusion-dicts.ts'
import type { Difference } from './schema-changes.ts'
import { differencesOf } from './schema-changes.ts'
import { textOf } from './schema-facts.ts'
import { reasonsAgainst } from './schema-inclusion.ts'

/** One change of a payload; the path is a JSON Pointer below it. */
export interface PayloadChange {
  readonly level: Level
  readonly path: string
  readonly text: string
  readonly isUnsure?: true
}

/** Who sends a payload: programs of the old contract still do (a call), or take what new ones send (a result), or both. */
export type Way = 'in' | 'out' | 'both'

/** Every change of a payload. */
export function payloadChanges(old: ContractPayload, now: ContractPayload, way: Way): readonly PayloadChange[] {
  const count = Math.max(old.args.length, now.args.length)
  const changes = Array.from({ length: count }, (_, i) => positionChanges(old.args[i], now.args[i], way, `/args/${i}`)).flat()
  return [...changes, ...keywordChanges(old.kwargs, now.kwargs, way)]
}

type Position = ContractPayload['args'][number]

function positionChanges(old: Position | undefined, now: Position | undefined, way: Way, path: string): readonly PayloadChange[] {
  if (now === undefined) return old === undefined ? [] : [goneChange(old, way, path)]
  if (old === undefined) {
    const breaks = way !== 'out' && now.required
    return [{ level: breaks ? 'breaking' : 'compatible', path, text: `${now.name} is new${now.required ? ' and required' : ''}` }]
  }
  const changes: PayloadChange[] = []
  if (old.required !== now.required) {
    const breaks = now.required ? way !== 'out' : way !== 'in'
    changes.push({ level: breaks ? 'breaking' : 'compatible', path, text: requiredText(now.required) })
  }
  if (isRenamed(old, now)) changes.push({ level: 'source', path, text: `${old.name} is called ${now.name} now: is it the same?` })
  const takesNull = { in: !now.required, out: !old.required }
  return [...changes, ...schemaChanges({ old: old.schema, now: now.schema, takesNull }, way, `${path}/schema`)]
}

/** A position that is not sent any more breaks those who need it; one that is ignored only those who read the types. */
function goneChange({ name, required }: Position, way: Way, path: string): PayloadChange {
  if (way !== 'in' && required) return { level: 'breaking', path, text: `${name} is gone` }
  return { level: 'source', path, text: way === 'in' ? `${name} is gone: what is sent there is ignored` : `${name} is gone` }
}

function requiredText(isRequired: boolean): string {
  return isRequired ? 'was optional, is required' : 'was required, is optional'
}

const isRenamed = (old: Position, now: Position): boolean =>
  old.name !== now.name && ![old.name, now.name].some((name) => /^arg\d+$/.test(name))

/** What is sent where keywords are not declared. */
const NO_KEYWORDS = { type: 'object', properties: {}, additionalProperties: false }

function keywordChanges(old: JsonSchema | undefined, now: JsonSchema | undefined, way: Way): readonly PayloadChange[] {
  if (old === undefined && now === undefined) return []
  if (old !== undefined && now !== undefined) return schemaChanges({ old, now }, way, '/kwargs')
  if (way === 'both') return [...keywordChanges(old, now, 'in'), ...keywordChanges(old, now, 'out')]
  // Who declares no keywords sends none, and takes any.
  const [before, after] = way === 'in' ? [old ?? NO_KEYWORDS, now ?? true] : [old ?? true, now ?? NO_KEYWORDS]
  const breaking = schemaChanges({ old: before, now: after }, way, '/kwargs').filter(({ level }) => level === 'breaking')
  if (breaking.length > 0) return breaking
  return [{ level: 'source', path: '/kwargs', text: now === undefined ? 'there are no keywords any more' : 'there are keywords now' }]
}

/** The schemas of one value in both contracts. */
interface BothSchemas {
  readonly old: JsonSchema
  readonly now: JsonSchema
  /** Whether null counts as absent: where the new contract takes what the old one sends, and the other way. */
  readonly takesNull?: { readonly in: boolean; readonly out: boolean }
}

function schemaChanges({ old, now, takesNull }: BothSchemas, way: Way, path: string): readonly PayloadChange[] {
  if (textOf(old) === textOf(now)) return []
  const incoming = way === 'out' ? [] : reasonsAgainst({ small: old, big: now, newer: 'big', takesNull: takesNull?.in ?? false })
  const outgoing = way === 'in' ? [] : reasonsAgainst({ small: now, big: old, newer: 'small', takesNull: takesNull?.out ?? false })
  const breaking = [...incoming, ...outgoing].map(({ path: at, why, isUnsure }): PayloadChange => {
    return { level: 'breaking', path: path + at, text: why, ...(isUnsure && { isUnsure }) }
  })
  const others = differencesOf(old, now).filter((each) => !breaking.some(({ path: at }) => isCause(each, at.slice(path.length))))
  return [...breaking, ...others.map(({ path: at, text }): PayloadChange => ({ level: 'compatible', path: path + at, text }))]
}

/** Whether a difference is what breaks something at a place, or a part of it. */
function isCause({ path, keyword }: Difference, place: string): boolean {
  if (path === place || path.startsWith(`${place}/`) || /\/(\$defs|definitions)\//.test(path)) return true
  const holder = path.replace(/\/(anyOf|oneOf|allOf)\/\d+$/, '/$1')
  return place.startsWith(`${holder}/`) && (holder !== path || (keyword !== undefined && !/^(min|max)/.test(keyword)))
}

/** A JSON Pointer. */
export function pointerOf(...keys: readonly string[]): string {
  return keys.map((key) => `/${escaped(key)}`).join('')
}
