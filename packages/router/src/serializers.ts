// The serializers of a router, which convert payloads into each other. Uses Node for texts.

import type { Serializer, SerializerName } from '@trunkline/protocol'
import { createCborSerializer, createConverter, createJsonSerializer, createMsgpackSerializer } from '@trunkline/protocol'
import { nodeText } from './node-text.ts'

/**
 * One of each, for messages with at most this depth of nesting.
 * @param knownOptionsOnly false for the client's side of a session: details of the router that no client sends are read too
 */
export function makeSerializers(maxDepth: number, knownOptionsOnly = true): Readonly<Record<SerializerName, Serializer>> {
  const text = nodeText
  const options = { text, maxDepth, knownOptionsOnly, convert: createConverter({ text, maxDepth }) }
  return { json: createJsonSerializer(options), msgpack: createMsgpackSerializer(options), cbor: createCborSerializer(options) }
}
