// How long a message will be, found out without copying its payload.

import type { Message, Serializer } from '@trunkline/protocol'
import { LARGE_MESSAGE, Payload, rawIn } from '@trunkline/protocol'

/** A payload of one octet: what a message takes beside its payload is written with it. */
const LEAST = Uint8Array.of(0)

/**
 * The octets of a message with a long payload; undefined for other messages, which cost little to encode. The payload is converted
 * at most once for each serializer, as in encoding.
 * @throws {PayloadError} when the serializer cannot hold the payload
 */
export function longLengthOf(message: Message, serializer: Serializer): number | undefined {
  if (!('payload' in message) || message.payload === undefined || message.payload.count === 0) return undefined
  const { length } = rawIn(message.payload, serializer)
  if (length < LARGE_MESSAGE) return undefined
  return serializer.encode({ ...message, payload: Payload.fromRaw(serializer, LEAST, 1) }).length - LEAST.length + length
}
