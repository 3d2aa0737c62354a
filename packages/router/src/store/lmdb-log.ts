// One log in the file: a row of chunks, of which it knows where they are. Its rule is followed as soon as events are committed; chunks that are
// dropped as a whole go with the next transaction. What it counts is counted again when the file is opened.

import type { UriPattern } from '@trunkline/protocol'
import type { EventQuery, KeepRule } from '../core/ports/index.ts'
import type { ChunkIndex, Entry } from './chunk.ts'
import { chunkLength, entriesOf, OpenChunk, readIndex } from './chunk.ts'
import { DroppedTopics } from './dropped-topics.ts'
import type { EventRecords } from './event-record.ts'
import { baseIn, chunkKey, indexesOf, indexKey, logKey } from './lmdb-keys.ts'
import type { Changes, Table } from './lmdb-table.ts'
import { allRows, octetsOf } from './lmdb-table.ts'
import { RecordError } from './record-error.ts'
import { listIn, numberIn, optionalIn, sealedJson, textIn, unsealedJson } from './sealed.ts'
import type { Source } from './scan.ts'
import { fitting } from './topic-filter.ts'

/** Where a log is. */
export interface LogPlace {
  readonly realm: number
  readonly log: number
  readonly table: Table
  readonly records: EventRecords
  /** Told of events that cannot be read. */
  readonly onDamage: (error: RecordError) => void
}

/** A chunk in the file. Its topics are known where they are few, and otherwise in its index. */
interface Chunk extends ChunkIndex {
  readonly base: number
}

/** The oldest chunk, whose events are dropped one by one. */
interface Front {
  readonly base: number
  readonly octets: Buffer
  readonly entries: readonly Entry[]
  at: number
}

/** The oldest event that is not dropped. */
interface Oldest extends Entry {
  readonly front: Front
  readonly topic: string
  readonly time: number
}

const FEW_TOPICS = 8

export class LmdbLog {
  readonly name: string
  readonly #place: LogPlace
  #rule: KeepRule
  #dropped = new DroppedTopics()
  /** Events up to here are dropped. */
  #droppedTo = 0
  #events = 0
  #bytes = 0
  #octets = 0
  /** Oldest first; those before the first place are gone. */
  #chunks: Chunk[] = []
  #first = 0
  #front: Front | undefined
  /** The newest chunk, if more may be added to it. */
  #tail: OpenChunk | undefined
  /** Chunks that were dropped, and are in the file until the next transaction. */
  #gone: number[] = []
  /** Chunks of the transaction that is being made. */
  #staged: OpenChunk[] = []
  readonly #added = { events: 0, bytes: 0 }
  /** Whether what is known of it has to be written. */
  #isChanged: boolean

  private constructor(name: string, place: LogPlace, { rule, isChanged }: { rule: KeepRule; isChanged: boolean }) {
    this.name = name
    this.#place = place
    this.#rule = rule
    this.#isChanged = isChanged
  }

  static begin(name: string, place: LogPlace, rule: KeepRule): LmdbLog {
    return new LmdbLog(name, place, { rule, isChanged: true })
  }

  /** One that is in the file. @throws {RecordError} */
  static load(value: Buffer, place: LogPlace): LmdbLog {
    const { name, rule, droppedTo, others, topics } = unsealedJson(value)
    const log = new LmdbLog(textIn(name), place, { rule: ruleIn(rule), isChanged: false })
    log.#droppedTo = numberIn(droppedTo)
    log.#dropped = new DroppedTopics(numberIn(others), listIn(topics).map(droppedIn))
    log.#load()
    return log
  }

  get number(): number {
    return this.#place.log
  }

  get rule(): KeepRule {
    return this.#rule
  }

  /** Events up to here are dropped. */
  get droppedTo(): number {
    return this.#droppedTo
  }

  get events(): number {
    return this.#events
  }

  /** Octets that it takes in the file. */
  get octets(): number {
    return this.#octets
  }

  /** The position of its newest event, dropped or not; 0 before the first. */
  get last(): number {
    return Math.max(this.#chunks.at(-1)?.last ?? 0, this.#droppedTo)
  }

  /** Whether it has something to write. */
  get isChanged(): boolean {
    return this.#isChanged || this.#gone.length > 0 || this.#staged.length > 0
  }

  droppedOf(filter: UriPattern): number {
    return this.#dropped.of(filter)
  }

  change(rule: KeepRule): void {
    const { events, bytes, ageMs } = this.#rule
    if (events === rule.events && bytes === rule.bytes && ageMs === rule.ageMs) return
    this.#rule = rule
    this.#isChanged = true
    this.#shrink()
  }

  /** Adds an event to the transaction that is being made. */
  add(position: number, topic: string, octets: Uint8Array): void {
    let chunk = this.#staged.at(-1) ?? this.#tail
    if (chunk === undefined || !chunk.takes(position, octets.length)) chunk = new OpenChunk(position, octets.length)
    if (this.#staged.at(-1) !== chunk) this.#staged.push(chunk)
    chunk.add(position, topic, octets)
    this.#added.events++
    this.#added.bytes += octets.length
  }

  /** Writes into the transaction what was added, and removes what was dropped. */
  write(changes: Changes): void {
    const { realm, log } = this.#place
    for (const base of this.#gone) {
      changes.remove(chunkKey(realm, log, base))
      changes.remove(indexKey(realm, log, base))
    }
    this.#gone = []
    for (const chunk of this.#staged) {
      changes.put(chunkKey(realm, log, chunk.base), chunk.chunk())
      changes.put(indexKey(realm, log, chunk.base), chunk.index())
    }
    if (!this.#isChanged) return
    this.#isChanged = false
    const { others, topics } = this.#dropped
    const [{ name }, rule, droppedTo] = [this, this.#rule, this.#droppedTo]
    changes.put(logKey(realm, log), sealedJson({ name, rule, droppedTo, others, topics: [...topics] }))
  }

  /** The transaction was committed. */
  committed(): void {
    for (const chunk of this.#staged) {
      if (chunk.base === this.#chunks.at(-1)?.base) this.#octets -= octetsIn(this.#chunks.pop())
      this.#push(chunk)
    }
    const newest = this.#staged.at(-1)
    if (newest !== undefined) this.#tail = newest.isSmall ? newest : undefined
    this.#staged = []
    this.#events += this.#added.events
    this.#bytes += this.#added.bytes
    this.#added.events = 0
    this.#added.bytes = 0
    this.#shrink()
  }

  /** @param now in milliseconds since 1970 */
  expire(now: number): void {
    const { ageMs } = this.#rule
    if (ageMs === undefined) return
    for (let oldest = this.#oldest(); oldest !== undefined && oldest.time < now - ageMs; oldest = this.#oldest()) this.#drop(oldest)
  }

  /** The events that fit a query, up to a position. */
  *source({ filter, first, from }: EventQuery, end: number): Source {
    const fits = fitting(filter)
    const isUp = first === 'oldest'
    // By position, not by place: chunks may be dropped in between.
    for (let at = from, chunk = this.#behind(at, isUp); chunk !== undefined; chunk = this.#behind(at, isUp)) {
      at = isUp ? chunk.last : chunk.base
      const topics = chunk.topics ?? this.#topicsOf(chunk)
      if (topics === undefined || topics.some(fits)) yield* this.#in(chunk, { fits, from, end, isUp })
      yield at
    }
  }

  *#in(chunk: Chunk, { fits, from, end, isUp }: { fits: (topic: string) => boolean; from: number; end: number; isUp: boolean }): Source {
    const { records } = this.#place
    // Dropped meanwhile.
    if (chunk.last <= this.#droppedTo) return
    const octets = this.#read(chunk)
    const entries = entriesOf(octets, chunk.base)
    for (const { position, start, end: stop } of isUp ? entries : entries.toReversed()) {
      if (position <= this.#droppedTo || position > end || (isUp ? position <= from : position >= from)) continue
      if (!fits(records.headOf(octets, start, stop).topic)) continue
      yield { position, bytes: stop - start, read: () => records.decode(octets, start, stop, position) }
    }
  }

  /** The chunk with the next events above a position, or below it. */
  #behind(position: number, isUp: boolean): Chunk | undefined {
    let [low, high] = [this.#first, this.#chunks.length]
    while (low < high) {
      const middle = (low + high) >> 1
      const chunk = this.#chunks[middle]
      if (chunk !== undefined && (isUp ? chunk.last <= position : chunk.base < position)) low = middle + 1
      else high = middle
    }
    return isUp ? this.#chunks[low] : low > this.#first ? this.#chunks[low - 1] : undefined
  }

  #load(): void {
    const { realm, log, table } = this.#place
    for (const { key, value } of allRows(table, indexesOf(realm, log))) {
      const index = readIndex(value)
      const base = baseIn(key)
      if (index.last <= this.#droppedTo) this.#gone.push(base)
      else {
        this.#push({ base, ...index })
        this.#events += index.events
        this.#bytes += index.bytes
      }
    }
    this.#tail = this.#tailOf(this.#chunks.at(-1))
    const [oldest] = this.#chunks
    // Only where the last events to be dropped were some of a chunk.
    if (oldest !== undefined && oldest.base <= this.#droppedTo) this.#discount(oldest)
    this.#shrink()
  }

  /** The newest chunk, to add more; one that cannot be read stays as it is. */
  #tailOf(newest: Chunk | undefined): OpenChunk | undefined {
    if (newest === undefined) return undefined
    try {
      const opened = OpenChunk.of(newest.base, this.#read(newest), newest)
      return opened.isSmall ? opened : undefined
    } catch (error) {
      if (!(error instanceof RecordError)) throw error
      this.#place.onDamage(error)
      return undefined
    }
  }

  /** Takes off what was dropped of the oldest chunk. */
  #discount(oldest: Chunk): void {
    try {
      const front = this.#frontAt(oldest)
      for (const { start, end } of front.entries.slice(0, front.at)) {
        this.#events--
        this.#bytes -= end - start
      }
    } catch (error) {
      if (!(error instanceof RecordError)) throw error
      this.#discard(oldest, error)
    }
  }

  #push({ base, last, events, bytes, topics }: Chunk): void {
    const few = topics !== undefined && topics.length <= FEW_TOPICS ? this.#shared(topics) : undefined
    this.#chunks.push({ base, last, events, bytes, topics: few })
    this.#octets += octetsOf(chunkLength(events, bytes))
  }

  /** Most chunks have the topics of the one before. */
  #shared(topics: readonly string[]): readonly string[] {
    const before = this.#chunks.at(-1)?.topics
    return before?.length === topics.length && topics.every((topic, i) => topic === before[i]) ? before : topics
  }

  #topicsOf({ base }: Chunk): readonly string[] | undefined {
    const { realm, log, table } = this.#place
    const index = table.get(indexKey(realm, log, base))
    return index && readIndex(index).topics
  }

  #shrink(): void {
    const { bytes = Number.POSITIVE_INFINITY, events = Number.POSITIVE_INFINITY } = this.#rule
    while (this.#bytes > bytes || this.#events > events) {
      const oldest = this.#oldest()
      if (oldest === undefined) return
      this.#drop(oldest)
    }
  }

  #oldest(): Oldest | undefined {
    for (let chunk = this.#chunks[this.#first]; chunk !== undefined; chunk = this.#chunks[this.#first]) {
      try {
        const oldest = this.#oldestIn(chunk)
        if (oldest !== undefined) return oldest
        if (this.#first === this.#chunks.length - 1) return undefined
        this.#forget(chunk)
      } catch (error) {
        if (!(error instanceof RecordError)) throw error
        this.#discard(chunk, error)
      }
    }
    return undefined
  }

  #oldestIn(chunk: Chunk): Oldest | undefined {
    let front = this.#front
    // The newest chunk grows: what was read of it may be old.
    if (front?.base !== chunk.base || front.at >= front.entries.length) front = this.#front = this.#frontAt(chunk)
    const entry = front.entries[front.at]
    return entry && { ...entry, front, ...this.#place.records.headOf(front.octets, entry.start, entry.end) }
  }

  #drop({ front, position, start, end, topic }: Oldest): void {
    front.at++
    this.#events--
    this.#bytes -= end - start
    this.#droppedTo = position
    this.#dropped.add(topic, position)
    this.#isChanged = true
    const oldest = this.#chunks[this.#first]
    if (front.at >= front.entries.length && this.#first < this.#chunks.length - 1 && oldest !== undefined) this.#forget(oldest)
  }

  /** The oldest chunk cannot be read: its events are dropped, whatever their topics are. */
  #discard(chunk: Chunk, error: RecordError): void {
    this.#place.onDamage(error)
    this.#events = Math.max(0, this.#events - chunk.events)
    this.#bytes = Math.max(0, this.#bytes - chunk.bytes)
    this.#droppedTo = chunk.last
    this.#dropped.addUnknown(chunk.last)
    if (this.#tail?.base === chunk.base) this.#tail = undefined
    this.#isChanged = true
    this.#forget(chunk)
  }

  /** Of the oldest chunk all events are dropped. */
  #forget(chunk: Chunk): void {
    this.#gone.push(chunk.base)
    this.#octets -= octetsIn(chunk)
    this.#first++
    if (this.#first * 2 < this.#chunks.length) return
    this.#chunks = this.#chunks.slice(this.#first)
    this.#first = 0
  }

  /** @throws {RecordError} */
  #frontAt(chunk: Chunk): Front {
    const octets = this.#read(chunk)
    const entries = entriesOf(octets, chunk.base)
    const first = entries.findIndex(({ position }) => position > this.#droppedTo)
    return { base: chunk.base, octets, entries, at: first < 0 ? entries.length : first }
  }

  /** @throws {RecordError} */
  #read({ base }: Chunk): Buffer {
    const { realm, log, table } = this.#place
    const octets = table.get(chunkKey(realm, log, base))
    if (octets === undefined) throw new RecordError('a chunk is missing')
    return octets
  }
}

function octetsIn(chunk: Chunk | undefined): number {
  return chunk === undefined ? 0 : octetsOf(chunkLength(chunk.events, chunk.bytes))
}

/** @throws {RecordError} */
function ruleIn(value: unknown): KeepRule {
  if (typeof value !== 'object' || value === null) throw new RecordError('a log has no rule')
  const { events, bytes, ageMs }: { events?: unknown; bytes?: unknown; ageMs?: unknown } = value
  return { events: optionalIn(events), bytes: optionalIn(bytes), ageMs: optionalIn(ageMs) }
}

/** @throws {RecordError} */
function droppedIn(value: unknown): readonly [string, number] {
  const [topic, position] = listIn(value)
  return [textIn(topic), numberIn(position)]
}
