// Texts of WebSocket messages: UTF-8 to strings. Never reads a frame.

import { isAscii, isUtf8 } from 'node:buffer'

const EMPTY = Buffer.alloc(0)
/** Up to this a loop is faster than a call of Node. */
const SHORT = 96
/** A longer text is decoded by itself. */
const MOST_SHARED = 4_096

/** Decodes the texts that come in one chunk together: a call of Node for each would cost more than the rest of its message. */
export class FrameTexts {
  #chunk: Buffer = EMPTY
  /** The chunk, each octet as a character. */
  #characters: string | undefined

  /** Sets the chunk that texts come from; undefined to forget it. */
  use(chunk: Buffer | undefined): void {
    this.#chunk = chunk ?? EMPTY
    this.#characters = undefined
  }

  /** The text of octets, of the chunk or others; undefined if they are not UTF-8. */
  textOf(octets: Uint8Array): string | undefined {
    const { length } = octets
    if (length > MOST_SHARED || !isPlain(octets)) {
      return isUtf8(octets) ? Buffer.from(octets.buffer, octets.byteOffset, length).toString() : undefined
    }
    if (octets.buffer !== this.#chunk.buffer) return Buffer.from(octets.buffer, octets.byteOffset, length).toString('latin1')
    const characters = (this.#characters ??= this.#chunk.toString('latin1'))
    const at = octets.byteOffset - this.#chunk.byteOffset
    return characters.slice(at, at + length)
  }
}

function isPlain(octets: Uint8Array): boolean {
  if (octets.length > SHORT) return isAscii(octets)
  let all = 0
  for (let i = 0; i < octets.length; i++) all |= octets[i] as number
  return all <= 0x7f
}
