// Collects the masked frames of a connection and writes them once a turn. Never reads.

import { randomFillSync } from 'node:crypto'
import type { Writable } from 'node:stream'
import { finishMasked, LARGE_MESSAGE, maskedHeadSize, WEBSOCKET_TEXT } from '@trunkline/protocol'

const EMPTY = Buffer.alloc(0)
const SMALLEST = 4_096
/** What is collected beyond this is written within the turn. */
const LARGEST = 65_536
/** A text of so many characters is written faster one by one than by a call of Node. */
const SHORT_TEXT = 72

/** The keys of masks, drawn in blocks: a router must not foresee them (RFC 6455, "Client-to-Server Masking"). */
class MaskKeys {
  readonly #keys = new Int32Array(1_024)
  #next = this.#keys.length

  take(): number {
    if (this.#next === this.#keys.length) {
      randomFillSync(this.#keys)
      this.#next = 0
    }
    return this.#keys[this.#next++] as number
  }
}

export class FrameWriter {
  readonly #socket: Writable
  readonly #keys = new MaskKeys()
  #buffer: Buffer = EMPTY
  #length = 0
  #isScheduled = false
  readonly #flushScheduled = (): void => {
    this.#isScheduled = false
    this.flush()
  }

  constructor(socket: Writable) {
    this.#socket = socket
  }

  /** Whether the peer takes no more at present. Frames added nevertheless stay in memory. */
  get isFull(): boolean {
    return this.#socket.writableNeedDrain
  }

  /** Adds a message of text. A lone surrogate is sent as U+FFFD. */
  addText(text: string): void {
    if (text.length <= SHORT_TEXT && this.#addAscii(text)) return
    const length = Buffer.byteLength(text)
    const head = maskedHeadSize(length)
    const frame = length < LARGE_MESSAGE ? undefined : Buffer.allocUnsafeSlow(head + length)
    const at = frame === undefined ? this.#reserve(head + length) : 0
    const target = frame ?? this.#buffer
    target.write(text, at + head)
    finishMasked(target, at, WEBSOCKET_TEXT, length, this.#keys.take())
    if (frame !== undefined) this.#writeLarge(frame)
  }

  /** Adds a frame of octets, which are copied. */
  add(opcode: number, payload: Uint8Array): void {
    const { length } = payload
    const head = maskedHeadSize(length)
    const frame = length < LARGE_MESSAGE ? undefined : Buffer.allocUnsafeSlow(head + length)
    const at = frame === undefined ? this.#reserve(head + length) : 0
    const target = frame ?? this.#buffer
    target.set(payload, at + head)
    finishMasked(target, at, opcode, length, this.#keys.take())
    if (frame !== undefined) this.#writeLarge(frame)
  }

  /** Writes what was collected. */
  flush(): void {
    const length = this.#length
    if (length === 0) return
    this.#length = 0
    const socket = this.#socket
    if (!socket.writable) return
    const octets = this.#buffer.subarray(0, length)
    // The socket keeps what the kernel does not take at once: an exact copy where that is known.
    if (socket.writableLength > 0) return void socket.write(Buffer.from(octets))
    socket.write(octets)
    if (socket.writableLength > 0) this.#buffer = EMPTY
  }

  /** Adds a short text, which is masked as it is written. Returns false, without adding, if it is not ASCII. */
  #addAscii(text: string): boolean {
    const { length } = text
    const head = maskedHeadSize(length)
    const at = this.#reserve(head + length)
    const buffer = this.#buffer
    const begin = at + head
    let all = 0
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i)
      all |= code
      buffer[begin + i] = code
    }
    if (all > 0x7f) {
      this.#length = at
      return false
    }
    finishMasked(buffer, at, WEBSOCKET_TEXT, length, this.#keys.take())
    return true
  }

  /** Makes room for a frame. Returns where it begins in the buffer. */
  #reserve(octets: number): number {
    if (this.#length + octets > LARGEST) this.flush()
    const at = this.#length
    if (at + octets > this.#buffer.length) this.#grow(at + octets)
    this.#length = at + octets
    if (!this.#isScheduled) {
      this.#isScheduled = true
      setImmediate(this.#flushScheduled)
    }
    return at
  }

  #grow(octets: number): void {
    const roomier = Buffer.allocUnsafeSlow(Math.max(octets, SMALLEST, Math.min(LARGEST, 2 * this.#buffer.length)))
    roomier.set(this.#buffer.subarray(0, this.#length))
    this.#buffer = roomier
  }

  /** Writes what was collected, and after it a frame that the socket may keep. */
  #writeLarge(frame: Buffer): void {
    this.flush()
    if (this.#socket.writable) this.#socket.write(frame)
  }
}
