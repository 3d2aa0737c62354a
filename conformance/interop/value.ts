// Values as they travel between the driver and a peer's process: JSON in which everything that JSON cannot distinguish is
// tagged. Never judges whether a value is right.

import { createHash } from 'node:crypto'

/** JSON; a dict whose one key begins with `$` stands for something that JSON has not. */
export type Neutral = null | boolean | number | string | readonly Neutral[] | { readonly [key: string]: Neutral }

/** Texts and octets above this length travel as a digest. */
const LONGEST = 1024

/**
 * The value for a peer's library that a neutral value stands for.
 * @param bytes makes the library's own type for binary values
 */
export function fromNeutral(value: Neutral, bytes: (octets: Buffer) => unknown): unknown {
  if (value === null || typeof value !== 'object') return value
  if (isList(value)) return value.map((item) => fromNeutral(item, bytes))
  if (typeof value['$bin'] === 'string') return bytes(Buffer.from(value['$bin'], 'base64'))
  if (isList(value['$fill'])) return bytes(Buffer.alloc(Number(value['$fill'][1]), Number(value['$fill'][0])))
  if (isList(value['$repeat'])) return String(value['$repeat'][0]).repeat(Number(value['$repeat'][1]))
  if (typeof value['$float'] === 'number') return value['$float']
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fromNeutral(item, bytes)]))
}

/** The neutral form of a value that a peer's library returned. */
export function toNeutral(value: unknown): Neutral {
  switch (typeof value) {
    case 'string':
      return value.length > LONGEST ? digest('text', Buffer.from(value)) : value
    case 'boolean':
      return value
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0) ? value : { $number: Object.is(value, -0) ? '-0' : String(value) }
    case 'object':
      return value === null ? null : objectToNeutral(value)
    case 'bigint':
      return { $bigint: String(value) }
    default:
      return { $other: typeof value }
  }
}

/** One text per value, whatever the order of keys. */
export function canonical(value: Neutral): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (isList(value)) return `[${value.map(canonical).join(',')}]`
  const entries = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`)
  return `{${entries.toSorted().join(',')}}`
}

/** `Array.isArray` for read-only arrays too. */
export function isList(value: Neutral | undefined): value is readonly Neutral[] {
  return Array.isArray(value)
}

function objectToNeutral(value: object): Neutral {
  if (Array.isArray(value)) return Array.from(value, toNeutral)
  if (value instanceof Uint8Array) return value.length > LONGEST ? digest('octets', value) : { $bin: Buffer.from(value).toString('base64') }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return { $other: value.constructor.name }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toNeutral(item)]))
}

function digest(kind: string, octets: Uint8Array): Neutral {
  return { $digest: [kind, octets.length, createHash('sha256').update(octets).digest('hex')] }
}
