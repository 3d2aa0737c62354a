// Finds the values within the octets of a list or a dict, one by one, and builds none of them: a long body costs its octets and not
// the many objects of its values. Expects octets that a serializer has checked.

import type { Serializer } from '@trunkline/protocol'
import { PayloadError } from '@trunkline/protocol'

type Kind = 'list' | 'dict' | 'other'

/** A key that is longer has none of the names that the door knows. */
const LONGEST_KEY = 64

/** What a value is by its first octet. */
export function kindOf({ name }: Serializer, raw: Uint8Array): Kind {
  const [c = 0] = raw
  if (name === 'json') return c === OPEN_LIST ? 'list' : c === OPEN_DICT ? 'dict' : 'other'
  if (name === 'cbor') return c >> 5 === 4 ? 'list' : c >> 5 === 5 ? 'dict' : 'other'
  if (c >> 4 === 9 || c === 0xdc || c === 0xdd) return 'list'
  return c >> 4 === 8 || c === 0xde || c === 0xdf ? 'dict' : 'other'
}

/** The values of a list; of a dict its keys, each with its value behind it. Views on `raw`. */
export function* valuesWithin(format: Serializer, raw: Uint8Array): Generator<Uint8Array, undefined> {
  const { count, start } = format.isBinary ? openingOf(format, raw) : { count: Number.POSITIVE_INFINITY, start: 1 }
  let at = start
  for (let i = 0; i < count; i++) {
    if (!format.isBinary) at = afterSeparator(raw, at)
    if (count === Number.POSITIVE_INFINITY && ENDS.has(raw[at] ?? BREAK)) return
    const [value] = format.itemsOf(raw.subarray(at), 1, 1)
    if (value === undefined) return
    at += value.length
    yield value
  }
}

/** Whether a list or a dict has nothing in it. */
export function isEmpty(format: Serializer, raw: Uint8Array): boolean {
  return valuesWithin(format, raw).next().done === true
}

/**
 * The members of a dict by their names, or the first key that is none of these.
 * @throws {PayloadError} when a name appears twice
 */
export function membersOf(format: Serializer, raw: Uint8Array, names: ReadonlySet<string>): ReadonlyMap<string, Uint8Array> | UnknownKey {
  const members = new Map<string, Uint8Array>()
  const values = valuesWithin(format, raw)
  for (let key = values.next(); key.done !== true; key = values.next()) {
    const name = key.value.length > LONGEST_KEY ? undefined : valueOf(format, key.value, 1)
    if (typeof name !== 'string') return { unknown: undefined }
    if (!names.has(name)) return { unknown: name }
    if (members.has(name)) throw new PayloadError('a key appears twice')
    const value = values.next()
    if (value.done !== true) members.set(name, value.value)
  }
  return members
}

export interface UnknownKey {
  /** Undefined for one that is no text, or a long one. */
  readonly unknown: string | undefined
}

/**
 * Builds a value.
 * @param most the most lists, dicts and entries
 * @throws {PayloadError} when there are more
 */
export function valueOf(format: Serializer, raw: Uint8Array, most: number): unknown {
  return format.decodeItems(raw, 1, most)[0]
}

/** How many values a list or a dict of a binary format announces, and where they begin. */
function openingOf({ name }: Serializer, raw: Uint8Array): { readonly count: number; readonly start: number } {
  const [c = 0] = raw
  const view = new DataView(raw.buffer, raw.byteOffset, raw.length)
  const { size, short } = name === 'cbor' ? cborHead(c) : msgpackHead(c)
  const announced = short ?? (size === 1 ? view.getUint8(1) : size === 2 ? view.getUint16(1) : longCount(view, size))
  return { count: announced * (IS_DICT[name](c) ? 2 : 1), start: 1 + size }
}

function longCount(view: DataView, size: number): number {
  return size === 4 ? view.getUint32(1) : Number(view.getBigUint64(1))
}

interface Head {
  /** The octets of the count behind the first octet. */
  readonly size: number
  /** The count, where the first octet holds it. */
  readonly short?: number
}

function cborHead(c: number): Head {
  const info = c & 31
  if (info === 31) return { size: 0, short: Number.POSITIVE_INFINITY }
  return info < 24 ? { size: 0, short: info } : { size: 1 << (info - 24) }
}

function msgpackHead(c: number): Head {
  return c < 0xa0 ? { size: 0, short: c & 15 } : { size: c === 0xdc || c === 0xde ? 2 : 4 }
}

const IS_DICT = {
  json: () => false,
  cbor: (c: number) => c >> 5 === 5,
  msgpack: (c: number) => c < 0x90 || c >= 0xde,
} as const

/** The position after blanks, and the comma or colon between two values of JSON. */
function afterSeparator(raw: Uint8Array, start: number): number {
  let at = start
  while (SEPARATORS.has(raw[at] ?? 0)) at++
  return at
}

const [OPEN_LIST, OPEN_DICT, CLOSE_LIST, CLOSE_DICT, BREAK] = [0x5b, 0x7b, 0x5d, 0x7d, 0xff] as const
const SEPARATORS: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d, 0x2c, 0x3a])
/** What ends a list or a dict that announces no count: in JSON no value begins with one of them, and in CBOR only the last is met. */
const ENDS: ReadonlySet<number> = new Set([CLOSE_LIST, CLOSE_DICT, BREAK])
