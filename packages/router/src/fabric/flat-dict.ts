// Details as most are: a few members with short keys, whose values are short texts, whole numbers or booleans. In CBOR, as the serializer
// writes them, in a quarter of its time: it makes no array, and asks no value what it is. Any other dict is the serializer's.

import type { Dict, Strings } from '@trunkline/protocol'

/** The most members, and the most octets of a text: their heads take two octets at most. */
const MOST_MEMBERS = 23
const LONGEST_TEXT = 64
/** What a flat dict may take: no text is begun behind this. */
const MOST_OCTETS = 1_024
/** The room in which a flat dict is written. */
export const FLAT_ROOM = MOST_OCTETS + 2 * (LONGEST_TEXT + 2)

const DICT = 0xa0
const TEXT = 0x60
const [FALSE, TRUE] = [0xf4, 0xf5]
const ONE_OCTET = 24
const NOTHING: Uint8Array = new Uint8Array(0)

/** Writes a dict, and returns the position behind it; 0 when it is not flat. There have to be {@link FLAT_ROOM} octets. */
export function writeFlat(bytes: Uint8Array, start: number, dict: Dict): number {
  const last = start + MOST_OCTETS
  let at = start + 1
  let members = 0
  for (const key in dict) {
    const value = dict[key]
    if (value === undefined) continue
    if (++members > MOST_MEMBERS || at > last || !Object.hasOwn(dict, key)) return 0
    at = writeText(bytes, at, key)
    if (at === 0) return 0
    if (typeof value === 'string') at = writeText(bytes, at, value)
    else if (typeof value === 'number') at = writeWhole(bytes, at, value)
    else if (typeof value === 'boolean') bytes[at++] = value ? TRUE : FALSE
    else return 0
    if (at === 0) return 0
  }
  bytes[start] = DICT | members
  return at
}

function writeText(bytes: Uint8Array, start: number, text: string): number {
  const { length } = text
  if (length > LONGEST_TEXT) return 0
  let at = start
  if (length < ONE_OCTET) bytes[at++] = TEXT | length
  else {
    bytes[at++] = TEXT | ONE_OCTET
    bytes[at++] = length
  }
  for (let i = 0; i < length; i++) {
    const c = text.charCodeAt(i)
    if (c >= 0x80) return 0
    bytes[at++] = c
  }
  return at
}

function writeWhole(bytes: Uint8Array, start: number, value: number): number {
  if (!Number.isSafeInteger(value) || value < 0 || Object.is(value, -0)) return 0
  if (value < ONE_OCTET) {
    bytes[start] = value
    return start + 1
  }
  const size = value < 0x100 ? 1 : value < 0x1_0000 ? 2 : value < 0x1_0000_0000 ? 4 : 8
  bytes[start] = size === 1 ? 24 : size === 2 ? 25 : size === 4 ? 26 : 27
  let rest = value
  for (let at = start + size; at > start; at--) {
    bytes[at] = rest
    rest = Math.floor(rest / 0x100)
  }
  return start + 1 + size
}

/** Reads a dict that takes the whole range; undefined when it is not flat, or no dict at all. */
export class FlatDictReader {
  readonly #strings: Strings
  #bytes = NOTHING
  #at = 0
  #end = 0

  constructor(strings: Strings) {
    this.#strings = strings
  }

  /** @throws {ProtocolError} when a text is not UTF-8 */
  read(bytes: Uint8Array, start: number, end: number): Dict | undefined {
    this.#bytes = bytes
    this.#at = start
    this.#end = end
    try {
      return this.#dict()
    } finally {
      this.#bytes = NOTHING
    }
  }

  #dict(): Dict | undefined {
    const members = this.#at < this.#end ? (this.#bytes[this.#at++] as number) - DICT : -1
    if (members < 0 || members > MOST_MEMBERS) return undefined
    const dict: Record<string, unknown> = {}
    for (let i = 0; i < members; i++) {
      const key = this.#text()
      // Twice, or one that every object has: the serializer knows what to do.
      if (key === undefined || key in dict) return undefined
      const value = this.#value()
      if (value === undefined) return undefined
      dict[key] = value
    }
    return this.#at === this.#end ? dict : undefined
  }

  #value(): unknown {
    const head = this.#at < this.#end ? (this.#bytes[this.#at] as number) : DICT
    if (head < TEXT) return this.#whole(head)
    if (head < DICT) return this.#text()
    if (head !== TRUE && head !== FALSE) return undefined
    this.#at++
    return head === TRUE
  }

  #text(): string | undefined {
    const bytes = this.#bytes
    let at = this.#at
    if (at >= this.#end) return undefined
    let length = (bytes[at++] as number) - TEXT
    if (length === ONE_OCTET && at < this.#end) length = bytes[at++] as number
    else if (length < 0 || length >= ONE_OCTET) return undefined
    this.#at = at + length
    return this.#at > this.#end ? undefined : this.#strings.shared(bytes, at, this.#at)
  }

  #whole(head: number): number | undefined {
    if (head < ONE_OCTET) {
      this.#at++
      return head
    }
    if (head > 27) return undefined
    const size = 1 << (head - ONE_OCTET)
    const last = this.#at + size
    if (last >= this.#end) return undefined
    let value = 0
    for (let at = this.#at + 1; at <= last; at++) value = value * 0x100 + (this.#bytes[at] as number)
    this.#at = last + 1
    return value <= Number.MAX_SAFE_INTEGER ? value : undefined
  }
}
