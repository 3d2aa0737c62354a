// When two values are the same for JSON Schema: by a text that equal values have in common, so that a list is compared in one pass.

import { isDict } from './schema-steps.ts'

/** A text that two values have in common exactly if they are equal: whatever the order of keys, and 1, 1.0 and 1n are one. */
export function canonical(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'number':
      return String(Number.isInteger(value) ? BigInt(value) : value)
    case 'object':
      return value === null ? 'null' : ofObject(value)
    default:
      return String(value)
  }
}

function ofObject(value: object): string {
  if (value instanceof Uint8Array) return `<${value.join()}>`
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  if (!isDict(value)) return String(value)
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`)
  return `{${members.join()}}`
}
