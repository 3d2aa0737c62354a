// Messages assembled before the measurement: the octets that never change, and places for one number (a request id).
// The octets come from the serializers of @trunkline/protocol; only the number is written here.

import type { Message, Serializer, SerializerName } from '@trunkline/protocol'

/** The longest number in any format: 2^53 in decimal digits. */
const LONGEST_NUMBER = 16

const NONE: Buffer = Buffer.alloc(0)

/** Writes an integer that is not negative, in the shortest form; returns where it ends. */
export type WriteNumber = (target: Buffer, at: number, value: number) => number

export const NUMBER_WRITERS: Readonly<Record<SerializerName, WriteNumber>> = {
  json: writeDigits,
  msgpack: (target, at, value) => (value < 0x80 ? writeOctet(target, at, value) : writeSized(target, at, 0xcc, value)),
  cbor: (target, at, value) => (value < 24 ? writeOctet(target, at, value) : writeSized(target, at, 0x18, value)),
}

/** One message in which a number varies; the number may occur in several places. */
export class Template {
  /** Room for the longest of these messages. */
  readonly longest: number
  readonly #pieces: readonly Buffer[]
  readonly #write: WriteNumber

  /** @param make the message for a number; 1 and 2 are tried, whose encodings differ in just the octets of that number */
  constructor(serializer: Serializer, make: (value: number) => Message) {
    const [one, two] = [Buffer.from(serializer.encode(make(1))), Buffer.from(serializer.encode(make(2)))]
    const pieces: Buffer[] = []
    let start = 0
    for (let i = 0; i < one.length; i++) {
      if (one[i] === two[i]) continue
      pieces.push(one.subarray(start, i))
      start = i + 1
    }
    pieces.push(one.subarray(start))
    this.#pieces = pieces
    this.#write = NUMBER_WRITERS[serializer.name]
    this.longest = one.length + LONGEST_NUMBER * pieces.length
  }

  /** Writes the message for a number; returns where it ends. */
  write(target: Buffer, start: number, value: number): number {
    const pieces = this.#pieces
    let at = start
    for (let i = 0; i < pieces.length; i++) {
      const piece = pieces[i] ?? NONE
      if (i > 0) at = this.#write(target, at, value)
      if (piece.length > 96) target.set(piece, at)
      else for (let j = 0; j < piece.length; j++) target[at + j] = piece[j] as number
      at += piece.length
    }
    return at
  }
}

function writeOctet(target: Buffer, at: number, value: number): number {
  target[at] = value
  return at + 1
}

/** A head octet that counts up for 1, 2, 4 and 8 octets, and the number. */
function writeSized(target: Buffer, at: number, head: number, value: number): number {
  const size = value < 2 ** 8 ? 0 : value < 2 ** 16 ? 1 : value < 2 ** 32 ? 2 : 3
  const octets = 1 << size
  target[at] = head + size
  let rest = value
  for (let i = at + octets; i > at; i--) {
    target[i] = rest % 256
    rest = Math.floor(rest / 256)
  }
  return at + octets + 1
}

function writeDigits(target: Buffer, at: number, value: number): number {
  let digits = 1
  for (let limit = 10; value >= limit; limit *= 10) digits++
  let rest = value
  for (let i = at + digits - 1; i >= at; i--) {
    const tenth = Math.floor(rest / 10)
    target[i] = 48 + rest - tenth * 10
    rest = tenth
  }
  return at + digits
}
