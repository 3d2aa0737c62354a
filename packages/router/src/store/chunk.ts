// Events of one log that lie together, and their index: what was committed as a group is one value, which costs a tenth of a value for each.
//
// A chunk: checksum of the rest (4), version 1 (1), then for each event its length (4), its position above that of the first (4), the event. Its
// index: checksum (4), position of the last (8), how many (4), octets of the events (8), and its topics (length in 2, UTF-8, each) unless these are
// too many. Numbers are big-endian.

import { crc32 } from 'node:zlib'
import { RecordError } from './record-error.ts'
import { unsealed } from './sealed.ts'

const VERSION = 1
const CHUNK_HEAD = 5
const ENTRY_HEAD = 8
const INDEX_HEAD = 20
/** Octets of all topics in an index. */
const MOST_TOPICS = 4_096

/** A chunk takes no more events from here on. */
const CHUNK_EVENTS = 256
const CHUNK_BYTES = 32_768
/** A chunk with fewer is written again with those that come next. */
const SMALL_EVENTS = 64
const SMALL_BYTES = 16_384

const FIRST_ROOM = 4_096

/** An event in a chunk. */
export interface Entry {
  readonly position: number
  readonly start: number
  readonly end: number
}

export interface ChunkIndex {
  readonly last: number
  readonly events: number
  /** Octets of its events. */
  readonly bytes: number
  /** Undefined where they are too many. */
  readonly topics: readonly string[] | undefined
}

/** A chunk that still takes events. */
export class OpenChunk {
  readonly base: number
  #room: Buffer
  #length = CHUNK_HEAD
  #last: number
  #events = 0
  #topics: Set<string> | undefined = new Set()
  #topicOctets = 0

  /**
   * @param base the position of its first event
   * @param octets about how many it will take at once
   */
  constructor(base: number, octets: number) {
    this.base = base
    this.#last = base
    this.#room = Buffer.allocUnsafe(Math.max(FIRST_ROOM, CHUNK_HEAD + ENTRY_HEAD + octets))
  }

  /** One that was written before. @throws {RecordError} */
  static of(base: number, chunk: Buffer, index: ChunkIndex): OpenChunk {
    entriesOf(chunk, base)
    const opened = new OpenChunk(base, chunk.length)
    opened.#room.set(chunk)
    opened.#length = chunk.length
    opened.#last = index.last
    opened.#events = index.events
    opened.#topics = index.topics && new Set(index.topics)
    for (const topic of index.topics ?? []) opened.#topicOctets += 2 + Buffer.byteLength(topic)
    return opened
  }

  get last(): number {
    return this.#last
  }

  get events(): number {
    return this.#events
  }

  get topics(): readonly string[] | undefined {
    return this.#topics && [...this.#topics].sort()
  }

  /** Octets of its events. */
  get bytes(): number {
    return this.#length - CHUNK_HEAD - ENTRY_HEAD * this.#events
  }

  /** Whether it is worth writing again with more. */
  get isSmall(): boolean {
    return this.#events < SMALL_EVENTS && this.#length < SMALL_BYTES
  }

  /** Whether an event may be added. The first always may. */
  takes(position: number, octets: number): boolean {
    if (this.#events === 0) return true
    const length = this.#length + ENTRY_HEAD + octets
    return this.#events < CHUNK_EVENTS && length <= CHUNK_BYTES && position - this.base <= 0xffff_ffff
  }

  add(position: number, topic: string, octets: Uint8Array): void {
    const start = this.#length
    const length = start + ENTRY_HEAD + octets.length
    if (length > this.#room.length) this.#room = grown(this.#room, start, Math.max(2 * this.#room.length, length))
    this.#room.writeUInt32BE(octets.length, start)
    this.#room.writeUInt32BE(position - this.base, start + 4)
    this.#room.set(octets, start + ENTRY_HEAD)
    this.#length = length
    this.#last = position
    this.#events++
    this.#addTopic(topic)
  }

  /** Its octets: a copy. */
  chunk(): Buffer {
    const chunk = Buffer.from(this.#room.subarray(0, this.#length))
    chunk[4] = VERSION
    chunk.writeUInt32BE(crc32(chunk.subarray(4)), 0)
    return chunk
  }

  index(): Buffer {
    const topics = this.#topics
    const out = Buffer.allocUnsafe(4 + INDEX_HEAD + (topics === undefined ? 0 : this.#topicOctets))
    out.writeBigUInt64BE(BigInt(this.#last), 4)
    out.writeUInt32BE(this.#events, 12)
    out.writeBigUInt64BE(BigInt(this.bytes), 16)
    let at = 4 + INDEX_HEAD
    for (const topic of topics ?? []) {
      const length = out.write(topic, at + 2)
      out.writeUInt16BE(length, at)
      at += 2 + length
    }
    out.writeUInt32BE(crc32(out.subarray(4)), 0)
    return out
  }

  #addTopic(topic: string): void {
    if (this.#topics === undefined || this.#topics.has(topic)) return
    this.#topicOctets += 2 + Buffer.byteLength(topic)
    if (this.#topicOctets > MOST_TOPICS) this.#topics = undefined
    else this.#topics.add(topic)
  }
}

/** Octets of a chunk with so many events of so many octets. */
export function chunkLength(events: number, bytes: number): number {
  return CHUNK_HEAD + ENTRY_HEAD * events + bytes
}

/** The index of a chunk. @throws {RecordError} */
export function readIndex(value: Buffer): ChunkIndex {
  const octets = unsealed(value)
  if (octets.length < INDEX_HEAD) throw new RecordError('an index ends too early')
  const [last, bytes] = [Number(octets.readBigUInt64BE(0)), Number(octets.readBigUInt64BE(12))]
  if (!Number.isSafeInteger(last) || !Number.isSafeInteger(bytes)) throw new RecordError('an index has a number beyond 2^53')
  const topics: string[] = []
  for (let at = INDEX_HEAD; at < octets.length;) {
    const end = at + 2 + (at + 2 > octets.length ? 0 : octets.readUInt16BE(at))
    if (at + 2 > octets.length || end > octets.length) throw new RecordError('a topic ends too late')
    topics.push(octets.toString('utf8', at + 2, end))
    at = end
  }
  return { last, events: octets.readUInt32BE(8), bytes, topics: topics.length === 0 ? undefined : topics.toSorted() }
}

/** The places of the events of a chunk, in order. @throws {RecordError} */
export function entriesOf(chunk: Buffer, base: number): readonly Entry[] {
  if (chunk.length < CHUNK_HEAD || chunk.readUInt32BE(0) !== crc32(chunk.subarray(4))) throw new RecordError('a checksum does not fit')
  if (chunk[4] !== VERSION) throw new RecordError('a chunk has an unknown version')
  const entries: Entry[] = []
  for (let at = CHUNK_HEAD; at < chunk.length;) {
    const start = at + ENTRY_HEAD
    const end = start <= chunk.length ? start + chunk.readUInt32BE(at) : start
    if (end > chunk.length) throw new RecordError('an event ends too late')
    const position = base + chunk.readUInt32BE(at + 4)
    if (position <= (entries.at(-1)?.position ?? base - 1)) throw new RecordError('positions do not grow')
    entries.push({ position, start, end })
    at = end
  }
  return entries
}

function grown(octets: Buffer, used: number, length: number): Buffer {
  const room = Buffer.allocUnsafe(length)
  room.set(octets.subarray(0, used))
  return room
}
