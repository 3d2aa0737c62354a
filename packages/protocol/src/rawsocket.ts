// RawSocket: the handshake's octets, the frame prefix, and the splitting of a stream into frames.
// Pure: bytes in, frames out; never knows sockets or time. Specification: "RawSocket Transport".

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

/** Reasons of a refused handshake; 0 is never sent. */
export const RAWSOCKET_SERIALIZER_UNSUPPORTED = 1
export const RAWSOCKET_LENGTH_UNACCEPTABLE = 2
export const RAWSOCKET_RESERVED_BITS_USED = 3
export const RAWSOCKET_TOO_MANY_CONNECTIONS = 4

/** A message of exactly 2^24 octets needs the X bit, which widespread peers misread; none so long is ever sent. */
const LONGEST_SENT = 2 ** 24 - 1
const LONGEST_EXPONENT = 15

const SERIALIZER_IDS: Readonly<Record<SerializerName, number>> = { json: 1, msgpack: 2, cbor: 3 }
const SERIALIZER_NAMES: readonly (SerializerName | undefined)[] = [undefined, 'json', 'msgpack', 'cbor']

/** What a client's handshake asks for. `serializer` is undefined for a number that we do not know. */
export interface RawSocketRequest {
  readonly serializer: SerializerName | undefined
  /** The longest message that may be sent to the client, in octets. */
  readonly maxSendBytes: number
}

/** What a router made of the first four octets: a request, an error code to answer with, or nothing to say at all. */
export type RawSocketVerdict = RawSocketRequest | { readonly error: number } | 'not_rawsocket'

/** What a router's reply says to a client. Codes 5 to 15 are reserved and refuse as well. */
export type RawSocketReply = { readonly maxSendBytes: number } | { readonly error: number } | 'not_rawsocket' | 'other_serializer'

/**
 * The length exponent L to announce: the longest 2^(9+L) octets that does not exceed a limit.
 * @throws {UsageError} when the limit is below 512 octets, the least that a peer can be told
 */
export function rawSocketExponent(maxMessageBytes: number): number {
  if (!(maxMessageBytes >= 512)) throw new UsageError(`RawSocket cannot announce a limit of ${maxMessageBytes} octets; the least is 512`)
  return Math.min(LONGEST_EXPONENT, Math.floor(Math.log2(maxMessageBytes)) - 9)
}

/** The longest message, in octets, that an exponent L allows. */
export function rawSocketLimit(exponent: number): number {
  return 2 ** (9 + exponent)
}

/** The client's opening: magic, length exponent and serializer, two zeros. */
export function rawSocketRequest(serializer: SerializerName, exponent: number): Uint8Array {
  return Uint8Array.of(RAWSOCKET_MAGIC, (exponent << 4) | SERIALIZER_IDS[serializer], 0, 0)
}

/** Reads a client's opening of {@link RAWSOCKET_HANDSHAKE_OCTETS}; serializer 0 is illegal and gets no reply. */
export function readRawSocketRequest(octets: Uint8Array): RawSocketVerdict {
  const second = octets[1] ?? 0
  if (octets[0] !== RAWSOCKET_MAGIC || (second & 0x0f) === 0) return 'not_rawsocket'
  if (octets[2] !== 0 || octets[3] !== 0) return { error: RAWSOCKET_RESERVED_BITS_USED }
  return { serializer: SERIALIZER_NAMES[second & 0x0f], maxSendBytes: sendLimit(second >> 4) }
}

/** The router's consent: its own length exponent and the client's serializer. */
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
 * @param length of the payload, up to 2^24 octets; the longest is told by the X bit
 */
export function writeRawSocketPrefix(target: Uint8Array, at: number, type: number, length: number): void {
  target[at] = length === 2 ** 24 ? type | 0x08 : type
  target[at + 1] = length >> 16
  target[at + 2] = length >> 8
  target[at + 3] = length
}

/** Takes what a {@link RawSocketReader} finds. Views hold during the call only; they are plain Uint8Arrays. */
export interface RawSocketSink {
  onMessage(message: Uint8Array): void
  onPing(payload: Uint8Array): void
  onPong(payload: Uint8Array): void
  /** The peer broke the framing; nothing is read any more. Called at most once, last. */
  onFault(cause: 'protocol_violation' | 'too_large', text: string): void
}

/** Splits what comes after the handshake into frames. A frame that lies within one chunk is handed out without a copy. */
export class RawSocketReader {
  readonly #sink: RawSocketSink
  #maxMessageBytes: number
  #partial: PartialFrame | undefined
  #isStopped = false
  /** Neither held nor stopped. */
  #isReading = true

  /** @param maxMessageBytes the limit that was announced in the handshake, or less */
  constructor(sink: RawSocketSink, maxMessageBytes: number) {
    this.#sink = sink
    this.#maxMessageBytes = maxMessageBytes
  }

  /** Frames from now on, and one that has not come whole, may be so long. */
  limit(maxMessageBytes: number): void {
    this.#maxMessageBytes = maxMessageBytes
  }

  /** Nothing more is handed out until {@link release}, also not from the chunk at hand. */
  hold(): void {
    this.#isReading = false
  }

  release(): void {
    this.#isReading = !this.#isStopped
  }

  /** Nothing more is handed out, also not from the chunk at hand. */
  stop(): void {
    this.#isReading = false
    this.#isStopped = true
    this.#partial = undefined
  }

  /**
   * Takes the next octets of the stream.
   * @returns how many octets were taken: all, unless it is held meanwhile. The others are to be given again, first, after {@link release}.
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

  /** Goes on with a frame that was cut; returns where the next one begins. */
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

  /** The size of the frame at `at`, prefix included; 0 while the prefix is not whole, or after a fault. */
  #frameSize(bytes: Uint8Array, at: number, end: number): number {
    if (end - at < RAWSOCKET_PREFIX_OCTETS) return 0
    const first = bytes[at] as number
    let length = ((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)
    if (first > RAWSOCKET_PONG) {
      if ((first & 0xf0) !== 0 || (first & 0x07) > RAWSOCKET_PONG)
        return this.#fault('protocol_violation', 'reserved bits or frame type used')
      if (length !== 0) return this.#fault('protocol_violation', 'length with the bit for 2^24 octets')
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
    // Not `subarray`: of Node's Buffer it costs three times as much and makes a Buffer, whose `slice` does not copy.
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
