// Several messages in one WebSocket message (specification: "Batched WebSocket Transport"). Pure; looks into no message.

import { ProtocolError } from './errors.ts'
import { uint32 } from './serializers/binary.ts'

/** What follows each message of a JSON batch, the last one included; JSON itself never holds this octet. */
const SEPARATOR = 0x1e
const LENGTH_OCTETS = 4

/** What the name of a subprotocol ends with when it carries batches: `wamp.2.json.batched`. */
export const BATCHED = '.batched'

/** How many octets a message takes in a batch. */
export function batchedSize(octets: number, isBinary: boolean): number {
  return octets + (isBinary ? LENGTH_OCTETS : 1)
}

/**
 * Writes a message into a batch.
 * @returns where the next one begins
 */
export function writeBatched(message: Uint8Array, into: Uint8Array, at: number, isBinary: boolean): number {
  if (isBinary) {
    new DataView(into.buffer, into.byteOffset).setUint32(at, message.length)
    into.set(message, at + LENGTH_OCTETS)
  } else {
    into.set(message, at)
    into[at + message.length] = SEPARATOR
  }
  return at + batchedSize(message.length, isBinary)
}

/** One batch of messages in their order. */
export function joinBatch(messages: readonly Uint8Array[], isBinary: boolean): Uint8Array<ArrayBuffer> {
  const batch = new Uint8Array(messages.reduce((octets, { length }) => octets + batchedSize(length, isBinary), 0))
  messages.reduce((at, message) => writeBatched(message, batch, at, isBinary), 0)
  return batch
}

/**
 * The messages of a batch in their order, as views on it; each is made when it is asked for, since a view takes a hundred
 * times the octets of the shortest message.
 * @throws {ProtocolError} at once when the batch is empty, or ends in the middle of a message: none of it is to be processed
 */
export function splitBatch(batch: Uint8Array, isBinary: boolean): Iterable<Uint8Array> {
  if (batch.length === 0) throw new ProtocolError('a batch without messages')
  if (isBinary) checkLengths(batch)
  else if (batch.at(-1) !== SEPARATOR) throw new ProtocolError('a batch ends without the separator 0x1E')
  return isBinary ? splitByLength(batch) : splitBySeparator(batch)
}

function* splitBySeparator(batch: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < batch.length;) {
    const end = batch.indexOf(SEPARATOR, start)
    yield batch.subarray(start, end)
    start = end + 1
  }
}

function* splitByLength(batch: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < batch.length;) {
    const start = at + LENGTH_OCTETS
    at = start + uint32(batch, at)
    yield batch.subarray(start, at)
  }
}

function checkLengths(batch: Uint8Array): void {
  for (let at = 0; at < batch.length;) {
    const start = at + LENGTH_OCTETS
    if (start > batch.length) throw new ProtocolError('a batch ends inside a length')
    at = start + uint32(batch, at)
    if (at > batch.length) throw new ProtocolError('a batch ends inside a message')
  }
}
