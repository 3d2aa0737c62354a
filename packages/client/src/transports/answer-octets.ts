// Reads the body of an HTTP response up to a limit, in little more memory than its octets, since a router may be faulty or
// hostile.

import { ProtocolError } from '@trunkline/protocol'

/** The longest message that a client takes over HTTP or WebSocket in Node. */
export const MOST_OCTETS = 100 * 1024 * 1024

/**
 * Reads a body; a missing body counts as empty.
 * @throws {ProtocolError} (rejects) when it is too long; then reading stops
 */
export async function answerOctets(body: ReadableStream<Uint8Array> | null, most = MOST_OCTETS): Promise<Uint8Array<ArrayBuffer>> {
  const reader = body?.getReader()
  let octets = new Uint8Array(0)
  let length = 0
  for (;;) {
    const chunk = (await reader?.read())?.value
    if (chunk === undefined) return octets.slice(0, length)
    if (length + chunk.length > most) {
      await reader?.cancel()
      throw new ProtocolError(`an answer of more than ${most} octets`)
    }
    // Chunks may have one octet, and keeping each as an array would take hundreds of octets.
    if (length + chunk.length > octets.length) octets = grown(octets, Math.max(length + chunk.length, Math.min(most, 2 * octets.length)))
    octets.set(chunk, length)
    length += chunk.length
  }
}

function grown(octets: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const longer = new Uint8Array(length)
  longer.set(octets)
  return longer
}
