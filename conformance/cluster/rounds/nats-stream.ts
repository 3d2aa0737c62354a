// What a server of NATS sends to a client, cut into messages and all that is none. Changes nothing.

/** A message, or other octets; together they are the stream. */
export interface Piece {
  readonly octets: Buffer
  /** Of a message. */
  readonly subject?: string | undefined
  readonly payload?: Buffer
}

const CRLF = Buffer.from('\r\n')

export class NatsStream {
  #rest: Buffer = Buffer.alloc(0)

  /** All that is whole by now. */
  take(chunk: Buffer): Piece[] {
    let octets = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    const pieces: Piece[] = []
    for (;;) {
      const piece = first(octets)
      if (piece === undefined) break
      pieces.push(piece)
      octets = octets.subarray(piece.octets.length)
    }
    this.#rest = octets
    return pieces
  }
}

/** `MSG subject sid [reply] octets`, `HMSG subject sid [reply] octets-of-headers octets`, or a line that announces nothing. */
function first(octets: Buffer): Piece | undefined {
  const end = octets.indexOf(CRLF)
  if (end < 0) return undefined
  const [kind = '', subject, ...words] = octets.toString('latin1', 0, end).split(' ')
  const start = end + CRLF.length
  if (!/^H?MSG$/i.test(kind)) return { octets: octets.subarray(0, start) }
  const size = Number(words.at(-1))
  const next = start + size + CRLF.length
  return octets.length < next ? undefined : { octets: octets.subarray(0, next), subject, payload: octets.subarray(start, start + size) }
}
