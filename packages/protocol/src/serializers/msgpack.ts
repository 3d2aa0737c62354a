// The serializer `wamp.2.msgpack`. It imports no other format, to keep bundles small.

import { universalText } from '../text.ts'
import { buildItems, depthLimit, FormatSerializer } from './format-serializer.ts'
import { isList, MsgpackLayout } from './msgpack-layout.ts'
import { MsgpackReader } from './msgpack-reader.ts'
import { MsgpackSource } from './msgpack-source.ts'
import { MsgpackWriter } from './msgpack-writer.ts'
import type { Serializer, SerializerOptions } from './serializer.ts'

/** Makes the serializer for MessagePack (revision 5, which distinguishes `str` and `bin`). Integers beyond 2^53 become bigint. */
export function createMsgpackSerializer(options: SerializerOptions = {}): Serializer {
  const text = options.text ?? universalText
  const maxDepth = depthLimit(options.maxDepth)
  const layout = new MsgpackLayout(text, maxDepth)
  const format = {
    name: 'msgpack',
    rawSocketId: 2,
    isBinary: true,
    reader: new MsgpackReader(text, maxDepth, options.knownOptionsOnly),
    writer: new MsgpackWriter(text),
    emptyArgs: Uint8Array.of(0x90),
    afterValue: (raw: Uint8Array, start: number, depth: number) => layout.afterValue(raw, start, raw.length, depth),
    opensWithList: (raw: Uint8Array) => raw.length > 0 && isList(raw[0] as number),
    decodeItems: buildItems(new MsgpackSource(text, maxDepth), text),
  } as const
  return new FormatSerializer(format, options)
}
