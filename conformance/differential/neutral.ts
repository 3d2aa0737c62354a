// Values with exact types for the exchange between the two languages: JSON that distinguishes integers, floats, texts and
// octets. Never judges a value.

import type { SerializerName } from '@trunkline/protocol'

/** `i`: decimal digits; `f`: the octets of a float64; `b`: octets; `d`: members, keys being texts or integers. */
export type Neutral = null | boolean | string | Integer | Float | Octets | Dict | readonly Neutral[]
interface Integer {
  readonly i: string
}
interface Float {
  readonly f: string
}
interface Octets {
  readonly b: string
}
interface Dict {
  readonly d: readonly (readonly [string | Integer, Neutral])[]
}

const EXACT = 2n ** 53n
const QUIET_NAN = '7ff8000000000000'

export function integer(value: bigint | number): Integer {
  return { i: String(value) }
}

export function float(value: number): Float {
  const octets = Buffer.alloc(8)
  octets.writeDoubleBE(value)
  return { f: Number.isNaN(value) ? QUIET_NAN : octets.toString('hex') }
}

export function octets(value: Uint8Array): Octets {
  return { b: Buffer.from(value).toString('hex') }
}

export function dict(members: readonly (readonly [string | Integer, Neutral])[]): Dict {
  return { d: members }
}

/** The JavaScript value: bigint where a number would not be exact; integer keys become names of properties. */
export function toValue(neutral: Neutral): unknown {
  if (neutral === null || typeof neutral !== 'object') return neutral
  if ('i' in neutral) return integerValue(BigInt(neutral.i))
  if ('f' in neutral) return floatValue(neutral)
  if ('b' in neutral) return Uint8Array.from(Buffer.from(neutral.b, 'hex'))
  if ('d' in neutral) return Object.fromEntries(neutral.d.map(([key, value]) => [nameOf(key), toValue(value)]))
  return neutral.map(toValue)
}

/** The neutral form of a value that our reader decoded. A number that is an integer up to 2^53 counts as an integer. */
export function fromValue(value: unknown): Neutral {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
  if (typeof value === 'bigint') return integer(value)
  if (typeof value === 'number') return isExactInteger(value) ? integer(value) : float(value)
  if (value instanceof Uint8Array) return octets(value)
  if (Array.isArray(value)) return value.map(fromValue)
  if (typeof value === 'object') return dict(Object.entries(value).map(([key, item]) => [key, fromValue(item)] as const))
  throw new TypeError(`decoded a ${typeof value}`)
}

/** The value after a way through JavaScript: floats without a fraction are integers. */
export function throughJavaScript(neutral: Neutral): Neutral {
  return fromValue(toValue(neutral))
}

/** The same text for the same value, whatever the order of its members. */
export function canonical(neutral: Neutral): string {
  if (neutral === null || typeof neutral !== 'object') return JSON.stringify(neutral)
  if ('i' in neutral) return `i${neutral.i}`
  if ('f' in neutral) return `f${/^[7f]ff(?!0{13})/.test(neutral.f) ? QUIET_NAN : neutral.f}`
  if ('b' in neutral) return `b${neutral.b}`
  if ('d' in neutral)
    return `{${neutral.d
      .map(([key, value]) => `${canonical(key)}:${canonical(value)}`)
      .toSorted()
      .join(',')}}`
  return `[${neutral.map(canonical).join(',')}]`
}

/** Whether a format can hold a value, as the converter's documentation says. */
export function canHold(format: SerializerName, neutral: Neutral): boolean {
  if (typeof neutral === 'string') return format !== 'json' || !neutral.startsWith('\u0000')
  if (neutral === null || typeof neutral !== 'object' || 'b' in neutral) return true
  if ('i' in neutral) return format === 'json' || isOf64Bits(BigInt(neutral.i))
  if ('f' in neutral) return format !== 'json' || Number.isFinite(floatValue(neutral))
  if ('d' in neutral) return neutral.d.every(([key, value]) => (typeof key === 'string' || format !== 'json') && canHold(format, value))
  return neutral.every((value) => canHold(format, value))
}

/** Whether our writers accept a value from an application: they refuse integers beyond 64 bits, in JSON too. */
export function canWrite(format: SerializerName, neutral: Neutral): boolean {
  return canHold(format, neutral) && canHold('msgpack', neutral)
}

function isOf64Bits(value: bigint): boolean {
  return value >= -(2n ** 63n) && value < 2n ** 64n
}

function isExactInteger(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) <= Number(EXACT) && !Object.is(value, -0)
}

function integerValue(value: bigint): number | bigint {
  return value >= -EXACT && value <= EXACT ? Number(value) : value
}

function floatValue({ f }: Float): number {
  return Buffer.from(f, 'hex').readDoubleBE()
}

function nameOf(key: string | Integer): string {
  return typeof key === 'string' ? key : key.i
}
