// WebSocket and RawSocket framing as a client writes and reads it, independent of the router's, so that each can show faults of the other.

/** What a stream contains. */
export type Frame =
  | { readonly kind: 'message'; readonly octets: Buffer }
  | { readonly kind: 'pong'; readonly octets: Buffer }
  | { readonly kind: 'ping'; readonly octets: Buffer }
  | { readonly kind: 'close'; readonly code: number | undefined }

/** Takes frames from the front of a buffer; returns the rest, which is too short for a frame. @throws {Error} for what no router sends */
export type Splitter = (buffer: Buffer, onFrame: (frame: Frame) => void) => Buffer

/** Where and how a frame differs from a valid one. */
export interface FrameOptions {
  /** The first octet's upper half; default 0x80, final. */
  readonly flags?: number
  readonly isUnmasked?: boolean
  /** The length that is claimed. */
  readonly claims?: number
  /** Writes the length in this number of bits, whatever its value. */
  readonly lengthBits?: 7 | 16 | 64
}

/** A masked WebSocket frame; the mask is 0, so that the payload can be read. */
export function webSocketFrame(opcode: number, payload: Uint8Array, options: FrameOptions = {}): Buffer {
  const length = options.claims ?? payload.length
  const bits = options.lengthBits ?? (length < 126 ? 7 : length < 65_536 ? 16 : 64)
  const mask = options.isUnmasked === true ? 0 : 0x80
  const head = Buffer.alloc(2 + (bits === 7 ? 0 : bits / 8))
  head[0] = (options.flags ?? 0x80) | opcode
  head[1] = mask | (bits === 7 ? length : bits === 16 ? 126 : 127)
  if (bits === 16) head.writeUInt16BE(length, 2)
  if (bits === 64) head.writeBigUInt64BE(BigInt(length), 2)
  return Buffer.concat([head, Buffer.alloc(mask === 0 ? 0 : 4), payload])
}

/** A RawSocket frame. */
export function rawSocketFrame(type: number, payload: Uint8Array, claims: number = payload.length): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt32BE(claims)
  head[0] = type
  return Buffer.concat([head, payload])
}

export const splitWebSocket: Splitter = (buffer, onFrame) => {
  let rest = buffer
  while (rest.length >= 2) {
    const first = rest[0] as number
    const short = rest[1] as number
    const head = short < 126 ? 2 : short === 126 ? 4 : 10
    if (rest.length < head) break
    const length = short < 126 ? short : short === 126 ? rest.readUInt16BE(2) : Number(rest.readBigUInt64BE(2))
    if (rest.length < head + length) break
    onFrame(webSocketFrameOf(first, rest.subarray(head, head + length)))
    rest = rest.subarray(head + length)
  }
  return rest
}

export const splitRawSocket: Splitter = (buffer, onFrame) => {
  let rest = buffer
  while (rest.length >= 4) {
    const type = rest[0] as number
    const length = rest.readUIntBE(1, 3)
    if (rest.length < 4 + length) break
    const octets = rest.subarray(4, 4 + length)
    const kind = (['message', 'ping', 'pong'] as const)[type]
    if (kind === undefined) throw new Error(`RawSocket frame of type ${type}`)
    onFrame({ kind, octets })
    rest = rest.subarray(4 + length)
  }
  return rest
}

function webSocketFrameOf(first: number, octets: Buffer): Frame {
  switch (first) {
    case 0x81:
    case 0x82:
      return { kind: 'message', octets }
    case 0x88:
      return { kind: 'close', code: octets.length < 2 ? undefined : octets.readUInt16BE(0) }
    case 0x89:
      return { kind: 'ping', octets }
    case 0x8a:
      return { kind: 'pong', octets }
    default:
      throw new Error(`WebSocket frame that begins with 0x${first.toString(16)}`)
  }
}
