// Text and bytes: a port, for which a runtime may provide faster functions than the universal ones.

/** UTF-8 in and out. Ranges are `[start, end)`. */
export interface TextPort {
  /** Whether the octets are well-formed UTF-8 (no surrogates, no overlong forms). */
  isUtf8(bytes: Uint8Array, start: number, end: number): boolean
  /** The text of well-formed UTF-8; a byte order mark is kept as a character. */
  decode(bytes: Uint8Array, start: number, end: number): string
  /** Writes the UTF-8 of a text, lone surrogates as U+FFFD, and returns the number of octets; there is room for 3 octets a UTF-16 unit. */
  write(text: string, target: Uint8Array, at: number): number
}

const encoder = new TextEncoder()
const fatal = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The port made from the text classes of every runtime. */
export const universalText: TextPort = {
  isUtf8(bytes, start, end) {
    try {
      fatal.decode(bytes.subarray(start, end))
      return true
    } catch {
      return false // TextDecoder reports malformed input only by an exception.
    }
  },
  decode: (bytes, start, end) => fatal.decode(bytes.subarray(start, end)),
  write: (text, target, at) => encoder.encodeInto(text, target.subarray(at)).written,
}
