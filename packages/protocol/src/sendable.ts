// How a serializer classifies an object: by its built-in tag, not by its class, since values may come from other JavaScript realms
// (frames, `node:vm`, jsdom). It refuses a value without an exact form, with the path to the value.

import { PayloadError } from './payload.ts'

/** The octets of a byte array; undefined for any other object. */
export function octetsOf(value: object): Uint8Array | undefined {
  const tag = tagOf(value)
  if (tag === 'ArrayBuffer') return new Uint8Array(value as ArrayBuffer)
  return tag === 'Uint8Array' && ArrayBuffer.isView(value) ? (value as Uint8Array) : undefined
}

/**
 * The members of a dict: a Map, an object with enumerable properties of its own, or an empty object without a class.
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

/** The error of a member, with the member's key or index added to its path. */
export function placed(error: unknown, key: string | number): unknown {
  if (!(error instanceof PayloadError)) return error
  const rest = error.message
  return new PayloadError((typeof key === 'number' ? `[${key}]` : `.${key}`) + (/^[.[]/.test(rest) ? rest : `: ${rest}`))
}

/** The built-in tag of an object, the same in every JavaScript realm. */
export function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1)
}
