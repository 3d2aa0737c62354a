// Reads the parts of a frame one after the other. A length is compared with what is left before anything is made of it.

import type { Dict, ItemCount, PayloadFormat, SerializerName, TextPort } from '@trunkline/protocol'
import { Payload, Strings } from '@trunkline/protocol'
import { FlatDictReader } from './flat-dict.ts'
import { FrameError } from './frame-error.ts'
import { LONG_TEXT, NO_PAYLOAD } from './frame-writer.ts'

const NOTHING: Uint8Array = new Uint8Array(0)

/** One reader serves all frames, one at a time. Every method throws {@link FrameError} or an error of the serializer. */
export class FrameReader {
  readonly #strings: Strings
  readonly #flat: FlatDictReader
  readonly #cbor: PayloadFormat
  readonly #formats: readonly PayloadFormat[]
  #bytes = NOTHING
  #at = 0
  #end = 0

  /**
   * @param cbor for dicts
   * @param formats what payloads are given, by which others convert and read them
   */
  constructor(text: TextPort, cbor: PayloadFormat, formats: Readonly<Record<SerializerName, PayloadFormat>>) {
    this.#strings = new Strings(text)
    this.#flat = new FlatDictReader(this.#strings)
    this.#cbor = cbor
    this.#formats = [formats.json, formats.msgpack, formats.cbor]
  }

  begin(bytes: Uint8Array, start: number, end: number): void {
    this.#bytes = bytes
    this.#at = start
    this.#end = end
  }

  /** Releases the octets. */
  release(): void {
    this.#bytes = NOTHING
  }

  /** Checks that nothing follows. */
  finish(): void {
    if (this.#at !== this.#end) throw new FrameError(`${this.#end - this.#at} octets follow the frame`)
  }

  u8(): number {
    return this.#bytes[this.#take(1)] as number
  }

  u16(): number {
    const at = this.#take(2)
    return ((this.#bytes[at] as number) << 8) | (this.#bytes[at + 1] as number)
  }

  u32(): number {
    return this.#get32(this.#take(4))
  }

  id(): number {
    const at = this.#take(8)
    const high = this.#get32(at)
    if (high > 0x1f_ffff) throw new FrameError('an id is larger than 2^53 - 1')
    return high * 0x1_0000_0000 + this.#get32(at + 4)
  }

  text(): string {
    const first = this.u16()
    const length = first === LONG_TEXT ? this.u32() : first
    const start = this.#take(length)
    return this.#strings.shared(this.#bytes, start, start + length)
  }

  /** @param most the most lists, dicts and entries: decoded ones take many times the memory of their octets */
  dict(most: number): Dict {
    const length = this.u32()
    const start = this.#take(length)
    const flat = this.#flat.read(this.#bytes, start, start + length)
    if (flat !== undefined) return flat
    const octets = this.#bytes.subarray(start, start + length)
    const [item] = this.#cbor.itemsOf(octets, 1, 0)
    if (item?.length !== length) throw new FrameError('octets follow a dict')
    const [value] = this.#cbor.decodeItems(octets, 1, most)
    if (!isDict(value)) throw new FrameError('a value is no dict')
    return value
  }

  /** How many entries follow; each takes at least so many octets. */
  count(octets: number): number {
    const count = this.u32()
    if (count * octets > this.#end - this.#at) throw new FrameError(`${count} entries do not fit into the frame`)
    return count
  }

  /** The payload, which goes on to the end of the frame: a view on it. Its items were checked where they came from. */
  payload(): Payload | undefined {
    const form = this.u8()
    if (form === NO_PAYLOAD) return undefined
    const format = this.#formats[form >> 4]
    const count = form & 15
    if (format === undefined || count === 0 || count > 2) throw new FrameError(`there is no payload of form ${form}`)
    const length = this.#end - this.#at
    if (length < count) throw new FrameError('a payload lacks items')
    const start = this.#take(length)
    // A plain array even if the octets are a Buffer, whose `slice` does not copy.
    return Payload.fromRaw(format, new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + start, length), count as ItemCount)
  }

  #take(octets: number): number {
    const at = this.#at
    if (octets > this.#end - at) throw new FrameError('the frame ends too early')
    this.#at = at + octets
    return at
  }

  #get32(at: number): number {
    const bytes = this.#bytes
    const high = ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
    return high * 0x1_0000 + (((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number))
  }
}

function isDict(value: unknown): value is Dict {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
}
