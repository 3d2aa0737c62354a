// A YAML or JSON document against the schema: plain values out, and every mistake with its place. Reads no file and
// knows no key by name.

import { isUri } from '@trunkline/protocol'
import type { Alias, Document, LineCounter, ParsedNode } from 'yaml'
import { isAlias, isMap, isScalar, isSeq } from 'yaml'
import type { ChoiceNode, DictNode, ListNode, MapNode, Node, NumberNode, QuantityNode, TextFormat, TextNode } from './schema.ts'
import { didYouMean } from '../nearest.ts'
import { durationText, parseDuration, parseSize, sizeText } from '../quantities.ts'

/** One mistake. Lines and columns count from 1. */
export interface Problem {
  readonly line: number
  readonly column: number
  /** Where in the document: `realms.shop.roles.guest[0].uri`; empty for the document itself. */
  readonly path: string
  readonly text: string
}

type Found = ParsedNode | Alias.Parsed | null

interface FormatRule {
  readonly expected: string
  readonly fits: (text: string) => boolean
}

const FORMATS: Readonly<Record<TextFormat | 'role', FormatRule>> = {
  host: {
    expected: 'an address or a host name such as 127.0.0.1, :: or localhost',
    fits: (text) => /^[\w.-]+$|^[\da-fA-F:.]+$/.test(text),
  },
  file: { expected: 'a path', fits: (text) => text !== '' },
  uri: { expected: 'a URI such as com.example.shop', fits: (text) => isUri(text) },
  origin: { expected: 'an origin such as https://app.example.com, or *', fits: isOrigin },
  webSocketPath: { expected: 'a path that begins with /', fits: (text) => /^\/[^\s?#]*$/.test(text) },
  role: { expected: 'a name', fits: (text) => text !== '' },
}

const QUANTITIES = {
  size: { expected: 'a size such as 4MiB', parse: parseSize, text: sizeText },
  duration: { expected: 'a duration such as 10s', parse: parseDuration, text: durationText },
} as const

/** Checks one document. */
export class ConfigCheck {
  readonly problems: Problem[] = []
  readonly #document: Document.Parsed
  readonly #lines: LineCounter
  readonly #offsets = new Map<string, number>()

  constructor(document: Document.Parsed, lines: LineCounter) {
    this.#document = document
    this.#lines = lines
    const faults = [...document.errors, ...document.warnings]
    for (const { pos, message } of faults) this.#report(pos[0], '', message)
  }

  /** The document's value by the schema; what is wrong is in `problems` and left out. */
  read(schema: Node): unknown {
    return this.problems.length > 0 ? undefined : this.#read(this.#document.contents, schema, '', 0)
  }

  /** Notes a mistake that the schema cannot see. */
  report(path: string, text: string): void {
    this.#report(this.#offsets.get(path) ?? 0, path, text)
  }

  #report(offset: number, path: string, text: string): void {
    const { line, col } = this.#lines.linePos(offset)
    this.problems.push({ line: Math.max(1, line), column: Math.max(1, col), path, text })
  }

  /** @param at where the key stands, for a value that is not there */
  #read(found: Found, schema: Node, path: string, at: number): unknown {
    const node = isAlias(found) ? ((found.resolve(this.#document) as ParsedNode | undefined) ?? null) : found
    const offset = found?.range[0] ?? at
    this.#offsets.set(path, offset)
    switch (schema.kind) {
      case 'text':
        return this.#text(node, schema, path, offset)
      case 'number':
        return this.#number(node, schema, path, offset)
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
    }
  }

  #text(node: ParsedNode | null, { oneOf, format }: TextNode, path: string, offset: number): unknown {
    if (!isScalar(node) || typeof node.value !== 'string') return this.#wrongType('a text', node, path, offset)
    const text = node.value
    if (oneOf !== undefined && !oneOf.includes(text)) {
      return this.#report(offset, path, `expected ${either(oneOf)}, found '${text}'${didYouMean(text, oneOf)}`)
    }
    const rule = format === undefined ? undefined : FORMATS[format]
    if (rule !== undefined && !rule.fits(text)) return this.#report(offset, path, `expected ${rule.expected}, found '${text}'`)
    return text
  }

  #number(node: ParsedNode | null, { least, most }: NumberNode, path: string, offset: number): unknown {
    const expected = `a whole number from ${least} to ${most}`
    if (!isScalar(node) || typeof node.value !== 'number') return this.#wrongType(expected, node, path, offset)
    const isFit = Number.isInteger(node.value) && node.value >= least && node.value <= most
    return isFit ? node.value : this.#report(offset, path, `expected ${expected}, found ${node.value}`)
  }

  #quantity(node: ParsedNode | null, { kind, least, most }: QuantityNode, path: string, offset: number): unknown {
    const { expected, parse, text } = QUANTITIES[kind]
    const value: unknown = isScalar(node) ? node.value : undefined
    const quantity = typeof value === 'string' ? parse(value) : kind === 'size' && typeof value === 'number' ? value : undefined
    if (quantity === undefined || !Number.isInteger(quantity)) return this.#wrongType(expected, node, path, offset)
    if (quantity >= least && quantity <= most) return quantity
    return this.#report(offset, path, `expected ${expected}, from ${text(least)} to ${text(most)}, found ${text(quantity)}`)
  }

  #list(node: ParsedNode | null, { of, least }: ListNode, path: string, offset: number): unknown {
    if (!isSeq(node)) return this.#wrongType('a list', node, path, offset)
    if (node.items.length < least) return this.#report(offset, path, `expected at least ${least === 1 ? 'one item' : `${least} items`}`)
    return node.items.map((item, i) => this.#read(item as Found, of, `${path}[${i}]`, offset))
  }

  #dict(node: ParsedNode | null, schema: DictNode, path: string, offset: number): unknown {
    const members = this.#members(node, 'a dict', path, offset)
    if (members === undefined) return undefined
    const { required, exactlyOneOf, onlyWith = {} } = schema
    for (const key of required) if (!members.has(key)) this.#report(offset, path, `'${key}' is missing`)
    if (exactlyOneOf !== undefined && exactlyOneOf.filter((key) => members.has(key)).length !== 1) {
      this.#report(offset, path, `expected exactly one of ${exactlyOneOf.map((key) => `'${key}'`).join(' and ')}`)
    }
    for (const [key, other] of Object.entries(onlyWith)) {
      const place = members.get(key)
      if (place !== undefined && !members.has(other)) this.#report(place.offset, childPath(path, key), `has no meaning without '${other}'`)
    }
    return this.#known(members, schema.keys, path)
  }

  #choice(node: ParsedNode | null, { keys }: ChoiceNode, path: string, offset: number): unknown {
    const names = Object.keys(keys)
    const members = this.#members(node, `a dict with ${either(names)}`, path, offset)
    if (members === undefined) return undefined
    if (members.size !== 1) return this.#report(offset, path, `expected exactly one key, ${either(names)}`)
    return this.#known(members, keys, path)
  }

  #map(node: ParsedNode | null, { names, of }: MapNode, path: string, offset: number): unknown {
    const members = this.#members(node, 'a dict of names', path, offset)
    if (members === undefined) return undefined
    const { expected, fits } = FORMATS[names]
    for (const [name, { offset: at }] of members) if (!fits(name)) this.#report(at, path, `expected ${expected} as name, found '${name}'`)
    return Object.fromEntries([...members].map(([name, { value, offset: at }]) => [name, this.#read(value, of, childPath(path, name), at)]))
  }

  #known(members: ReadonlyMap<string, Member>, keys: Readonly<Record<string, Node>>, path: string): unknown {
    const entries: [string, unknown][] = []
    for (const [key, { value, offset }] of members) {
      const schema = Object.hasOwn(keys, key) ? keys[key] : undefined
      if (schema === undefined)
        this.#report(offset, childPath(path, key), `unknown key${didYouMean(key, Object.keys(keys)) || known(keys)}`)
      else entries.push([key, this.#read(value, schema, childPath(path, key), offset)])
    }
    return Object.fromEntries(entries)
  }

  #members(node: ParsedNode | null, expected: string, path: string, offset: number): ReadonlyMap<string, Member> | undefined {
    if (!isMap(node)) {
      this.#wrongType(expected, node, path, offset)
      return undefined
    }
    const members = new Map<string, Member>()
    for (const { key, value } of node.items) {
      const at = key.range[0]
      if (isScalar(key) && (typeof key.value === 'string' || typeof key.value === 'number')) {
        members.set(String(key.value), { value, offset: at })
      } else this.#report(at, path, 'expected a text as key')
    }
    return members
  }

  #wrongType(expected: string, node: ParsedNode | null, path: string, offset: number): undefined {
    this.#report(offset, path, `expected ${expected}, found ${nameOf(node)}`)
  }
}

interface Member {
  readonly value: Found
  /** Where the key stands. */
  readonly offset: number
}

/** The path of a member; names that are no plain words in quotes. */
export function childPath(path: string, key: string): string {
  if (!/^[A-Za-z_]\w*$/.test(key)) return `${path}[${JSON.stringify(key)}]`
  return path === '' ? key : `${path}.${key}`
}

function nameOf(node: ParsedNode | null): string {
  if (isMap(node)) return 'a dict'
  if (isSeq(node)) return 'a list'
  const value: unknown = isScalar(node) ? node.value : null
  if (value === null || value === undefined) return 'nothing'
  if (typeof value === 'string') return `the text '${value.slice(0, 60)}'`
  if (typeof value === 'number') return `the number ${value}`
  return typeof value === 'boolean' ? `the word ${value}` : `a ${typeof value}`
}

function either(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`
}

function known(keys: Readonly<Record<string, Node>>): string {
  return `; known are ${Object.keys(keys).join(', ')}`
}

function isOrigin(text: string): boolean {
  return text === '*' || (/^https?:\/\//.test(text) && URL.canParse(text) && new URL(text).origin === text)
}
