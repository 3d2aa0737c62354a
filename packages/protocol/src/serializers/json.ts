// The serializer `wamp.2.json`. It imports no other format, so that a bundle for browsers holds only this one.

import type { ItemCount } from '../payload.ts'
import { universalText } from '../text.ts'
import { buildItems, depthLimit, FormatSerializer } from './format-serializer.ts'
import { JsonGrammar } from './json-grammar.ts'
import { JsonReader } from './json-reader.ts'
import { JsonSource } from './json-source.ts'
import { JsonWriter } from './json-writer.ts'
import type { Serializer, SerializerOptions } from './serializer.ts'

/** Matches JSON text that JSON.parse alone may read wrong: byte arrays, and integers that may be beyond 2^53. */
const NEEDS_CARE = /\\u0000|[^.\d](?:\d{17}|9\d{15})/

/**
 * Makes the serializer for JSON (RFC 8259); byte arrays are strings of U+0000 and Base64 (specification: "Binary
 * conversion of JSON Strings"). Integers beyond 2^53 become bigint.
 */
export function createJsonSerializer(options: SerializerOptions = {}): Serializer {
  const text = options.text ?? universalText
  const maxDepth = depthLimit(options.maxDepth)
  const decodeCarefully = buildItems(new JsonSource(text, maxDepth, true), text)

  function decodeItems(raw: Uint8Array, count: ItemCount, most?: number): unknown[] {
    if (most !== undefined) return decodeCarefully(raw, count, most)
    const json = text.decode(raw, 0, raw.length)
    return NEEDS_CARE.test(json) ? decodeCarefully(raw, count) : (JSON.parse(`[${json}]`) as unknown[])
  }

  const grammar = new JsonGrammar(text, maxDepth)
  const format = {
    name: 'json',
    rawSocketId: 1,
    isBinary: false,
    reader: new JsonReader(text, maxDepth, options.knownOptionsOnly),
    writer: new JsonWriter(text),
    emptyArgs: Uint8Array.of(0x5b, 0x5d, 0x2c),
    afterValue: (raw: Uint8Array, start: number, depth: number) => grammar.afterValue(raw, start, raw.length, depth),
    opensWithList: (raw: Uint8Array) => raw[0] === 0x5b,
    decodeItems,
  } as const
  return new FormatSerializer(format, options)
}
