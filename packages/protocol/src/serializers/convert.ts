// Payload from one serializer's octets to another's, without JavaScript values between. Integers stay exact, and every key is kept.
// It refuses values that the target cannot hold.

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

/**
 * Makes a converter; one serves all serializers of a router. The result of a conversion belongs to the caller.
 *
 * Byte arrays become U+0000 and Base64 in JSON, and the reverse; CBOR's undefined becomes null; floats stay floats.
 * A PayloadError is thrown for extension types, tags (64 is a byte array), other simple values, keys that are neither
 * strings nor (outside JSON) integers, integers beyond 64 bits, lone surrogates, and when the target is JSON for NaN, infinite
 * numbers and strings that begin with U+0000.
 */
export function createConverter(options: Pick<SerializerOptions, 'text' | 'maxDepth'> = {}): Convert {
  const text = options.text ?? universalText
  const maxDepth = depthLimit(options.maxDepth)
  const sources: Record<SerializerName, Source> = {
    json: new JsonSource(text, maxDepth),
    msgpack: new MsgpackSource(text, maxDepth),
    cbor: new CborSource(text, maxDepth),
  }
  const writers: Record<SerializerName, Writer> = {
    json: new JsonWriter(text),
    msgpack: new MsgpackWriter(text),
    cbor: new CborWriter(text),
  }
  const grammar = new JsonGrammar(text, maxDepth)
  const counts = new OpenedCounts()

  /** The counts of lists and dicts, for a source that may lack them and a target that writes them first. */
  function countsFor(from: SerializerName, to: SerializerName, raw: Uint8Array): Counts | undefined {
    if (to === 'json') return undefined
    if (from === 'json') countJson(raw, grammar, counts)
    else if (from === 'cbor' && (raw.includes(0x9f) || raw.includes(0xbf))) countCbor(raw, counts)
    else return undefined
    return counts
  }

  return (from, to, raw, count) => {
    const writer = writers[to]
    writer.begin()
    sources[from].items(raw, count, writer, countsFor(from, to, raw))
    // This releases a large buffer of the counts.
    counts.begin()
    return writer.out.owned()
  }
}
