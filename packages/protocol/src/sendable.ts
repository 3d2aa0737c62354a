// What an object is to a serializer, by what it is and not by whose class it is of: values come from other realms too (frames,
// `node:vm`, jsdom). What has no faithful form is refused with the path to it.

import { PayloadError } from './payload.ts'

/** The octets of what is a byte array. */
export function octetsOf(value: object): Uint8Array | undefined {
  const tag = tagOf(value)
  if (tag === 'ArrayBuffer') return new Uint8Array(value as ArrayBuffer)
  return tag === 'Uint8Array' && ArrayBuffer.isView(value) ? (value as Uint8Array) : undefined
}

/**
 * The members of what is a dict: a Map, or an object with enumerable properties of its own, or an empty one that is of no class.
 * @throws {PayloadError} for anything else
 */
export function entriesOf(value: object): readonly (readonly [unknown, unknown])[] {
  const tag = tagOf(value)
  if (tag === 'Map') return [...(value as ReadonlyMap<unknown, unknown>)]
  const entries = Object.entries(value)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (tag === 'Object' && (entries.length > 0 || !prototype || Object.getPrototypeOf(prototype) === null)) return entries
  throw new PayloadError(`${(value.constructor as { name?: string } | undefined)?.name ?? tag} cannot be sent`)
}

/** What was thrown for a member, as that of what it stands in. */
export function placed(error: unknown, key: string | number): unknown {
  if (!(error instanceof PayloadError)) return error
  const rest = error.message
  return new PayloadError((typeof key === 'number' ? `[${key}]` : `.${key}`) + (/^[.[]/.test(rest) ? rest : `: ${rest}`))
}

/** What an object is, in whatever realm it was made. */
export function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1)
}
