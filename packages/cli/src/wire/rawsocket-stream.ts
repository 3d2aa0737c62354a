// A stream of RawSocket as parts: the handshake, frames, and what is wrong with it.

import type { SerializerName } from '@trunkline/protocol'
import {
  RAWSOCKET_HANDSHAKE_OCTETS,
  RAWSOCKET_MAGIC,
  RAWSOCKET_MESSAGE,
  RAWSOCKET_PREFIX_OCTETS,
  RawSocketReader,
  readRawSocketRequest,
  writeRawSocketPrefix,
} from '@trunkline/protocol'

/** One part of a stream, with the place of its first octet. */
export type StreamPart =
  | { readonly kind: 'handshake'; readonly at: number; readonly text: string; readonly serializer: SerializerName | undefined }
  | { readonly kind: 'message' | 'ping' | 'pong'; readonly at: number; readonly octets: Uint8Array }
  | { readonly kind: 'fault'; readonly at: number; readonly text: string }

/** Whether octets begin like RawSocket: by the handshake, or by a frame. No list of a message begins so. */
export function isRawSocket(octets: Uint8Array): boolean {
  const [first = 0xff] = octets
  return octets.length >= RAWSOCKET_PREFIX_OCTETS && (first === RAWSOCKET_MAGIC || first <= 2)
}

/** The parts of a stream, in order. */
export function streamParts(octets: Uint8Array): StreamPart[] {
  const parts: StreamPart[] = []
  let at = 0
  if (octets[0] === RAWSOCKET_MAGIC) {
    parts.push(handshake(octets.subarray(0, RAWSOCKET_HANDSHAKE_OCTETS)))
    at = RAWSOCKET_HANDSHAKE_OCTETS
  }
  const frame = (kind: 'message' | 'ping' | 'pong') => (payload: Uint8Array) => {
    parts.push({ kind, at, octets: payload.slice() })
    at += RAWSOCKET_PREFIX_OCTETS + payload.length
  }
  const reader = new RawSocketReader(
    {
      onMessage: frame('message'),
      onPing: frame('ping'),
      onPong: frame('pong'),
      onFault: (_, text) => void parts.push({ kind: 'fault', at, text }),
    },
    2 ** 24,
  )
  reader.receive(octets.subarray(at))
  if (reader.heldOctets > 0) parts.push({ kind: 'fault', at, text: cutText(octets.subarray(at)) })
  return parts
}

/** A payload as a frame: a message, or of another type. */
export function framed(payload: Uint8Array, type = RAWSOCKET_MESSAGE): Buffer {
  const frame = Buffer.alloc(RAWSOCKET_PREFIX_OCTETS + payload.length)
  writeRawSocketPrefix(frame, 0, type, payload.length)
  frame.set(payload, RAWSOCKET_PREFIX_OCTETS)
  return frame
}

function cutText(rest: Uint8Array): string {
  if (rest.length < RAWSOCKET_PREFIX_OCTETS) return `the last frame is cut off in its prefix`
  const length = ((rest[1] ?? 0) << 16) | ((rest[2] ?? 0) << 8) | (rest[3] ?? 0)
  return `the last frame is cut off: it announces ${length} octets, and ${rest.length - RAWSOCKET_PREFIX_OCTETS} follow`
}

function handshake(octets: Uint8Array): StreamPart {
  const verdict = octets.length < RAWSOCKET_HANDSHAKE_OCTETS ? 'not_rawsocket' : readRawSocketRequest(octets)
  const code = (octets[1] ?? 0) >> 4
  if (verdict === 'not_rawsocket' && octets.length === RAWSOCKET_HANDSHAKE_OCTETS && code > 0) {
    return { kind: 'handshake', at: 0, serializer: undefined, text: `the router refuses: ${REFUSALS[code] ?? `code ${code}`}` }
  }
  if (verdict === 'not_rawsocket') return { kind: 'fault', at: 0, text: 'the handshake is not that of RawSocket' }
  if ('error' in verdict) return { kind: 'fault', at: 2, text: 'the reserved octets of the handshake are not 0' }
  const { serializer, maxSendBytes } = verdict
  return {
    kind: 'handshake',
    at: 0,
    serializer,
    text: `${serializer ?? 'an unknown serializer'}, messages of up to ${maxSendBytes} octets`,
  }
}

const REFUSALS: readonly (string | undefined)[] = [
  undefined,
  'the serializer is not supported',
  'the length is not acceptable',
  'reserved bits are used',
  'too many connections',
]
