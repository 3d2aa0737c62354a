// The body of an answer over HTTP, up to a length, in little more memory than it has octets: a router may be ill or evil. Knows
// nothing of what it holds.

import { ProtocolError } from '@trunkline/protocol'

/** As `ws` takes of a WebSocket message. */
const MOST_OCTETS = 100 * 1024 * 1024

/**
 * Reads a body; none is one without octets.
 * @throws {ProtocolError} (rejects) when it is too long; no more of it is read then
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
    // Chunks may be of one octet: each kept for itself would take hundreds.
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
