// Writes the parts of a frame one after the other. Numbers are big-endian; a payload is always the last part.

import type { Dict, Payload, PayloadFormat, SerializerName, TextPort } from '@trunkline/protocol'
import { LARGE_MESSAGE, rawIn } from '@trunkline/protocol'
import { FLAT_ROOM, writeFlat } from './flat-dict.ts'
import { FrameError } from './frame-error.ts'

const FIRST = 4_096
const KEPT = 65_536
/** The longest text that is written by a loop of ours: for short ones that takes less time than the runtime does. */
const SHORT = 64
/** In place of the length of a text: the length follows in four octets. */
export const LONG_TEXT = 0xffff
export const NO_PAYLOAD = 0
const FORM: Readonly<Record<SerializerName, number>> = { json: 0x00, msgpack: 0x10, cbor: 0x20 }

/** Reusable room for one frame at a time. */
export class FrameWriter {
  readonly #text: TextPort
  readonly #cbor: PayloadFormat
  #bytes = new Uint8Array(FIRST)
  #length = 0
  /** A long payload, which is copied only once, behind the rest. */
  #tail: Uint8Array | undefined

  /** @param cbor for dicts, and for payloads that were made from values */
  constructor(text: TextPort, cbor: PayloadFormat) {
    this.#text = text
    this.#cbor = cbor
  }

  begin(): void {
    this.#length = 0
    this.#tail = undefined
    if (this.#bytes.length > KEPT) this.#bytes = new Uint8Array(FIRST)
  }

  /** The octets of the frame: a view that holds until the next {@link begin}; from `LARGE_MESSAGE` on they belong to the caller. */
  take(): Uint8Array {
    const length = this.#length
    const tail = this.#tail
    if (tail === undefined) return length < LARGE_MESSAGE ? this.#bytes.subarray(0, length) : this.#bytes.slice(0, length)
    this.#tail = undefined
    const whole = new Uint8Array(length + tail.length)
    whole.set(this.#bytes.subarray(0, length))
    whole.set(tail, length)
    return whole
  }

  u8(value: number): void {
    this.#ensure(1)
    this.#bytes[this.#length++] = value
  }

  u16(value: number): void {
    if (!Number.isInteger(value) || value < 0 || value > 0xffff) throw new FrameError(`${value} is not an integer of 16 bits`)
    this.#ensure(2)
    this.#bytes[this.#length++] = value >> 8
    this.#bytes[this.#length++] = value
  }

  u32(value: number): void {
    if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) throw new FrameError(`${value} is not an integer of 32 bits`)
    this.#ensure(4)
    this.#put32(value)
  }

  /** An integer from 0 to 2^53 - 1, in eight octets. */
  id(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw new FrameError(`${value} is not an integer from 0 to 2^53 - 1`)
    this.#ensure(8)
    this.#put32(Math.floor(value / 0x1_0000_0000))
    this.#put32(value >>> 0)
  }

  text(value: string): void {
    if (!this.#short(value)) this.#long(value)
  }

  dict(value: Dict): void {
    this.#ensure(4 + FLAT_ROOM)
    const start = this.#length + 4
    const end = writeFlat(this.#bytes, start, value)
    if (end === 0) {
      const octets = this.#cbor.encodeItems([value])
      this.#put32(octets.length)
      this.#append(octets)
    } else {
      this.#put32(end - start)
      this.#length = end
    }
  }

  /** The form of a payload (its serializer and number of items) and its raw items, up to the end of the frame. */
  payload(payload: Payload | undefined): void {
    if (payload === undefined || payload.count === 0) return this.u8(NO_PAYLOAD)
    const { format, count } = payload
    const raw = format === undefined ? rawIn(payload, this.#cbor) : payload.raw
    this.u8(FORM[format?.name ?? 'cbor'] | count)
    if (raw.length >= LARGE_MESSAGE) this.#tail = raw
    else this.#append(raw)
  }

  /** Writes a short ASCII text; otherwise nothing, and returns false. */
  #short(value: string): boolean {
    const count = value.length
    if (count > SHORT) return false
    this.#ensure(count + 2)
    const bytes = this.#bytes
    let at = this.#length + 2
    for (let i = 0; i < count; i++) {
      const c = value.charCodeAt(i)
      if (c >= 0x80) return false
      bytes[at++] = c
    }
    bytes[this.#length] = 0
    bytes[this.#length + 1] = count
    this.#length = at
    return true
  }

  #long(value: string): void {
    this.#ensure(6 + 3 * value.length)
    const start = this.#length
    const count = this.#text.write(value, this.#bytes, start + 6)
    if (count < LONG_TEXT) {
      this.#bytes.copyWithin(start + 2, start + 6, start + 6 + count)
      this.u16(count)
    } else {
      this.u16(LONG_TEXT)
      this.u32(count)
    }
    this.#length += count
  }

  #append(octets: Uint8Array): void {
    this.#ensure(octets.length)
    this.#bytes.set(octets, this.#length)
    this.#length += octets.length
  }

  #put32(value: number): void {
    const bytes = this.#bytes
    const at = this.#length
    bytes[at] = value >>> 24
    bytes[at + 1] = value >>> 16
    bytes[at + 2] = value >>> 8
    bytes[at + 3] = value
    this.#length = at + 4
  }

  #ensure(count: number): void {
    const needed = this.#length + count
    if (needed <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
    grown.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = grown
  }
}
