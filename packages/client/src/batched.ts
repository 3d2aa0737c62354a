// Several messages in one WebSocket message (specification: "Batched WebSocket Transport"), for any serializer.

import { BATCHED, joinBatch, splitBatch } from '@trunkline/protocol'
import { check } from './checks.ts'
import { BatchedWire, receiveBatch } from './transports/batched-wire.ts'
import type { ClientSerializer } from './transports/transport.ts'

/**
 * A serializer over WebSocket that sends the messages of one turn in one WebSocket message, which saves frames and system calls.
 * The router must offer the subprotocol (`wamp.2.json.batched` …), as Trunkline does.
 *
 * @example
 * import { connect } from '@trunkline/client'
 * import { batched } from '@trunkline/client/batched'
 * import { cbor } from '@trunkline/client/cbor'
 *
 * const client = await connect({ url: 'ws://127.0.0.1:8080/ws', realm: 'realm1', serializer: batched(cbor()) })
 * await client.stop()
 */
export function batched(serializer: ClientSerializer): ClientSerializer {
  check('serializer', serializer, 'object')
  const { name, isBinary } = serializer
  const batch = {
    join: (messages: readonly Uint8Array[]) => joinBatch(messages, isBinary),
    split: (octets: Uint8Array) => splitBatch(octets, isBinary),
  }
  return {
    name,
    isBinary,
    subprotocol: serializer.subprotocol + BATCHED,
    encode: (message) => serializer.encode(message),
    decode: (octets) => serializer.decode(octets),
    batch,
    overWebSocket: {
      createWire: (socket) => new BatchedWire(socket, serializer, batch),
      receive: (transport, message) => receiveBatch(transport, message, serializer, batch),
    },
  }
}
