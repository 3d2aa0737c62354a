// What a target of the fuzzer is, and what every target uses to judge. Knows no format.

import { PayloadError, ProtocolError } from '@trunkline/protocol'

/** The heap that values may take however few octets they were read from. */
const FREE = 4_096
/** About how much a value takes, and a dict or list that is not empty. */
const VALUE = 16
const CONTAINER = 96

/** Code that reads octets of a peer. */
export interface Target {
  readonly name: string
  /** The files whose coverage guides the search. */
  readonly files: RegExp
  readonly seeds: readonly Uint8Array[]
  /** Octets that mean something to the reader. */
  readonly tokens: readonly Uint8Array[]
  /**
   * Gives one input to the reader.
   * @returns the kind of outcome, in few words: inputs with a new one are kept
   * @throws what is not allowed: a {@link Fault}, or an error that the reader should not throw
   */
  run(input: Uint8Array): string
}

/** The reader did something that it must not do. */
export class Fault extends Error {
  override readonly name = 'Fault'
}

export function check(isTrue: boolean, rule: string): void {
  if (!isTrue) throw new Fault(rule)
}

/** The kind of a refusal. Rethrows an error that is no refusal of octets. */
export function refusal(error: unknown): string {
  if (!(error instanceof ProtocolError || error instanceof PayloadError)) throw error
  return `${error.code} ${error.message.replaceAll(/\d+/g, '#').slice(0, 32)}`
}

/** What `make` returns, or undefined when it throws a PayloadError. */
export function unlessPayload<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch (error) {
    if (error instanceof PayloadError) return undefined
    throw error
  }
}

/** Whether two values are the same, types and the sign of zero included; `looseZero` treats both zeros as equal. */
export function isSame(a: unknown, b: unknown, looseZero = false): boolean {
  if (Object.is(a, b) || (looseZero && a === 0 && b === 0)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (a instanceof Uint8Array || b instanceof Uint8Array) return a instanceof Uint8Array && b instanceof Uint8Array && isSameBytes(a, b)
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>]
  return keys.every((key) => Object.hasOwn(right, key) && isSame(left[key], right[key], looseZero))
}

export function isSameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, i) => octet === b[i])
}

/** How many values a value consists of. */
export function countValues(value: unknown): number {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return 1
  let count = 1
  for (const each of Object.values(value)) count += countValues(each)
  return count
}

/** Whether a value takes at most so much heap for each of the octets that it was read from. */
export function isProportionate(value: unknown, octets: number, perOctet: number): boolean {
  return heldBy(value) <= perOctet * octets + FREE
}

/** About how much heap a value takes. Shared values, such as empty lists and dicts, take none. */
function heldBy(value: unknown): number {
  if (typeof value === 'string') return VALUE + value.length * 2
  if (typeof value !== 'object' || value === null) return VALUE
  if (value instanceof Uint8Array) return 2 * CONTAINER + value.length
  const within = Object.values(value)
  return within.reduce((sum: number, each) => sum + heldBy(each), VALUE + (Object.isFrozen(value) ? 0 : CONTAINER))
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
