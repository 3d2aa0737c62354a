// WebSocket frames, of both sides: decodes bytes into messages and control frames, and writes the heads of frames to send.
// Never touches a socket. RFC 6455, "Data Framing". No extensions are negotiated, so reserved bits are faults.

import { PartialFrame } from './partial-frame.ts'
import { universalText } from './text.ts'
import { applyMask } from './websocket-mask.ts'

const CONTINUATION = 0x0
/** Opcodes of frames. */
export const WEBSOCKET_TEXT = 0x1
export const WEBSOCKET_BINARY = 0x2
export const WEBSOCKET_CLOSE = 0x8
export const WEBSOCKET_PING = 0x9
export const WEBSOCKET_PONG = 0xa

/** The second octet of a frame: its payload is masked. Frames of a client are, frames of a router are not. */
const MASKED = 0x80
const KEY_OCTETS = 4

/** The longest payload of a control frame, in octets. */
const LONGEST_CONTROL = 125

/** Why a stream of frames cannot be read on. */
export type FrameFault = 'protocol_violation' | 'invalid_text' | 'too_large'

/** Receives what a {@link WebSocketReader} finds. Views are valid during the call only; they are plain Uint8Arrays, never Buffers. */
export interface WebSocketSink {
  /** One complete message. Whether a text is UTF-8 is not checked here. */
  onMessage(message: Uint8Array, isText: boolean): void
  onPing(payload: Uint8Array): void
  onPong(payload: Uint8Array): void
  /** A fragment that does not end its message. */
  onFragment(): void
  /**
   * The peer closes; nothing more is read.
   * @param code undefined when the peer gave none
   * @param reason UTF-8
   */
  onClose(code: number | undefined, reason: Uint8Array): void
  /** The peer broke the framing; nothing more is read. */
  onFault(cause: FrameFault, text: string): void
}

/**
 * Splits what a peer sends after the upgrade into messages and control frames. `limit`, `hold`, `release` and `stop` are as in the
 * reader of RawSocket: every frame passes here, so each has its own.
 */
export class WebSocketReader {
  readonly #sink: WebSocketSink
  readonly #mask: number
  #maxMessageBytes: number
  /** A frame cut by the end of a chunk, as it came. */
  #partial: PartialFrame | undefined
  /** The fragments of a message so far, and its opcode (CONTINUATION while there is none). */
  #fragments: PartialFrame | undefined
  #fragmentsOpcode = CONTINUATION
  #isStopped = false
  /** Neither held nor stopped. */
  #isReading = true

  /** @param peer whose stream it is: a client has to mask its frames, a router must not */
  constructor(sink: WebSocketSink, maxMessageBytes: number, peer: 'client' | 'router') {
    this.#sink = sink
    this.#mask = peer === 'client' ? MASKED : 0
    this.#maxMessageBytes = maxMessageBytes
  }

  /** The octets that it holds of a message that has not come whole. */
  get heldOctets(): number {
    return (this.#partial?.length ?? 0) + (this.#fragments?.length ?? 0)
  }

  /** Sets the greatest length of messages from now on, also of one that has not come whole. */
  limit(maxMessageBytes: number): void {
    this.#maxMessageBytes = maxMessageBytes
  }

  /** Delivers nothing more until {@link release}, not even from the present chunk. */
  hold(): void {
    this.#isReading = false
  }

  release(): void {
    this.#isReading = !this.#isStopped
  }

  /** Delivers nothing more, not even from the present chunk. */
  stop(): void {
    this.#isReading = false
    this.#isStopped = true
    this.#partial = undefined
    this.#fragments = undefined
  }

  /**
   * Reads the next octets of the stream. Changes the chunk of a client: payloads are unmasked in place.
   * @returns how many octets were read: all, unless `hold` is called meanwhile. Pass the others again, first, after {@link release}.
   */
  receive(chunk: Uint8Array): number {
    let at = this.#partial === undefined ? 0 : this.#complete(this.#partial, chunk)
    const end = chunk.length
    while (at < end && this.#isReading) {
      const size = this.#frameSize(chunk, at, end)
      if (size === 0 || at + size > end) return this.#keep(chunk, at)
      this.#takeFrame(chunk, at, size)
      at += size
    }
    return this.#isStopped ? end : at
  }

  #keep(chunk: Uint8Array, at: number): number {
    if (this.#isStopped) return chunk.length
    this.#partial = new PartialFrame()
    this.#partial.append(chunk, at, chunk.length, chunk.length - at)
    return chunk.length
  }

  /** Continues a frame that was cut; returns where the next one begins. */
  #complete(partial: PartialFrame, chunk: Uint8Array): number {
    const end = chunk.length
    let at = partial.fill(2, chunk, 0, end)
    if (partial.length >= 2) at += partial.fill(headSize(partial.bytes[1] as number), chunk, at, end)
    const size = this.#frameSize(partial.bytes, 0, partial.length)
    if (size === 0) return end
    at += partial.fill(size, chunk, at, end)
    if (partial.length < size) return end
    this.#partial = undefined
    this.#takeFrame(partial.bytes, 0, size)
    return at
  }

  /** The size of the frame at `at`, head included, once its head is known; 0 while it is not, or after a fault. */
  #frameSize(bytes: Uint8Array, at: number, end: number): number {
    if (end - at < 2) return 0
    const first = bytes[at] as number
    const second = bytes[at + 1] as number
    if (!this.#isLawful(first, second)) return 0
    const head = headSize(second)
    if (end - at < head) return 0
    let length = second & 0x7f
    if (length === 126) length = ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)
    else if (length === 127) length = longLength(bytes, at + 2)
    // Checked before memory is allocated for it.
    const total = (first & 0x0f) === CONTINUATION ? length + (this.#fragments?.length ?? 0) : length
    if (total > this.#maxMessageBytes && first < (0x80 | WEBSOCKET_CLOSE)) {
      this.#fault('too_large', `a message of at least ${total} octets; the limit is ${this.#maxMessageBytes}`)
      return 0
    }
    return head + length
  }

  #isLawful(first: number, second: number): boolean {
    const opcode = first & 0x0f
    if ((first & 0x70) !== 0) return this.#fault('protocol_violation', 'a frame has reserved bits set')
    if ((second & MASKED) !== this.#mask)
      return this.#fault('protocol_violation', this.#mask === 0 ? 'a frame of a router is masked' : 'a frame of a client is not masked')
    if (opcode >= WEBSOCKET_CLOSE) {
      if (opcode > WEBSOCKET_PONG) return this.#fault('protocol_violation', `reserved opcode ${opcode}`)
      if ((first & 0x80) === 0) return this.#fault('protocol_violation', 'a control frame is fragmented')
      if ((second & 0x7f) > LONGEST_CONTROL) return this.#fault('protocol_violation', 'a control frame is longer than 125 octets')
      return true
    }
    if (opcode > WEBSOCKET_BINARY) return this.#fault('protocol_violation', `reserved opcode ${opcode}`)
    if ((opcode === CONTINUATION) !== (this.#fragmentsOpcode !== CONTINUATION)) {
      return this.#fault(
        'protocol_violation',
        opcode === CONTINUATION ? 'a continuation frame without a message' : 'a new message before the last fragment of another',
      )
    }
    return true
  }

  /** Processes a whole frame; `bytes` may be changed. */
  #takeFrame(bytes: Uint8Array, at: number, size: number): void {
    const first = bytes[at] as number
    const begin = at + headSize(bytes[at + 1] as number)
    const end = at + size
    if (this.#mask !== 0) applyMask(bytes, begin, end, begin - KEY_OCTETS)
    const opcode = first & 0x0f
    if (opcode < WEBSOCKET_CLOSE && (first < 0x80 || opcode === CONTINUATION)) return this.#takeFragment(bytes, begin, end, first)
    // Not `subarray`: on a Buffer it costs three times as much and makes a Buffer, whose `slice` does not copy.
    const payload = new Uint8Array(bytes.buffer, bytes.byteOffset + begin, end - begin)
    if (opcode >= WEBSOCKET_CLOSE) return this.#takeControl(opcode, payload)
    this.#sink.onMessage(payload, opcode === WEBSOCKET_TEXT)
  }

  #takeFragment(bytes: Uint8Array, begin: number, end: number, first: number): void {
    this.#fragments ??= new PartialFrame()
    this.#fragments.append(bytes, begin, end, this.#maxMessageBytes)
    const opcode = first & 0x0f
    if (opcode !== CONTINUATION) this.#fragmentsOpcode = opcode
    if (first < 0x80) return this.#sink.onFragment()
    const isText = this.#fragmentsOpcode === WEBSOCKET_TEXT
    const message = this.#fragments.bytes
    this.#fragments = undefined
    this.#fragmentsOpcode = CONTINUATION
    this.#sink.onMessage(message, isText)
  }

  #takeControl(opcode: number, payload: Uint8Array): void {
    if (opcode === WEBSOCKET_PING) return this.#sink.onPing(payload)
    if (opcode === WEBSOCKET_PONG) return this.#sink.onPong(payload)
    if (payload.length === 0) {
      this.stop()
      return this.#sink.onClose(undefined, payload)
    }
    const code = payload.length === 1 ? 0 : ((payload[0] as number) << 8) | (payload[1] as number)
    if (!isCloseCode(code)) return void this.#fault('protocol_violation', `close code ${code} is not valid`)
    if (!universalText.isUtf8(payload, 2, payload.length)) return void this.#fault('invalid_text', 'the close reason is not UTF-8')
    this.stop()
    this.#sink.onClose(code, payload.subarray(2))
  }

  #fault(cause: FrameFault, text: string): false {
    this.stop()
    this.#sink.onFault(cause, text)
    return false
  }
}

/** The length of a frame's head, by its second octet. */
function headSize(second: number): number {
  const length = second & 0x7f
  return (length < 126 ? 2 : length === 126 ? 4 : 10) + ((second & MASKED) >> 5)
}

/** A length of 64 bits; Infinity for lengths that no message can have. */
function longLength(bytes: Uint8Array, at: number): number {
  let length = 0
  for (let i = at; i < at + 8; i++) length = length * 256 + (bytes[i] as number)
  return length > Number.MAX_SAFE_INTEGER ? Infinity : length
}

/** RFC 6455, "Status Codes", and those registered since. */
function isCloseCode(code: number): boolean {
  return (code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006) || (code >= 3000 && code <= 4999)
}

/** The octets that {@link writeWebSocketHead} writes for a payload. */
export function webSocketHeadSize(length: number): number {
  return length < 126 ? 2 : length < 65_536 ? 4 : 10
}

/** Writes the head of an unfragmented, unmasked frame. */
export function writeWebSocketHead(target: Uint8Array, at: number, opcode: number, length: number): void {
  target[at] = 0x80 | opcode
  if (length < 126) {
    target[at + 1] = length
  } else if (length < 65_536) {
    target[at + 1] = 126
    target[at + 2] = length >> 8
    target[at + 3] = length
  } else {
    target[at + 1] = 127
    for (let i = at + 9, rest = length; i > at + 1; i--, rest = Math.floor(rest / 256)) target[i] = rest % 256
  }
}

/** The octets before the payload of a masked frame: its head, and the key of the mask. */
export function maskedHeadSize(length: number): number {
  return webSocketHeadSize(length) + KEY_OCTETS
}

/**
 * Makes a payload in `target` an unfragmented, masked frame: writes the head before it, and masks it.
 * @param at where the frame begins; the payload stands {@link maskedHeadSize} octets behind
 * @param length of the payload
 * @param key the mask: a value of 32 bits that the peer cannot foresee, a new one for each frame
 */
// oxlint-disable-next-line max-params -- Runs for each frame: an object for its head would be garbage.
export function finishMasked(target: Uint8Array, at: number, opcode: number, length: number, key: number): void {
  writeWebSocketHead(target, at, opcode, length)
  target[at + 1] = (target[at + 1] as number) | MASKED
  const begin = at + maskedHeadSize(length)
  target[begin - 4] = key
  target[begin - 3] = key >> 8
  target[begin - 2] = key >> 16
  target[begin - 1] = key >> 24
  applyMask(target, begin, begin + length, begin - KEY_OCTETS)
}
