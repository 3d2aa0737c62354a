// A configuration with every default written out and secrets hidden.

import type { DictNode, EitherNode, MapNode, Node, TextNode } from './nodes.ts'
import { HIDDEN, isHidden } from './hidden.ts'
import { parse } from 'yaml'
import { durationText, sizeText } from '../quantities.ts'

/**
 * A checked value with all defaults, in the notation of the file.
 * @param value as returned by the check: quantities are numbers
 */
export function effective(value: unknown, schema: Node): unknown {
  switch (schema.kind) {
    case 'text':
      return isHidden(schema) ? HIDDEN : shownText(String(value), schema)
    case 'duration':
      return durationText(Number(value))
    case 'size':
      return sizeText(Number(value))
    case 'list':
      return (value as readonly unknown[]).map((item) => effective(item, schema.of))
    case 'map':
      return effectiveMap(value as Members, schema)
    case 'dict':
      return effectiveDict(value as Members, schema)
    case 'choice':
      return mapMembers(value as Members, (member, key) => effective(member, schema.keys[key] ?? ANYTHING))
    case 'either':
      return effectiveEither(value, schema)
    case 'data':
      return schema.isSecret === true ? HIDDEN : value
    case 'number':
    case 'flag':
      return value
  }
}

/**
 * A text that is no secret. Of each URL it leaves out user name and password, which may be secrets, and of one that the router fetches
 * the query, too.
 */
export function shownText(text: string, { format }: TextNode): string {
  if (!URL.canParse(text)) return text
  const url = new URL(text)
  const isFetched = format === 'url'
  const rest = [url.search, url.hash].map((part) => (isFetched && part !== '' ? `${part.charAt(0)}${HIDDEN}` : part)).join('')
  const user = url.username === '' && url.password === '' ? '' : `${HIDDEN}@`
  return user === '' && (!isFetched || rest === '') ? text : `${url.protocol}//${user}${url.host}${url.pathname}${rest}`
}

type Members = Readonly<Record<string, unknown>>

const ANYTHING: Node = { kind: 'data', about: '' }

function effectiveMap(value: Members, { of, hidesNames }: MapNode): unknown {
  const shown = mapMembers(value, (member) => effective(member, of))
  return hidesNames === true ? Object.fromEntries(Object.values(shown).map((member, i) => [`${HIDDEN} ${i + 1}`, member])) : shown
}

function effectiveDict(value: Members, { keys }: DictNode): unknown {
  const shown = Object.entries(keys).flatMap(([key, schema]): [string, unknown][] => {
    if (Object.hasOwn(value, key)) return [[key, effective(value[key], schema)]]
    if (schema.default === undefined) return []
    // An optional dict has defaults of its own.
    return [[key, schema.kind === 'dict' ? effectiveDict({}, schema) : parse(schema.default)]]
  })
  return Object.fromEntries(shown)
}

function effectiveEither(value: unknown, { scalar, dict }: EitherNode): unknown {
  return typeof value !== 'object' ? effective(value, scalar) : effective(value, dict)
}

function mapMembers(members: Members, map: (member: unknown, key: string) => unknown): Members {
  return Object.fromEntries(Object.entries(members).map(([key, member]) => [key, map(member, key)]))
}
