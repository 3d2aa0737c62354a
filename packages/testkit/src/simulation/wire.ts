// Whole messages as bytes and back, as plain arrays: even those that no codec of the product would write.

import type { Serializer, SerializerName } from '@trunkline/protocol'
import { createCborSerializer, createJsonSerializer, createMsgpackSerializer } from '@trunkline/protocol'

/** One serializer of the world: arrays for the checker and raw clients, messages for real clients. */
export interface Wire {
  readonly name: SerializerName
  readonly serializer: Serializer
  encode(list: unknown): Uint8Array
  /** How many octets that would be. */
  measure(list: unknown): number
  decode(bytes: Uint8Array): unknown
}

/** The three serializers. */
export function createWires(): Readonly<Record<SerializerName, Wire>> {
  const maxDepth = 512 // So that values nested too deeply for a router can be written.
  return {
    json: {
      name: 'json',
      serializer: createJsonSerializer({ maxDepth }),
      // The platform's JSON: independent of the product's, and fast.
      encode(list) {
        const { buffer, byteOffset, length } = Buffer.from(JSON.stringify(list))
        return new Uint8Array(buffer, byteOffset, length)
      },
      measure: (list) => Buffer.byteLength(JSON.stringify(list)),
      decode: (bytes) => JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()) as unknown,
    },
    msgpack: binary('msgpack', createMsgpackSerializer({ maxDepth })),
    cbor: binary('cbor', createCborSerializer({ maxDepth })),
  }
}

function binary(name: SerializerName, serializer: Serializer): Wire {
  return {
    name,
    serializer,
    encode: (list) => serializer.encodeItems([list]),
    measure: (list) => serializer.encodeItems([list]).length,
    decode: (bytes) => serializer.decodeItems(bytes, 1)[0],
  }
}
