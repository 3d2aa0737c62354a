// When two values are the same for JSON Schema. Two of a list: by a text that equal values have in common, so that a list is compared
// in one pass. One and a value of the schema: part by part, so that a long value costs no more than that of the schema.

import { isDict } from './schema-steps.ts'
import type { Work } from './schema-work.ts'

/** Whether a value is the same as one of the schema. Ends at the first part that differs. */
export function isSame(value: unknown, wanted: unknown): boolean {
  if (value === wanted) return true
  if (typeof value === 'bigint') return typeof wanted === 'number' && Number.isInteger(wanted) && value === BigInt(wanted)
  if (Array.isArray(wanted))
    return Array.isArray(value) && value.length === wanted.length && wanted.every((each, i) => isSame(value[i], each))
  if (!isDict(wanted) || !isDict(value)) return false
  const keys = Object.keys(wanted)
  return keys.every((key) => Object.hasOwn(value, key) && isSame(value[key], wanted[key])) && Object.keys(value).length === keys.length
}

/**
 * A text that two values have in common exactly if they are equal: whatever the order of keys, and 1, 1.0 and 1n are one. Numbers begin
 * with a mark: a text of digits alone has, in some versions of Node, its value as its hash, so that a client could choose a hundred
 * thousand with the same hash.
 */
export function canonical(value: unknown, work: Work): string {
  work.spend(1)
  switch (typeof value) {
    case 'string':
      work.look(value.length)
      return JSON.stringify(value)
    case 'number':
      return `#${value === 0 ? 0 : value}`
    case 'bigint':
      return ofBigint(value)
    case 'object':
      return value === null ? 'null' : ofObject(value, work)
    default:
      return String(value)
  }
}

/** The text of the number that it is; digits only where no number is exactly that. */
function ofBigint(value: bigint): string {
  const number = Number(value)
  return Number.isFinite(number) && BigInt(number) === value ? `#${number}` : `#${value}`
}

function ofObject(value: object, work: Work): string {
  if (value instanceof Uint8Array) {
    work.spend(value.length)
    return `<${value.join()}>`
  }
  if (Array.isArray(value)) return `[${value.map((each) => canonical(each, work)).join()}]`
  if (!isDict(value)) return String(value)
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key], work)}`)
  return `{${members.join()}}`
}
