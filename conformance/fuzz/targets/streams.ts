// What the targets for streams of frames share: cutting a stream, and comparing the results. Knows no framing.

import { check } from './target.ts'

/** Takes what a reader emits, each event as a line. */
export class Events {
  readonly lines: string[] = []
  #octets = 0
  readonly #maxMessageBytes: number

  constructor(maxMessageBytes: number) {
    this.#maxMessageBytes = maxMessageBytes
  }

  /** How many octets were emitted. */
  get octets(): number {
    return this.#octets
  }

  add(kind: string, payload: Uint8Array): void {
    check(payload.length <= this.#maxMessageBytes, 'a message is longer than the limit')
    this.#octets += payload.length
    this.lines.push(`${kind} ${Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString('latin1')}`)
  }

  /** An event after which nothing may come. */
  addLast(line: string): void {
    this.lines.push(`last ${line}`)
  }
}

/** The most pieces into which a stream is cut; more would only take time. */
const MOST_PIECES = 400

/** A reader of streams that records what it finds. */
export type ReadStream = (chunks: readonly Uint8Array[]) => Events

/**
 * Reads a stream whole, in pieces, and octet by octet: all must give the same.
 * @returns how the stream ended
 */
export function checkStream(stream: Uint8Array, cut: number, read: ReadStream): string {
  const whole = read([stream.slice()])
  check(whole.octets <= stream.length, 'more octets came out than went in')
  const last = whole.lines.findIndex((line) => line.startsWith('last '))
  check(last < 0 || last === whole.lines.length - 1, 'something came after the end')
  const size = Math.max(cut, Math.ceil(stream.length / MOST_PIECES))
  for (const each of stream.length <= 64 ? [1, size] : [size]) checkPieces(stream, each, read, whole)
  return `${Math.min(whole.lines.length, 4)} ${
    whole.lines
      .at(-1)
      ?.slice(0, 24)
      .replaceAll(/[^a-z_ ]/g, '') ?? ''
  }`
}

function checkPieces(stream: Uint8Array, size: number, read: ReadStream, whole: Events): void {
  const chunks = []
  for (let at = 0; at < stream.length; at += size) chunks.push(stream.slice(at, at + size))
  const { lines } = read(chunks)
  check(
    lines.length === whole.lines.length && lines.every((line, i) => line === whole.lines[i]),
    `pieces of ${size} octets gave something else`,
  )
}
