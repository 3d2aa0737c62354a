// A large message as a batch of its own (specification: "Batched WebSocket Transport"). It is made once, however many connections
// send the message: the octets of an event for many are in memory once, and count once.

import { joinBatch } from '@trunkline/protocol'

const made = new WeakMap<Uint8Array, Uint8Array>()

/**
 * The batch that holds one message and nothing else.
 * @param message of LARGE_MESSAGE octets or more, which do not change any more
 */
export function largeBatch(message: Uint8Array, isBinary: boolean): Uint8Array {
  let batch = made.get(message)
  if (batch === undefined) made.set(message, (batch = joinBatch([message], isBinary)))
  return batch
}
