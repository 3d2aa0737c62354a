// JSON Schemas as types of TypeScript, for documents and for contracts without a schema library. A type says less than a schema: no limits, no
// expressions.

import type { JsonSchema } from '@trunkline/router'
import { isDict, target } from './schema-facts.ts'

const WORD = /^[A-Za-z_$][\w$]*$/

/** The text of types, and the types that they name since they refer to themselves or are used more than once. */
export class TypeTexts {
  /** Name and text, in the order in which they were found. */
  readonly named = new Map<string, string>()
  readonly #names = new Map<JsonSchema, Map<string, string>>()

  of(schema: JsonSchema): string {
    return this.#of(schema, schema)
  }

  #of(schema: unknown, root: JsonSchema): string {
    if (schema === false) return 'never'
    if (!isDict(schema)) return 'unknown'
    const { $ref, anyOf, oneOf, allOf = [] } = schema
    const alternatives = (anyOf ?? oneOf) as readonly unknown[] | undefined
    const own = this.#own(schema, root)
    const parts = [
      ...(own === undefined ? [] : [own]),
      ...($ref === undefined ? [] : [this.#named(String($ref), root)]),
      ...(alternatives === undefined
        ? []
        : [
            joined(
              alternatives.map((each) => this.#of(each, root)),
              '|',
            ),
          ]),
      ...(allOf as readonly unknown[]).map((each) => this.#of(each, root)),
    ].filter((text) => text !== 'unknown')
    return parts.length === 0 ? 'unknown' : joined(parts, '&')
  }

  /** What the keywords say that put no schemas together. */
  #own(schema: Readonly<Record<string, unknown>>, root: JsonSchema): string | undefined {
    if (Object.hasOwn(schema, 'const')) return JSON.stringify(schema['const'])
    if (Array.isArray(schema['enum']))
      return joined(
        schema['enum'].map((value) => JSON.stringify(value)),
        '|',
      )
    const type = schema['type'] ?? (isDict(schema['properties']) ? 'object' : undefined)
    if (type === undefined) return undefined
    return joined(
      (Array.isArray(type) ? type : [type]).map((each) => this.#ofType(String(each), schema, root)),
      '|',
    )
  }

  #ofType(type: string, schema: Readonly<Record<string, unknown>>, root: JsonSchema): string {
    switch (type) {
      case 'string':
        return schema['contentEncoding'] === 'base64' ? 'Uint8Array' : 'string'
      case 'integer':
        return 'number'
      case 'array':
        return this.#list(schema, root)
      case 'object':
        return this.#object(schema, root)
      default:
        return type
    }
  }

  #list({ prefixItems, items }: Readonly<Record<string, unknown>>, root: JsonSchema): string {
    const item = this.#of(items ?? true, root)
    if (!Array.isArray(prefixItems)) return `${/[ |&]/.test(item) && !isBlock(item) ? `(${item})` : item}[]`
    const rest = items === undefined || items === false ? [] : [`...${/[ |&]/.test(item) && !isBlock(item) ? `(${item})` : item}[]`]
    return `[${[...prefixItems.map((each) => this.#of(each, root)), ...rest].join(', ')}]`
  }

  #object({ properties, required = [], additionalProperties }: Readonly<Record<string, unknown>>, root: JsonSchema): string {
    const members = Object.entries(isDict(properties) ? properties : {}).map(([key, schema]) => {
      const isThere = (required as readonly string[]).includes(key)
      return `${WORD.test(key) ? key : JSON.stringify(key)}${isThere ? '' : '?'}: ${this.#of(schema, root)}`
    })
    if (members.length > 0) return `{ ${members.join('; ')} }`
    return additionalProperties === false ? 'Record<string, never>' : `Record<string, ${this.#of(additionalProperties ?? true, root)}>`
  }

  #named(reference: string, root: JsonSchema): string {
    const names = this.#names.get(root) ?? new Map<string, string>()
    this.#names.set(root, names)
    const known = names.get(reference)
    if (known !== undefined) return known
    const last = reference.split('/').at(-1)?.replaceAll(/\W/g, '') ?? ''
    const base = /^[A-Za-z]/.test(last) ? `${last[0]?.toUpperCase() ?? ''}${last.slice(1)}` : 'Value'
    const name = free(base, this.named)
    names.set(reference, name)
    this.named.set(name, 'unknown')
    this.named.set(name, this.#of(target(reference, root), root))
    return name
  }
}

/** A name that is not taken: with a number behind it if need be. */
export function free(name: string, taken: { has(name: string): boolean }): string {
  for (let i = 1; ; i++) {
    const tried = i === 1 ? name : `${name}${i}`
    if (!taken.has(tried)) return tried
  }
}

function joined(texts: readonly string[], sign: '|' | '&'): string {
  const distinct = [...new Set(texts)]
  if (distinct.length < 2) return distinct[0] ?? 'never'
  const other = sign === '&' ? /\|/ : /&/
  return distinct.map((text) => (other.test(text) && !isBlock(text) ? `(${text})` : text)).join(` ${sign} `)
}

/** Whether a text is one object or tuple type, which needs no parentheses. */
function isBlock(text: string): boolean {
  const brackets = text.replaceAll(/"(?:\\.|[^"\\])*"/g, '""')
  let depth = 0
  for (let i = 0; i < brackets.length; i++) {
    const character = brackets.charAt(i)
    if ('{[<('.includes(character)) depth++
    if ('}]>)'.includes(character)) depth--
    if (depth === 0 && i < brackets.length - 1) return false
  }
  return /^[{[]/.test(text)
}
