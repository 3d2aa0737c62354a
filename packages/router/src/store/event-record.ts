// An event as octets, and back. What does not follow the layout is a RecordError; nothing else gets out of the reader.
//
// Octet 0: version, 1. Octet 1: flags. Octet 2: form of the payload (serializer << 4 | items; 0 JSON, 1 MessagePack, 2 CBOR), 0 without one.
// Then big-endian: publication (8), time as a double (8), topic (length in 4, UTF-8); by the flags details and audience (length in 4, a CBOR
// map each), the session that is excluded (8), the hash of the key (4), the owner (length in 4, UTF-8); the payload to the end.

import { isUtf8 } from 'node:buffer'
import type { Dict, PayloadFormat, SerializerName, TextPort } from '@trunkline/protocol'
import { createCborSerializer, EMPTY_DICT, MOST_LISTED, Strings } from '@trunkline/protocol'
import type { DurableEvent, DurablePayload, KeptEvent } from '../core/ports/index.ts'
import { RecordError } from './record-error.ts'

const VERSION = 1
const [DETAILS, AUDIENCE, EXCLUDED, KEY, OWNER, RETAINED] = [1, 2, 4, 8, 16, 32]
const KNOWN_FLAGS = 63
/** Version, flags, form, publication, time, length of the topic. */
const HEAD = 1 + 1 + 1 + 8 + 8 + 4
const SERIALIZERS: readonly SerializerName[] = ['json', 'msgpack', 'cbor']

/** The most values in the details of an event: twice as many as a message of a client may have before its payload. */
const MOST_VALUES = 20_000
/** Deeper than what any router takes from its clients. */
const DEEPEST = 512

const [FIRST, KEPT] = [4_096, 1_048_576]

/** UTF-8 by Node's Buffer. */
const TEXT: TextPort = {
  isUtf8: (bytes, start, end) => isUtf8(bytes.subarray(start, end)),
  decode: (bytes, start, end) => bufferOf(bytes).toString('utf8', start, end),
  write: (text, target, at) => bufferOf(target).write(text, at),
}

/** The layout of events, for one store. */
export class EventRecords {
  readonly #cbor: PayloadFormat = createCborSerializer({ text: TEXT, maxDepth: DEEPEST })
  readonly #strings = new Strings(TEXT)
  #room = Buffer.allocUnsafeSlow(FIRST)

  /**
   * Writes an event. The result is a view that holds until the next call.
   * @throws {PayloadError} when CBOR cannot hold a value of its details
   */
  encode(event: DurableEvent): Uint8Array {
    const { publication, time, topic, details, audience, excluded, key, owner, isRetained, payload } = event
    const dict = hasEntries(details) ? this.#cbor.encodeItems([details]) : undefined
    const lists = audience && this.#cbor.encodeItems([audience])
    const [lengths, raw] = [(dict?.length ?? 0) + (lists?.length ?? 0), payload?.raw.length ?? 0]
    const out = this.#ensure(HEAD + 3 * topic.length + 8 + lengths + 8 + 4 + 4 + 3 * (owner?.length ?? 0) + raw)
    out[0] = VERSION
    out[1] =
      (dict === undefined ? 0 : DETAILS) |
      (lists === undefined ? 0 : AUDIENCE) |
      (excluded === undefined ? 0 : EXCLUDED) |
      (key === undefined ? 0 : KEY) |
      (owner === undefined ? 0 : OWNER) |
      (isRetained ? RETAINED : 0)
    out[2] = formOf(payload)
    putId(out, 3, publication)
    out.writeDoubleBE(time, 11)
    let at = putText(out, 19, topic)
    if (dict !== undefined) at = putOctets(out, at, dict)
    if (lists !== undefined) at = putOctets(out, at, lists)
    if (excluded !== undefined) at = putId(out, at, excluded)
    if (key !== undefined) at = out.writeUInt32BE(key, at)
    if (owner !== undefined) at = putText(out, at, owner)
    if (payload !== undefined) out.set(payload.raw, at)
    return out.subarray(0, at + raw)
  }

  /**
   * Reads the event in a range of octets, of which it keeps none.
   * @throws {RecordError} when that is no event
   */
  decode(octets: Uint8Array, start: number, end: number, position: number): KeptEvent {
    const from = new Reading(octets, start, end)
    try {
      if (from.u8() !== VERSION) throw new RecordError('an event has an unknown version')
      const [flags, form, publication, time] = [from.u8(), from.u8(), from.id(), from.double()]
      if ((flags & ~KNOWN_FLAGS) !== 0) throw new RecordError('an event has unknown flags')
      const topic = this.#text(from)
      const details = (flags & DETAILS) === 0 ? EMPTY_DICT : this.#dict(from, MOST_VALUES)
      const audience = (flags & AUDIENCE) === 0 ? undefined : this.#dict(from, MOST_VALUES + MOST_LISTED)
      const excluded = (flags & EXCLUDED) === 0 ? undefined : from.id()
      const key = (flags & KEY) === 0 ? undefined : from.u32()
      const owner = (flags & OWNER) === 0 ? undefined : this.#text(from)
      const isRetained = (flags & RETAINED) !== 0
      const payload = payloadOf(form, from.rest())
      return { publication, topic, time, details, audience, excluded, key, owner, isRetained, payload, position }
    } catch (error) {
      // What the reader of CBOR or UTF-8 says of the octets.
      throw error instanceof RecordError ? error : new RecordError('an event cannot be read', { cause: error })
    }
  }

  /**
   * What decides whether an event is wanted, without reading the rest.
   * @throws {RecordError}
   */
  headOf(octets: Uint8Array, start: number, end: number): { readonly topic: string; readonly time: number } {
    const from = new Reading(octets, start, end)
    from.skip(11)
    try {
      const time = from.double()
      return { time, topic: this.#text(from) }
    } catch (error) {
      throw error instanceof RecordError ? error : new RecordError('a topic cannot be read', { cause: error })
    }
  }

  /** The octets of the audience, by which two are compared; none where every subscriber may receive it. @throws {RecordError} */
  audienceIn(octets: Uint8Array): Uint8Array {
    const from = new Reading(octets, 0, octets.length)
    from.skip(1)
    const flags = from.u8()
    from.skip(17)
    from.skip(from.u32())
    if ((flags & DETAILS) !== 0) from.skip(from.u32())
    return (flags & AUDIENCE) === 0 ? octets.subarray(0, 0) : from.octets(from.u32())
  }

  #text(from: Reading): string {
    const length = from.u32()
    const start = from.skip(length)
    return this.#strings.shared(from.bytes, start, start + length)
  }

  #dict(from: Reading, most: number): Dict {
    const octets = from.octets(from.u32())
    const [item] = this.#cbor.itemsOf(octets, 1, 0)
    if (item?.length !== octets.length) throw new RecordError('octets follow a dict')
    const [value] = this.#cbor.decodeItems(octets, 1, most)
    if (!isDict(value)) throw new RecordError('a value is no dict')
    return value
  }

  #ensure(length: number): Buffer {
    if (length > this.#room.length || this.#room.length > KEPT) {
      this.#room = Buffer.allocUnsafeSlow(Math.max(FIRST, length <= KEPT ? Math.min(KEPT, 2 * length) : length))
    }
    return this.#room
  }
}

/** Octets one after the other. A length is compared with what is left before anything is made of it. */
class Reading {
  readonly bytes: Uint8Array
  #at: number
  readonly #end: number

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = bytes
    this.#at = start
    this.#end = end
  }

  u8(): number {
    return this.bytes[this.skip(1)] as number
  }

  u32(): number {
    return get32(this.bytes, this.skip(4))
  }

  id(): number {
    const at = this.skip(8)
    const value = get32(this.bytes, at) * 0x1_0000_0000 + get32(this.bytes, at + 4)
    if (!Number.isSafeInteger(value)) throw new RecordError('an id is larger than 2^53 - 1')
    return value
  }

  double(): number {
    const at = this.skip(8)
    const value = bufferOf(this.bytes).readDoubleBE(at)
    if (!Number.isFinite(value)) throw new RecordError('a time is not finite')
    return value
  }

  octets(length: number): Uint8Array {
    const at = this.skip(length)
    return this.bytes.subarray(at, at + length)
  }

  rest(): Uint8Array {
    return this.octets(this.#end - this.#at)
  }

  /** Passes over some octets, and returns where they begin. */
  skip(octets: number): number {
    const at = this.#at
    if (octets > this.#end - at) throw new RecordError('an event ends too early')
    this.#at = at + octets
    return at
  }
}

function payloadOf(form: number, raw: Uint8Array): DurablePayload | undefined {
  if (form === 0 && raw.length === 0) return undefined
  const [serializer, count] = [SERIALIZERS[form >> 4], form & 15]
  if (serializer === undefined || (count !== 1 && count !== 2) || raw.length < count)
    throw new RecordError(`there is no payload of form ${form}`)
  return { serializer, count, raw: Uint8Array.from(raw) }
}

function formOf(payload: DurablePayload | undefined): number {
  return payload === undefined ? 0 : (SERIALIZERS.indexOf(payload.serializer) << 4) | payload.count
}

function putText(out: Buffer, at: number, text: string): number {
  const length = out.write(text, at + 4)
  out.writeUInt32BE(length, at)
  return at + 4 + length
}

function putOctets(out: Buffer, at: number, octets: Uint8Array): number {
  out.writeUInt32BE(octets.length, at)
  out.set(octets, at + 4)
  return at + 4 + octets.length
}

function putId(out: Buffer, at: number, value: number): number {
  out.writeUInt32BE(Math.floor(value / 0x1_0000_0000), at)
  return out.writeUInt32BE(value >>> 0, at + 4)
}

function get32(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
  return high * 0x1_0000 + (((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number))
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function hasEntries(dict: Dict): boolean {
  for (const key in dict) if (dict[key] !== undefined) return true
  return false
}

function isDict(value: unknown): value is Dict {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
}
