// RawSocket: the octets of the handshake, the prefix of frames, and the reader that splits a stream into frames.
// It has no sockets and no timers. Specification: "RawSocket Transport".

import { UsageError } from './errors.ts'
import { PartialFrame } from './partial-frame.ts'
import type { SerializerName } from './payload.ts'

export const RAWSOCKET_MAGIC = 0x7f
export const RAWSOCKET_HANDSHAKE_OCTETS = 4
export const RAWSOCKET_PREFIX_OCTETS = 4

/** Frame types; 3 to 7 are reserved. */
export const RAWSOCKET_MESSAGE = 0
export const RAWSOCKET_PING = 1
export const RAWSOCKET_PONG = 2

/** Error codes of a refused handshake; no router sends 0. */
export const RAWSOCKET_SERIALIZER_UNSUPPORTED = 1
export const RAWSOCKET_LENGTH_UNACCEPTABLE = 2
export const RAWSOCKET_RESERVED_BITS_USED = 3
export const RAWSOCKET_TOO_MANY_CONNECTIONS = 4

/** A message of exactly 2^24 octets needs the X bit, which peers in wide use misread. This side never sends one so long. */
const LONGEST_SENT = 2 ** 24 - 1
const LONGEST_EXPONENT = 15

const SERIALIZER_IDS: Readonly<Record<SerializerName, number>> = { json: 1, msgpack: 2, cbor: 3 }
const SERIALIZER_NAMES: readonly (SerializerName | undefined)[] = [undefined, 'json', 'msgpack', 'cbor']

/** The request in a client's handshake. `serializer` is undefined for an unknown number. */
export interface RawSocketRequest {
  readonly serializer: SerializerName | undefined
  /** The longest message that the client accepts, in octets. */
  readonly maxSendBytes: number
}

/** The first four octets as the router reads them: a valid request, one to answer with an error code, or no RawSocket. */
export type RawSocketVerdict = RawSocketRequest | { readonly error: number } | 'not_rawsocket'

/** The reply of a router as the client reads it. Codes 5 to 15 are reserved and count as refusals. */
export type RawSocketReply = { readonly maxSendBytes: number } | { readonly error: number } | 'not_rawsocket' | 'other_serializer'

/**
 * The length exponent L to announce: the greatest for which 2^(9+L) octets do not exceed a limit.
 * @throws {UsageError} when the limit is below 512 octets, the least that can be announced
 */
export function rawSocketExponent(maxMessageBytes: number): number {
  if (!(maxMessageBytes >= 512)) throw new UsageError(`RawSocket cannot announce a limit of ${maxMessageBytes} octets; the least is 512`)
  return Math.min(LONGEST_EXPONENT, Math.floor(Math.log2(maxMessageBytes)) - 9)
}

/** The longest message, in octets, that an exponent L allows. */
export function rawSocketLimit(exponent: number): number {
  return 2 ** (9 + exponent)
}

/** The handshake of the client: magic octet, length exponent and serializer, two zeros. */
export function rawSocketRequest(serializer: SerializerName, exponent: number): Uint8Array {
  return Uint8Array.of(RAWSOCKET_MAGIC, (exponent << 4) | SERIALIZER_IDS[serializer], 0, 0)
}

/** Reads a client's handshake of {@link RAWSOCKET_HANDSHAKE_OCTETS}; serializer 0 is illegal and gets no reply. */
export function readRawSocketRequest(octets: Uint8Array): RawSocketVerdict {
  const second = octets[1] ?? 0
  if (octets[0] !== RAWSOCKET_MAGIC || (second & 0x0f) === 0) return 'not_rawsocket'
  if (octets[2] !== 0 || octets[3] !== 0) return { error: RAWSOCKET_RESERVED_BITS_USED }
  return { serializer: SERIALIZER_NAMES[second & 0x0f], maxSendBytes: sendLimit(second >> 4) }
}

/** The router's acceptance: its own length exponent and the client's serializer. */
export function rawSocketReply(serializer: SerializerName, exponent: number): Uint8Array {
  return rawSocketRequest(serializer, exponent)
}

/** The router's refusal. */
export function rawSocketRefusal(error: number): Uint8Array {
  return Uint8Array.of(RAWSOCKET_MAGIC, error << 4, 0, 0)
}

/** Reads a router's reply of {@link RAWSOCKET_HANDSHAKE_OCTETS} to a request for `serializer`. */
export function readRawSocketReply(octets: Uint8Array, serializer: SerializerName): RawSocketReply {
  const second = octets[1] ?? 0
  if (octets[0] !== RAWSOCKET_MAGIC) return 'not_rawsocket'
  if ((second & 0x0f) === 0) return { error: second >> 4 }
  if (octets[2] !== 0 || octets[3] !== 0) return 'not_rawsocket'
  if ((second & 0x0f) !== SERIALIZER_IDS[serializer]) return 'other_serializer'
  return { maxSendBytes: sendLimit(second >> 4) }
}

function sendLimit(exponent: number): number {
  return Math.min(rawSocketLimit(exponent), LONGEST_SENT)
}

/**
 * Writes a frame's prefix of {@link RAWSOCKET_PREFIX_OCTETS}.
 * @param length the length of the payload, up to 2^24 octets; the X bit encodes 2^24
 */
export function writeRawSocketPrefix(target: Uint8Array, at: number, type: number, length: number): void {
  target[at] = length === 2 ** 24 ? type | 0x08 : type
  target[at + 1] = length >> 16
  target[at + 2] = length >> 8
  target[at + 3] = length
}

/** Receives the frames of a {@link RawSocketReader}. Views are plain Uint8Arrays and valid only during the call. */
export interface RawSocketSink {
  onMessage(message: Uint8Array): void
  onPing(payload: Uint8Array): void
  onPong(payload: Uint8Array): void
  /** The peer broke the framing. The reader reads no more octets. This is called at most once, as the last call. */
  onFault(cause: 'protocol_violation' | 'too_large', text: string): void
}

/**
 * Splits the stream after the handshake into frames. The reader hands out a frame within one chunk without a copy. `receive` is as in
 * the reader of WebSocket: every frame passes here, so each has its own.
 */
export class RawSocketReader {
  readonly #sink: RawSocketSink
  #maxMessageBytes: number
  #partial: PartialFrame | undefined
  #isStopped = false
  /** False while the reader is held, and after it was stopped. */
  #isReading = true

  /** @param maxMessageBytes the limit announced in the handshake, or less */
  constructor(sink: RawSocketSink, maxMessageBytes: number) {
    this.#sink = sink
    this.#maxMessageBytes = maxMessageBytes
  }

  /** The octets that it holds of a frame that has not come whole. */
  get heldOctets(): number {
    return this.#partial?.length ?? 0
  }

  /** Sets the limit for further frames and for the incomplete one. */
  limit(maxMessageBytes: number): void {
    this.#maxMessageBytes = maxMessageBytes
  }

  /** Hands out no frame until {@link release}, not even of the current chunk. */
  hold(): void {
    this.#isReading = false
  }

  release(): void {
    this.#isReading = !this.#isStopped
  }

  /** Hands out no more frames, not even of the current chunk. */
  stop(): void {
    this.#isReading = false
    this.#isStopped = true
    this.#partial = undefined
  }

  /**
   * Takes the next octets of the stream.
   * @returns the number of octets taken: all, unless the reader is held meanwhile. After {@link release} the caller passes the rest
   *   again, before further octets.
   */
  receive(chunk: Uint8Array): number {
    let at = this.#partial === undefined ? 0 : this.#complete(this.#partial, chunk)
    while (at < chunk.length && this.#isReading) {
      const size = this.#frameSize(chunk, at, chunk.length)
      if (size === 0 || at + size > chunk.length) return this.#keep(chunk, at)
      this.#deliver(chunk, at, size)
      at += size
    }
    return this.#isStopped ? chunk.length : at
  }

  #keep(chunk: Uint8Array, at: number): number {
    if (this.#isStopped) return chunk.length
    this.#partial = new PartialFrame()
    this.#partial.append(chunk, at, chunk.length, chunk.length - at)
    return chunk.length
  }

  /** Continues an incomplete frame; returns the position of the next one. */
  #complete(partial: PartialFrame, chunk: Uint8Array): number {
    let at = partial.fill(RAWSOCKET_PREFIX_OCTETS, chunk, 0, chunk.length)
    const size = this.#frameSize(partial.bytes, 0, partial.length)
    if (size === 0) return chunk.length
    at += partial.fill(size, chunk, at, chunk.length)
    if (partial.length < size) return chunk.length
    this.#partial = undefined
    this.#deliver(partial.bytes, 0, size)
    return at
  }

  /** The size of the frame at `at`, prefix included; 0 while the prefix is incomplete, or after a fault. */
  #frameSize(bytes: Uint8Array, at: number, end: number): number {
    if (end - at < RAWSOCKET_PREFIX_OCTETS) return 0
    const first = bytes[at] as number
    let length = ((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)
    if (first > RAWSOCKET_PONG) {
      if ((first & 0xf0) !== 0 || (first & 0x07) > RAWSOCKET_PONG)
        return this.#fault('protocol_violation', 'a frame has reserved bits or a reserved type')
      if (length !== 0) return this.#fault('protocol_violation', 'a frame has the reserved bit of its length set')
      length = 2 ** 24
    }
    if (length > this.#maxMessageBytes) return this.#fault('too_large', `frame of ${length} octets; the limit is ${this.#maxMessageBytes}`)
    return RAWSOCKET_PREFIX_OCTETS + length
  }

  #fault(cause: 'protocol_violation' | 'too_large', text: string): 0 {
    this.stop()
    this.#sink.onFault(cause, text)
    return 0
  }

  #deliver(bytes: Uint8Array, at: number, size: number): void {
    // Not `subarray`: on Node's Buffer it takes three times as long and makes a Buffer, whose `slice` does not copy.
    const payload = new Uint8Array(bytes.buffer, bytes.byteOffset + at + RAWSOCKET_PREFIX_OCTETS, size - RAWSOCKET_PREFIX_OCTETS)
    switch ((bytes[at] as number) & 0x07) {
      case RAWSOCKET_MESSAGE:
        return this.#sink.onMessage(payload)
      case RAWSOCKET_PING:
        return this.#sink.onPing(payload)
      default:
        return this.#sink.onPong(payload)
    }
  }
}
