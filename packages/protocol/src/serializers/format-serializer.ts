// The shared part of the three serializers: they decode the header of a message, and only check its payload.

import { headerElements, isPassthru, messageFromElements, payloadOf, rowOf } from '../codec.ts'
import { ProtocolError, UsageError } from '../errors.ts'
import { placed } from '../sendable.ts'
import { headerLimits, MOST_OPENING_OCTETS } from '../header-limits.ts'
import type { MessageRow } from '../message-table.ts'
import type { Message } from '../messages.ts'
import { EMPTY_DICT } from '../messages.ts'
import { rawIn } from '../payload-forms.ts'
import type { ItemCount, SerializerName } from '../payload.ts'
import { Payload, PayloadError } from '../payload.ts'
import type { TextPort } from '../text.ts'
import type { Output } from './output.ts'
import type { Serializer, SerializerOptions } from './serializer.ts'
import { LARGE_MESSAGE } from './serializer.ts'
import type { Sink, Source } from './sink.ts'
import { Strings } from './strings.ts'
import { ValueBuilder } from './value-builder.ts'
import { ValueWriter } from './value-writer.ts'

/** Reads the list of a message, element by element. Every method throws ProtocolError on malformed octets. */
export interface MessageReader {
  /** Opens the list of a message and reads its type code. */
  start(bytes: Uint8Array): number
  /** Whether another element follows; if not, it reads the end of the list. */
  more(): boolean
  /** Reads a header element as a value. */
  element(): unknown
  /**
   * Checks args, and kwargs if they follow, without decoding them. null for args or kwargs counts as empty: clients in wide use write it.
   * @param mayBeBinary whether one byte array may be in place of args (older payload passthru)
   * @returns the number of items; they are the octets from {@link MessageReader.tailStart} to {@link MessageReader.tailEnd}
   */
  tail(mayBeBinary: boolean): ItemCount
  /** Whether the octets of the tail begin with kwargs, since null was in place of args. */
  readonly lacksArgs: boolean
  readonly tailStart: number
  readonly tailEnd: number
  /** Checks that nothing follows the message, and releases its octets. */
  finish(): void
}

/** Appends values to an output. */
export interface Writer extends Sink {
  readonly out: Output
  /** Starts a new message or payload. */
  begin(): void
  /** Writes the separator before raw items or another value. */
  beforeItems(): void
}

/** The parts of a format that {@link FormatSerializer} needs. */
export interface Format {
  readonly name: SerializerName
  readonly rawSocketId: number
  readonly isBinary: boolean
  readonly reader: MessageReader
  readonly writer: Writer
  /** An empty args list, with the separator between it and kwargs. */
  readonly emptyArgs: Uint8Array
  /** The position after the value at `start`, within so many lists and dicts. Throws ProtocolError when it is too deep. */
  afterValue(raw: Uint8Array, start: number, depth: number): number
  opensWithList(raw: Uint8Array): boolean
  /** See {@link PayloadFormat.decodeItems}. */
  decodeItems(raw: Uint8Array, count: ItemCount, most?: number): unknown[]
}

const DEFAULT_DEPTH = 64
const DEEPEST = 512

/**
 * The depth limit of a serializer.
 * @throws {UsageError} when it is not from 2 to 512, a depth of recursion that every engine supports
 */
export function depthLimit(maxDepth: number | undefined): number {
  const limit = maxDepth ?? DEFAULT_DEPTH
  if (!Number.isInteger(limit) || limit < 2 || limit > DEEPEST)
    throw new UsageError(`maxDepth must be an integer from 2 to ${DEEPEST}, not ${limit}`)
  return limit
}

/** The serializer of a format. One instance serves any number of sessions. */
export class FormatSerializer implements Serializer {
  readonly name: SerializerName
  readonly subprotocol: string
  readonly rawSocketId: number
  readonly isBinary: boolean
  #format: Format
  #reader: MessageReader
  #writer: Writer
  #values: ValueWriter
  #convert: SerializerOptions['convert']

  constructor(format: Format, options: SerializerOptions) {
    this.name = format.name
    this.subprotocol = `wamp.2.${format.name}`
    this.rawSocketId = format.rawSocketId
    this.isBinary = format.isBinary
    this.#format = format
    this.#reader = format.reader
    this.#writer = format.writer
    this.#values = new ValueWriter(depthLimit(options.maxDepth))
    this.#convert = options.convert
  }

  decode(bytes: Uint8Array): Message {
    const reader = this.#reader
    const type = reader.start(bytes)
    const row = rowOf(type)
    const length = row.fields.length + 1
    if (bytes.length > MOST_OPENING_OCTETS) checkSize(row, bytes.length)
    const header: unknown[] = [type]
    let hasMore = reader.more()
    while (hasMore && header.length < length) {
      header.push(reader.element())
      hasMore = reader.more()
    }
    let payload: Payload | undefined
    if (hasMore) {
      if (!row.hasPayload) throw new ProtocolError(`a message of type ${type} has more than ${length} elements`)
      const count = reader.tail(isPassthru(header))
      if (reader.more()) throw new ProtocolError('a message has more than two elements of payload')
      // A plain array even if `bytes` is a Buffer, whose `slice` does not copy.
      const raw = new Uint8Array(bytes.buffer, bytes.byteOffset + reader.tailStart, reader.tailEnd - reader.tailStart)
      if (count > 0) payload = Payload.fromRaw(this, reader.lacksArgs ? concat(this.#format.emptyArgs, raw) : raw, count)
    }
    reader.finish()
    return messageFromElements(header, payload)
  }

  encode(message: Message): Uint8Array {
    const payload = payloadOf(message)
    // Before the header is written, since the conversion uses the same output.
    const raw = payload === undefined || payload.count === 0 ? undefined : rawIn(payload, this)
    const writer = this.#writer
    const out = writer.out
    const header = headerElements(message)
    writer.begin()
    writer.list(header.length + (payload?.count ?? 0))
    for (let i = 0; i < header.length; i++) this.#writeElement(header[i])
    if (raw === undefined) {
      writer.endList()
      return out.length < LARGE_MESSAGE ? out.view() : out.owned()
    }
    writer.beforeItems()
    const headerEnd = out.length
    writer.endList()
    if (out.length + raw.length >= LARGE_MESSAGE) return joined(out.view(), headerEnd, raw)
    out.length = headerEnd
    out.append(raw)
    writer.endList()
    return out.view()
  }

  decodeItems(raw: Uint8Array, count: ItemCount, most?: number): unknown[] {
    return count === 0 ? [] : this.#format.decodeItems(raw, count, most)
  }

  itemsOf(raw: Uint8Array, count: ItemCount, depth: number): readonly Uint8Array[] {
    const items: Uint8Array[] = []
    try {
      for (let start = 0; items.length < count;) {
        const end = this.#format.afterValue(raw, start, depth)
        items.push(raw.subarray(start, end))
        start = this.isBinary ? end : afterComma(raw, end)
      }
    } catch (error) {
      if (error instanceof ProtocolError) throw new PayloadError(error.message, { cause: error })
      throw error
    }
    return items
  }

  opensWithList(raw: Uint8Array): boolean {
    return this.#format.opensWithList(raw)
  }

  encodeItems(items: readonly unknown[]): Uint8Array {
    const writer = this.#writer
    writer.begin()
    for (let i = 0; i < items.length; i++) {
      try {
        this.#values.write(items[i], 1, writer)
      } catch (error) {
        throw placed(error, i === 0 ? 'args' : 'kwargs')
      }
    }
    return writer.out.owned()
  }

  convertItems(from: SerializerName, raw: Uint8Array, count: ItemCount): Uint8Array {
    if (this.#convert === undefined) throw new UsageError(`this serializer has no converter, which it needs from ${from} to ${this.name}`)
    return this.#convert(from, this.name, raw, count)
  }

  #writeElement(element: unknown): void {
    const writer = this.#writer
    if (typeof element === 'number' && Number.isInteger(element)) writer.integer(element)
    else if (element === EMPTY_DICT || isEmptyDict(element)) {
      writer.dict(0)
      writer.endDict()
    } else this.#writeSlowly(element)
  }

  #writeSlowly(element: unknown): void {
    try {
      this.#values.write(element, 1, this.#writer)
    } catch (error) {
      if (!(error instanceof PayloadError)) throw error
      throw new UsageError(`an option or detail cannot be sent: ${error.message}`, 'TL_USAGE', { cause: error })
    }
  }
}

/** The position after a comma between two raw items of JSON, and the blanks around it. */
function afterComma(raw: Uint8Array, end: number): number {
  let pos = end
  while (pos < raw.length && ((raw[pos] as number) <= 0x20 || raw[pos] === 0x2c)) pos++
  return pos
}

function checkSize({ code, name }: MessageRow, octets: number): void {
  const most = headerLimits(code).octets
  if (octets > most) throw new ProtocolError(`${name} is longer than ${most} octets`)
}

/** Makes the function that builds the values of raw items. */
export function buildItems(source: Source, text: TextPort): Format['decodeItems'] {
  const builder = new ValueBuilder(new Strings(text))
  return (raw, count, most) => {
    builder.begin(most)
    source.begin(raw, count, builder)
    source.goOn(raw.length)
    return builder.take()
  }
}

function isEmptyDict(element: unknown): boolean {
  if (typeof element !== 'object' || element === null || Array.isArray(element)) return false
  for (const key in element) if (Object.hasOwn(element, key)) return false
  return true
}

function concat(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length)
  both.set(first)
  both.set(second, first.length)
  return both
}

/** The message in an array of its own, with `raw` where the header ends, so that a long payload is copied once. */
function joined(written: Uint8Array, headerEnd: number, raw: Uint8Array): Uint8Array {
  const message = new Uint8Array(written.length + raw.length)
  message.set(written.subarray(0, headerEnd))
  message.set(raw, headerEnd)
  message.set(written.subarray(headerEnd), headerEnd + raw.length)
  return message
}
