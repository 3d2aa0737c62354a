// Payload from one serializer's octets to another's, without JavaScript values between. Integers stay exact, and every key is kept.
// It refuses values that the target cannot hold.

import { UsageError } from '../errors.ts'
import type { SerializerName } from '../payload.ts'
import { universalText } from '../text.ts'
import { countCbor } from './cbor-counts.ts'
import { CborSource } from './cbor-source.ts'
import { CborWriter } from './cbor-writer.ts'
import { OpenedCounts } from './counts.ts'
import type { Writer } from './format-serializer.ts'
import { depthLimit } from './format-serializer.ts'
import { countJson } from './json-counts.ts'
import { JsonGrammar } from './json-grammar.ts'
import { JsonSource } from './json-source.ts'
import { JsonWriter } from './json-writer.ts'
import { MsgpackSource } from './msgpack-source.ts'
import { MsgpackWriter } from './msgpack-writer.ts'
import type { Convert, SerializerOptions } from './serializer.ts'
import type { Counts, Source } from './sink.ts'

type ConverterOptions = Pick<SerializerOptions, 'text' | 'maxDepth'>

/**
 * Makes a converter; one serves all serializers of a router. The result of a conversion belongs to the caller.
 *
 * Byte arrays become U+0000 and Base64 in JSON, and the reverse; CBOR's undefined becomes null; floats stay floats.
 * A PayloadError is thrown for extension types, tags (64 is a byte array), other simple values, keys that are neither
 * strings nor (outside JSON) integers, integers beyond 64 bits, lone surrogates, and when the target is JSON for NaN, infinite
 * numbers and strings that begin with U+0000.
 */
export function createConverter(options: ConverterOptions = {}): Convert {
  const parts = new Parts(options)
  return (from, to, raw, count) => {
    const writer = parts.writers[to]
    writer.begin()
    const source = parts.sources[from]
    source.begin(raw, count, writer, parts.countsFor(from, to, raw))
    source.goOn(raw.length)
    return parts.take(writer)
  }
}

/** Converts as {@link createConverter} does, but in steps: for payloads that take long. One payload at a time. */
export class StepwiseConverter {
  readonly #parts: Parts
  #source: Source | undefined
  #writer: Writer | undefined

  constructor(options: ConverterOptions = {}) {
    this.#parts = new Parts(options)
  }

  /** Begins a conversion; {@link StepwiseConverter.goOn} does the work. Replaces one that was not finished. */
  begin(from: SerializerName, to: SerializerName, raw: Uint8Array, count: number): void {
    const { sources, writers } = this.#parts
    this.#source = sources[from]
    this.#writer = writers[to]
    this.#writer.begin()
    this.#source.begin(raw, count, this.#writer, this.#parts.countsFor(from, to, raw))
  }

  /**
   * Converts about so many octets; a long string is converted as a whole.
   * @returns the result, which belongs to the caller, once all is converted
   * @throws {PayloadError} when the target cannot hold a value
   */
  goOn(octets: number): Uint8Array | undefined {
    const [source, writer] = [this.#source, this.#writer]
    if (source === undefined || writer === undefined) throw new UsageError('no conversion was begun')
    if (!source.goOn(octets)) return undefined
    this.#source = this.#writer = undefined
    return this.#parts.take(writer)
  }
}

/** What a converter works with, for one payload at a time. */
class Parts {
  readonly sources: Readonly<Record<SerializerName, Source>>
  readonly writers: Readonly<Record<SerializerName, Writer>>
  readonly #grammar: JsonGrammar
  readonly #counts = new OpenedCounts()

  constructor({ text = universalText, maxDepth: wanted }: ConverterOptions) {
    const maxDepth = depthLimit(wanted)
    this.sources = {
      json: new JsonSource(text, maxDepth),
      msgpack: new MsgpackSource(text, maxDepth),
      cbor: new CborSource(text, maxDepth),
    }
    this.writers = { json: new JsonWriter(text), msgpack: new MsgpackWriter(text), cbor: new CborWriter(text) }
    this.#grammar = new JsonGrammar(text, maxDepth)
  }

  /** The counts of lists and dicts, for a source that may lack them and a target that writes them first. */
  countsFor(from: SerializerName, to: SerializerName, raw: Uint8Array): Counts | undefined {
    if (to === 'json') return undefined
    if (from === 'json') countJson(raw, this.#grammar, this.#counts)
    else if (from === 'cbor' && (raw.includes(0x9f) || raw.includes(0xbf))) countCbor(raw, this.#counts)
    else return undefined
    return this.#counts
  }

  /** What was written; releases a large buffer of the counts. */
  take(writer: Writer): Uint8Array {
    this.#counts.begin()
    return writer.out.owned()
  }
}
