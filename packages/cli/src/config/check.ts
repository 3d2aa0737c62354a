// Checks a document against the schema: returns plain values, and every mistake with its place. It reads only the files that
// references name.

import type { Document, LineCounter, Node as YamlNode } from 'yaml'
import { isAlias, isMap, isScalar, isSeq, visit } from 'yaml'
import { FORMATS } from './formats.ts'
import { HIDDEN } from './hidden.ts'
import type {
  ChoiceNode,
  DataNode,
  DictNode,
  EitherNode,
  FlagNode,
  ListNode,
  MapNode,
  Node,
  NumberNode,
  QuantityNode,
  TextNode,
} from './nodes.ts'
import type { Resolved } from './references.ts'
import { writtenName } from './names.ts'
import { didYouMean } from '../nearest.ts'
import { durationText, parseDuration, parseSize, sizeText } from '../quantities.ts'

/** One mistake. Lines and columns count from 1; both are 0 for a document without lines, such as a module. */
export interface Problem {
  readonly line: number
  readonly column: number
  /** The path in the document: `realms.shop.roles.guest[0].uri`; empty for the document itself. */
  readonly path: string
  readonly text: string
}

type Found = YamlNode | null

const QUANTITIES = {
  size: { expected: 'a size such as 4MiB', parse: parseSize, text: sizeText },
  duration: { expected: 'a duration such as 10s', parse: parseDuration, text: durationText },
} as const

/** A scalar with its references resolved. */
interface Scalar {
  readonly value: unknown
  readonly isReference: boolean
}

/** What texts of a document may refer to. */
export interface TextReferences {
  resolve(text: string): Resolved
}

/** Checks one document. */
export class ConfigCheck {
  readonly problems: Problem[] = []
  readonly #document: Document
  readonly #lines: LineCounter | undefined
  readonly #references: TextReferences
  readonly #offsets = new Map<string, number>()
  readonly #elsewhere = new Map<string, { readonly at: string; readonly place: string }>()

  /** @param lines absent if the document has no lines that the user knows; then mistakes have no lines */
  constructor(document: Document, lines: LineCounter | undefined, references: TextReferences) {
    this.#document = document
    this.#lines = lines
    this.#references = references
    const faults = [...document.errors, ...document.warnings]
    // Some messages quote the document after the first colon.
    for (const { pos, message } of faults) this.#report(pos[0], '', message.split(': ')[0] ?? '')
  }

  /** The document's value by the schema, without the wrong parts, which are in `problems`. */
  read(schema: Node): unknown {
    return this.problems.length > 0 ? undefined : this.#read(this.#document.contents, schema, '', 0)
  }

  /** Records a mistake that the schema cannot find. */
  report(path: string, text: string): void {
    const elsewhere = this.#offsets.has(path) ? undefined : this.#placeOf(path)
    if (elsewhere === undefined) this.#report(this.#offsets.get(path) ?? 0, path, text)
    else this.#report(this.#offsets.get(elsewhere.at) ?? 0, path, `${elsewhere.place}: ${text}`)
  }

  /** Records that a value is in another file, which is named at a path. */
  standsAt(path: string, at: string, place: string): void {
    this.#elsewhere.set(path, { at, place })
  }

  #placeOf(path: string): { readonly at: string; readonly place: string } | undefined {
    for (let end = path.length; end > 0; end = path.lastIndexOf('.', end - 1)) {
      const found = this.#elsewhere.get(path.slice(0, end))
      if (found !== undefined) return found
    }
    return undefined
  }

  #report(offset: number, path: string, text: string): undefined {
    const { line, col } = this.#lines?.linePos(offset) ?? { line: 0, col: 0 }
    const least = this.#lines === undefined ? 0 : 1
    this.problems.push({ line: Math.max(least, line), column: Math.max(least, col), path, text })
  }

  /** @param at the offset of the key, for a missing value */
  #read(found: Found, schema: Node, path: string, at: number): unknown {
    const node = isAlias(found) ? (found.resolve(this.#document) ?? null) : found
    const offset = found?.range?.[0] ?? at
    if (this.#lines !== undefined) this.#offsets.set(path, offset)
    switch (schema.kind) {
      case 'text':
        return this.#text(node, schema, path, offset)
      case 'number':
        return this.#number(node, schema, path, offset)
      case 'flag':
        return this.#flag(node, schema, path, offset)
      case 'duration':
      case 'size':
        return this.#quantity(node, schema, path, offset)
      case 'list':
        return this.#list(node, schema, path, offset)
      case 'dict':
        return this.#dict(node, schema, path, offset)
      case 'map':
        return this.#map(node, schema, path, offset)
      case 'choice':
        return this.#choice(node, schema, path, offset)
      case 'either':
        return this.#either(node, schema, path, offset)
      case 'data':
        return this.#data(node, schema, path, offset)
    }
  }

  /** Data of the user's own; repeated names are a mistake in it, too. */
  #data(node: Found, { orFlag }: DataNode, path: string, offset: number): unknown {
    if (orFlag === true && isScalar(node) && typeof node.value === 'boolean') return node.value
    if (!isMap(node)) return this.#wrongType('a dict', node, path, offset)
    visit(node, { Map: (_, map) => void this.#members(map, 'a dict', path, offset) })
    return node.toJS(this.#document)
  }

  #text(node: Found, { oneOf, format, isSecret }: TextNode, path: string, offset: number): unknown {
    const scalar = this.#scalar(node, path, offset)
    if (scalar === undefined) return undefined
    const text = scalar.value
    if (typeof text !== 'string') return this.#wrongType(isWord(node) ? 'a text, in quotes' : 'a text', node, path, offset)
    if (oneOf !== undefined && !oneOf.includes(text)) {
      const hint = scalar.isReference ? '' : didYouMean(text, oneOf)
      return this.#report(offset, path, `expected ${either(oneOf)}, found ${hint === '' ? lengthOf(text) : `'${text}'${hint}`}`)
    }
    const rule = format === undefined ? undefined : FORMATS[format]
    if (rule !== undefined && !rule.fits(text)) return this.#report(offset, path, `expected ${rule.expected}, found ${lengthOf(text)}`)
    if (isSecret === true && text === '') return this.#report(offset, path, 'expected a text that is not empty')
    return text
  }

  #number(node: Found, { least, most, word }: NumberNode, path: string, offset: number): unknown {
    const expected = `a whole number from ${least} to ${most}${word === undefined ? '' : ` or ${word}`}`
    const scalar = this.#scalar(node, path, offset)
    if (scalar === undefined) return undefined
    const value = scalar.isReference && /^-?\d{1,16}$/.test(String(scalar.value)) ? Number(scalar.value) : scalar.value
    if (word !== undefined && value === word) return value
    if (typeof value !== 'number') return this.#report(offset, path, `expected ${expected}, found ${nameOf(scalar)}`)
    const isFit = Number.isInteger(value) && value >= least && value <= most
    return isFit ? value : this.#report(offset, path, `expected ${expected}, found ${scalar.isReference ? 'another number' : value}`)
  }

  #flag(node: Found, _: FlagNode, path: string, offset: number): unknown {
    const scalar = this.#scalar(node, path, offset)
    if (scalar === undefined) return undefined
    const value = scalar.isReference ? FLAGS.get(String(scalar.value)) : scalar.value
    return typeof value === 'boolean' ? value : this.#report(offset, path, `expected true or false, found ${nameOf(scalar)}`)
  }

  #quantity(node: Found, { kind, least, most }: QuantityNode, path: string, offset: number): unknown {
    const { expected, parse, text } = QUANTITIES[kind]
    const scalar = this.#scalar(node, path, offset)
    if (scalar === undefined) return undefined
    const { value, isReference } = scalar
    const octets = isReference && /^\d{1,16}$/.test(String(value)) ? Number(value) : value
    const quantity = typeof octets === 'string' ? parse(octets) : kind === 'size' && typeof octets === 'number' ? octets : undefined
    if (quantity === undefined || !Number.isInteger(quantity)) {
      return this.#report(offset, path, `expected ${expected}, found ${nameOf(scalar)}`)
    }
    if (quantity >= least && quantity <= most) return quantity
    const found = isReference ? 'another' : text(quantity)
    return this.#report(offset, path, `expected ${expected}, from ${text(least)} to ${text(most)}, found ${found}`)
  }

  /** A scalar's value with its references resolved; undefined when one cannot be resolved, which is reported. */
  #scalar(node: Found, path: string, offset: number): Scalar | undefined {
    const value: unknown = isScalar(node) ? node.value : undefined
    if (typeof value !== 'string') return { value, isReference: false }
    const resolved = this.#references.resolve(value)
    if ('fault' in resolved) return this.#report(offset, path, resolved.fault)
    return { value: resolved.text, isReference: resolved.isReference }
  }

  #either(node: Found, { scalar, dict }: EitherNode, path: string, offset: number): unknown {
    if (isMap(node)) {
      const members = this.#complete(node, dict, path, offset)
      // A key may be a secret that was written in the wrong place.
      return members && this.#known(members, dict.keys, path, scalar.kind === 'text' && scalar.isSecret)
    }
    if (isScalar(node)) return scalar.kind === 'text' ? this.#text(node, scalar, path, offset) : this.#flag(node, scalar, path, offset)
    return this.#wrongType(
      `${scalar.kind === 'text' ? 'a text' : 'true, false'} or a dict with ${either(Object.keys(dict.keys))}`,
      node,
      path,
      offset,
    )
  }

  #list(node: Found, { of, least }: ListNode, path: string, offset: number): unknown {
    if (!isSeq(node)) return this.#wrongType('a list', node, path, offset)
    if (node.items.length < least) return this.#report(offset, path, `expected at least ${least === 1 ? 'one item' : `${least} items`}`)
    return node.items.map((item, i) => this.#read(item as Found, of, `${path}[${i}]`, offset))
  }

  #dict(node: Found, schema: DictNode, path: string, offset: number): unknown {
    const members = this.#complete(node, schema, path, offset)
    return members && this.#known(members, schema.keys, path)
  }

  /** The members of a dict; reports what is missing beside others, or has no meaning without others. */
  #complete(node: Found, schema: DictNode, path: string, offset: number): ReadonlyMap<string, Member> | undefined {
    const members = this.#members(node, 'a dict', path, offset)
    if (members === undefined) return undefined
    const { required, exactlyOneOf, onlyWith = {}, needs = {} } = schema
    for (const key of required) if (!members.has(key)) this.#report(offset, path, `'${key}' is missing`)
    if (exactlyOneOf !== undefined && exactlyOneOf.filter((key) => members.has(key)).length !== 1) {
      this.#report(offset, path, `expected exactly one of ${exactlyOneOf.map(quoted).join(' and ')}`)
    }
    for (const [key, others] of Object.entries(onlyWith)) {
      const place = members.get(key)
      if (place === undefined || others.some((other) => members.has(other))) continue
      this.#report(place.offset, childPath(path, key), `has no meaning without ${either(others.map(quoted))}`)
    }
    for (const [key, others] of Object.entries(needs)) {
      const missing = members.has(key) ? others.filter((other) => !members.has(other)) : []
      for (const other of missing) this.#report(offset, path, `'${key}' needs '${other}' beside it`)
    }
    return members
  }

  #choice(node: Found, { keys }: ChoiceNode, path: string, offset: number): unknown {
    const names = Object.keys(keys)
    const members = this.#members(node, `a dict with ${either(names)}`, path, offset)
    if (members === undefined) return undefined
    if (members.size !== 1) return this.#report(offset, path, `expected exactly one key, ${either(names)}`)
    return this.#known(members, keys, path)
  }

  #map(node: Found, { names, of, hidesNames }: MapNode, path: string, offset: number): unknown {
    const members = this.#members(node, 'a dict of names', path, offset)
    if (members === undefined) return undefined
    const { expected, fits } = FORMATS[names]
    const named = [...members].filter(([name, { offset: at }]) => {
      if (!fits(name)) this.#report(at, path, `expected ${expected} as name, found ${lengthOf(name)}`)
      return fits(name)
    })
    const shown = (name: string): string => childPath(path, hidesNames === true ? HIDDEN : name)
    return Object.fromEntries(named.map(([name, { value, offset: at }]) => [name, this.#read(value, of, shown(name), at)]))
  }

  /** @param standsForSecret whether an unknown key is not shown */
  #known(members: ReadonlyMap<string, Member>, keys: Readonly<Record<string, Node>>, path: string, standsForSecret = false): unknown {
    const entries: [string, unknown][] = []
    for (const [key, { value, offset }] of members) {
      const schema = Object.hasOwn(keys, key) ? keys[key] : undefined
      if (schema === undefined && standsForSecret) this.#report(offset, path, `unknown key${known(keys)}`)
      else if (schema === undefined)
        this.#report(offset, childPath(path, key), `unknown key${didYouMean(key, Object.keys(keys)) || known(keys)}`)
      else entries.push([key, this.#read(value, schema, childPath(path, key), offset)])
    }
    return Object.fromEntries(entries)
  }

  #members(node: Found, expected: string, path: string, offset: number): ReadonlyMap<string, Member> | undefined {
    if (!isMap<YamlNode, Found>(node)) {
      this.#wrongType(expected, node, path, offset)
      return undefined
    }
    const members = new Map<string, Member>()
    for (const { key, value } of node.items) {
      const at = key.range?.[0] ?? offset
      const name = isScalar(key) ? writtenName(key) : undefined
      if (name !== undefined && members.has(name)) this.#report(at, path, `'${name.slice(0, 60)}' appears twice`)
      else if (name !== undefined) members.set(name, { value, offset: at })
      else this.#report(at, path, `expected a text as key${isScalar(key) ? `; write '${key.source}' in quotes` : ''}`)
    }
    return members
  }

  #wrongType(expected: string, node: Found, path: string, offset: number): undefined {
    const found = isMap(node) ? 'a dict' : isSeq(node) ? 'a list' : nameOf({ value: isScalar(node) ? node.value : null })
    this.#report(offset, path, `expected ${expected}, found ${found}`)
  }
}

/** Whether YAML reads a word as another type than text: 007, true. */
function isWord(node: Found): boolean {
  return isScalar(node) && (typeof node.value === 'number' || typeof node.value === 'boolean')
}

interface Member {
  readonly value: Found
  /** The offset of the key. */
  readonly offset: number
}

/** The path of a member, with the name in brackets and quotes if it is not a plain word. */
export function childPath(path: string, key: string): string {
  if (!/^[A-Za-z_]\w*$/.test(key)) return `${path}[${JSON.stringify(key)}]`
  return path === '' ? key : `${path}.${key}`
}

/**
 * Describes a value without showing it: it may be a secret in the wrong place, and the values of references often are
 * secrets. The report adds the place.
 */
function nameOf({ value }: { readonly value: unknown }): string {
  if (value === null || value === undefined) return 'nothing'
  if (typeof value === 'string') return lengthOf(value)
  return typeof value === 'boolean' ? `the word ${value}` : `a ${typeof value}`
}

function lengthOf(text: string): string {
  return `a text of ${text.length} ${text.length === 1 ? 'character' : 'characters'}`
}

function either(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`
}

function quoted(key: string): string {
  return `'${key}'`
}

function known(keys: Readonly<Record<string, Node>>): string {
  return `; known are ${Object.keys(keys).join(', ')}`
}

const FLAGS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
])
