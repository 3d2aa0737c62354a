// Several messages in one WebSocket message (specification: "Batched WebSocket Transport").

import { ProtocolError } from './errors.ts'
import { uint32 } from './serializers/binary.ts'

/** The octet after each message of a JSON batch, the last one included; JSON text never contains it. */
const SEPARATOR = 0x1e
const LENGTH_OCTETS = 4

/** The suffix of subprotocols that carry batches: `wamp.2.json.batched`. */
export const BATCHED = '.batched'

/** The size of a message in a batch, in octets. */
export function batchedSize(octets: number, isBinary: boolean): number {
  return octets + (isBinary ? LENGTH_OCTETS : 1)
}

/**
 * Writes a message into a batch.
 * @returns the position of the next message
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
 * The messages of a batch in their order, as views on it. The iteration makes one view at a time, since a view takes a hundred
 * times the memory of the shortest message.
 * @throws {ProtocolError} at once when the batch is empty or ends in the middle of a message; the caller must then process no message of it
 */
export function splitBatch(batch: Uint8Array, isBinary: boolean): Iterable<Uint8Array> {
  if (batch.length === 0) throw new ProtocolError('a batch has no messages')
  if (isBinary) checkLengths(batch)
  else if (batch.at(-1) !== SEPARATOR) throw new ProtocolError('a batch does not end with the separator 0x1E')
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
