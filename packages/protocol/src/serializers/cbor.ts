// The serializer `wamp.2.cbor`. It imports no other format, to keep bundles small.

import { universalText } from '../text.ts'
import { CborLayout, LIST } from './cbor-layout.ts'
import { CborReader } from './cbor-reader.ts'
import { CborSource } from './cbor-source.ts'
import { CborWriter } from './cbor-writer.ts'
import { buildItems, depthLimit, FormatSerializer } from './format-serializer.ts'
import type { Serializer, SerializerOptions } from './serializer.ts'

/** Makes the serializer for CBOR (RFC 8949). Reads indefinite lengths, writes definite ones; integers beyond 2^53 become bigint. */
export function createCborSerializer(options: SerializerOptions = {}): Serializer {
  const text = options.text ?? universalText
  const maxDepth = depthLimit(options.maxDepth)
  const layout = new CborLayout(text, maxDepth)
  const format = {
    name: 'cbor',
    rawSocketId: 3,
    isBinary: true,
    reader: new CborReader(text, maxDepth, options.knownOptionsOnly),
    writer: new CborWriter(text),
    emptyArgs: Uint8Array.of(0x80),
    afterValue: (raw: Uint8Array, start: number, depth: number) => layout.afterValue(raw, start, raw.length, depth),
    opensWithList: (raw: Uint8Array) => raw.length > 0 && (raw[0] as number) >> 5 === LIST,
    decodeItems: buildItems(new CborSource(text, maxDepth), text),
  } as const
  return new FormatSerializer(format, options)
}
