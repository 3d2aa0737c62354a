// Cryptography for all methods: comparisons in constant time, unpredictable values, and keys that take long to derive.
// Knows no method.

import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** SHA-256. */
export function sha256(data: string | Uint8Array): Buffer {
  return createHash('sha256').update(data).digest()
}

/** HMAC-SHA-256. */
export function hmac(key: string | Uint8Array, data: string | Uint8Array): Buffer {
  return createHmac('sha256', key).update(data).digest()
}

/** Whether two secrets are the same, in a time that reveals neither where they differ nor how long they are. */
export function isSame(given: string | Uint8Array, expected: string | Uint8Array): boolean {
  return timingSafeEqual(sha256(given), sha256(expected))
}

/** Random octets from the system's generator, as Base64. */
export function nonce(octets = 24): string {
  return randomBytes(octets).toString('base64')
}

/** The octets of a hex text; undefined when it is not hex of that length. */
export function octetsOf(hex: unknown, octets: number): Buffer | undefined {
  if (typeof hex !== 'string' || hex.length !== 2 * octets || !/^[0-9a-fA-F]*$/.test(hex)) return undefined
  return Buffer.from(hex, 'hex')
}

/** Exclusive or of two values of the same length. */
export function xor(a: Uint8Array, b: Uint8Array): Buffer {
  return Buffer.from(a.map((octet, i) => octet ^ (b[i] ?? 0)))
}

/** A value that is available at once, or is made once, in a later turn. */
export class Later<Value> {
  #value: Value | undefined
  readonly #made: Promise<Value>

  /** @param made when it fails, each use fails */
  constructor(made: Value | Promise<Value>) {
    this.#made = Promise.resolve(made)
    if (!(made instanceof Promise)) this.#value = made
    this.#made.then(
      (value) => void (this.#value = value),
      () => undefined,
    )
  }

  /** Passes the value on, at once where it is available. */
  use(take: (value: Value) => void, fail: (error: unknown) => void): void {
    if (this.#value !== undefined) take(this.#value)
    else this.#made.then(take).catch(fail)
  }
}
