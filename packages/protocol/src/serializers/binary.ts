// Numbers as octets, most significant first, for MessagePack and CBOR. The caller checks that the octets exist.

import { PayloadError } from '../payload.ts'
import type { Output } from './output.ts'

/** For {@link Output.ascii}: allows every ASCII character. */
export const NONE_REFUSED: Uint8Array = new Uint8Array(128)

const TWO_32 = 0x1_0000_0000
/** The upper half of 2^53. */
const SAFE_HIGH = 0x20_0000

export function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
}

export function int32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 24) | ((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)
}

export function uint32(bytes: Uint8Array, at: number): number {
  return int32(bytes, at) >>> 0
}

/** Reads and writes floats, and integers of 64 bits. */
export class Numbers {
  #words = new Uint32Array(2)
  #double = new Float64Array(this.#words.buffer)
  #single = new Float32Array(this.#words.buffer)
  #unsigned = new BigUint64Array(this.#words.buffer)
  #signed = new BigInt64Array(this.#words.buffer)
  /** The index of the upper half of the two words. */
  #upper = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0

  float64(bytes: Uint8Array, at: number): number {
    this.#set(uint32(bytes, at), uint32(bytes, at + 4))
    return this.#double[0] as number
  }

  float32(bytes: Uint8Array, at: number): number {
    this.#words[0] = uint32(bytes, at)
    return this.#single[0] as number
  }

  /** A number up to 2^53, a bigint beyond. */
  uint64(bytes: Uint8Array, at: number): number | bigint {
    return this.unsigned(uint32(bytes, at), uint32(bytes, at + 4))
  }

  /** A number from -2^53 to 2^53, a bigint beyond. */
  int64(bytes: Uint8Array, at: number): number | bigint {
    const high = int32(bytes, at)
    const low = uint32(bytes, at + 4)
    if (high >= -SAFE_HIGH && (high < SAFE_HIGH || (high === SAFE_HIGH && low === 0))) return high * TWO_32 + low
    this.#set(high, low)
    return this.#signed[0] as bigint
  }

  /** The integer of two words: a number up to 2^53, a bigint beyond. */
  unsigned(high: number, low: number): number | bigint {
    if (high < SAFE_HIGH || (high === SAFE_HIGH && low === 0)) return high * TWO_32 + low
    this.#set(high, low)
    return this.#unsigned[0] as bigint
  }

  /** Appends the 8 octets of a float. */
  writeFloat(out: Output, value: number): void {
    this.#double[0] = value
    this.#append(out)
  }

  /** Appends a first octet and a bigint as 8 octets; a negative bigint in two's complement. */
  writeBig(out: Output, first: number, value: bigint): void {
    this.#unsigned[0] = value
    out.byte(first)
    this.#append(out)
  }

  #set(high: number, low: number): void {
    this.#words[this.#upper] = high
    this.#words[1 - this.#upper] = low
  }

  #append(out: Output): void {
    out.ensure(8)
    const bytes = out.bytes
    const high = this.#words[this.#upper] as number
    const low = this.#words[1 - this.#upper] as number
    let at = out.length
    bytes[at++] = high >>> 24
    bytes[at++] = high >>> 16
    bytes[at++] = high >>> 8
    bytes[at++] = high
    bytes[at++] = low >>> 24
    bytes[at++] = low >>> 16
    bytes[at++] = low >>> 8
    bytes[at++] = low
    out.length = at
  }
}

/** Appends a first octet and an integer in `size` 1, 2, 4 or 8 octets; 8 octets hold any integer number up to 2^53. */
export function writeHead(out: Output, first: number, size: number, value: number): void {
  out.ensure(9)
  const bytes = out.bytes
  let at = out.length
  bytes[at++] = first
  if (size === 8) {
    const high = Math.floor(value / TWO_32)
    bytes[at++] = high >> 24
    bytes[at++] = high >> 16
    bytes[at++] = high >> 8
    bytes[at++] = high
  }
  if (size >= 4) {
    bytes[at++] = value >>> 24
    bytes[at++] = value >>> 16
  }
  if (size >= 2) bytes[at++] = value >>> 8
  bytes[at++] = value
  out.length = at
}

const MAX_UINT64 = 0xffff_ffff_ffff_ffffn
const MIN_INT64 = -0x8000_0000_0000_0000n

/**
 * Refuses integers that 64 bits cannot hold.
 * @throws {PayloadError}
 */
export function check64(value: bigint): void {
  if (value > MAX_UINT64 || value < MIN_INT64) throw new PayloadError('an integer has more than 64 bits')
}

/**
 * The number of octets of a string's UTF-8.
 * @throws {PayloadError} for lone surrogates
 */
export function utf8Length(value: string): number {
  const units = value.length
  let length = units
  for (let i = 0; i < units; i++) {
    const c = value.charCodeAt(i)
    if (c < 0x80) continue
    length += c < 0x800 ? 1 : 2
    if ((c & 0xf800) !== 0xd800) continue
    if (c >= 0xdc00 || (value.charCodeAt(i + 1) & 0xfc00) !== 0xdc00) throw new PayloadError('a string contains a lone surrogate')
    i++
  }
  return length
}
