// The interface of a serializer: one WAMP message as bytes, its payload as raw bytes. Each serializer is one file.

import type { Message } from '../messages.ts'
import type { PayloadFormat, SerializerName } from '../payload.ts'
import type { TextPort } from '../text.ts'

/** Messages of this size or longer are encoded into a buffer of their own, which belongs to the caller. */
export const LARGE_MESSAGE = 16_384

export interface Serializer extends PayloadFormat {
  /** The WebSocket subprotocol: `wamp.2.json` … (specification: "WebSocket Transport"). */
  readonly subprotocol: string
  /** The number in the RawSocket handshake. */
  readonly rawSocketId: number
  /** Whether WebSocket messages are binary (opcode 2). */
  readonly isBinary: boolean
  /**
   * Reads one message. The payload is checked (well-formed, UTF-8, depth) and stays a view on `bytes`.
   * @throws {ProtocolError} when the bytes are not one well-formed WAMP message
   */
  decode(bytes: Uint8Array): Message
  /**
   * Writes one message. Below {@link LARGE_MESSAGE} octets the result is a view on a buffer shared by all
   * messages of this serializer and is valid only until the next call.
   * @throws {PayloadError} when this serializer cannot hold a value of the payload
   */
  encode(message: Message): Uint8Array
}

/** Converts checked raw items from one serializer to another, bytes to bytes. */
export type Convert = (from: SerializerName, to: SerializerName, raw: Uint8Array, count: 0 | 1 | 2) => Uint8Array

export interface SerializerOptions {
  /** Default: {@link universalText}. */
  text?: TextPort
  /** Deepest nesting of lists and dicts, the message list itself included. Default 64. */
  maxDepth?: number
  /** For a router: skips options of clients that are not in the message table, since it does not read them. Default false. */
  knownOptionsOnly?: boolean
  /** Needed by a router whose sessions use different serializers; a client leaves it out. */
  convert?: Convert
}
