// One connection of the load generator: a raw socket with framing of its own, WebSocket (masked) or RawSocket.
// Writes are gathered until the end of the turn. Never reads the content of a message.

import type { Socket } from 'node:net'
import { connect } from 'node:net'
import type { Serializer } from '@trunkline/protocol'
import { RAWSOCKET_HANDSHAKE_OCTETS, RAWSOCKET_MESSAGE, RAWSOCKET_PING, rawSocketRequest, readRawSocketReply } from '@trunkline/protocol'
import type { Template } from './template.ts'
import type { Turn } from './turn.ts'

/** Where to connect: the two listeners of a router on loopback. */
export interface Target {
  readonly transport: 'websocket' | 'rawsocket'
  readonly port: number
  readonly path: string
}

/** Takes what arrives. The octets are valid during the call only. */
export interface Receiver {
  onOpen(): void
  onMessage(bytes: Buffer, start: number, end: number): void
  /** Called once, whichever side ended it; never after {@link Connection.end}. */
  onEnd(reason: string): void
}

const BATCH = 32 * 1024
const WEBSOCKET_KEY = 'dHJ1bmtsaW5lLWJlbmNoLg=='
/** A fixed mask is enough: masks protect proxies, and loopback has none. */
const MASK = [0x5a, 0xc3, 0x17, 0x99] as const
const NONE = Buffer.alloc(0)

export class Connection {
  isOpen = false
  readonly #socket: Socket
  readonly #target: Target
  readonly #serializer: Serializer
  readonly #receiver: Receiver
  readonly #turn: Turn
  #out = NONE
  #written = 0
  #rest = NONE
  #hasEnded = false

  constructor(target: Target, serializer: Serializer, receiver: Receiver, turn: Turn) {
    this.#target = target
    this.#serializer = serializer
    this.#receiver = receiver
    this.#turn = turn
    const onread = { buffer: turn.buffer, callback: (length: number, buffer: Uint8Array) => this.#read(buffer as Buffer, length) }
    this.#socket = connect({ host: '127.0.0.1', port: target.port, noDelay: true, onread })
    this.#socket.on('connect', () => this.#shakeHands())
    this.#socket.on('error', (error) => this.#over(error.message))
    this.#socket.on('close', () => this.#over('closed by the router'))
  }

  /** Writes the message that a template makes for a number. */
  send(template: Template, value: number): void {
    this.#reserve(template.longest + 14)
    const out = this.#out
    const start = this.#written
    // The message is written behind the longest head it may need, and moved only if its head came out shorter.
    const head = this.#headLength(template.longest)
    const end = template.write(out, start + head, value)
    const length = end - start - head
    const actual = this.#headLength(length)
    if (actual !== head) out.copyWithin(start + actual, start + head, end)
    this.#frame(start, actual, length)
  }

  /** Writes a whole message. */
  sendBytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length + 14)
    const head = this.#headLength(bytes.length)
    this.#out.set(bytes, this.#written + head)
    this.#frame(this.#written, head, bytes.length)
  }

  /** Hands the batch to the socket; the turn calls it. */
  flush(): void {
    if (this.#hasEnded || this.#written === 0) return
    this.#socket.write(this.#out.subarray(0, this.#written))
    this.#written = 0
    // The socket keeps what it could not write at once.
    if (this.#socket.writableLength > 0) this.#out = NONE
  }

  /** Stops reading: octets that arrive then stay in the kernel. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  /** Ends it without a message; the receiver is not called again. */
  end(): void {
    this.#hasEnded = true
    this.isOpen = false
    this.#socket.destroy()
  }

  #over(reason: string): void {
    if (this.#hasEnded) return
    this.end()
    this.#receiver.onEnd(reason)
  }

  #shakeHands(): void {
    if (this.#target.transport === 'rawsocket') {
      this.#socket.write(rawSocketRequest(this.#serializer.name, 15))
      return
    }
    const lines = [
      `GET ${this.#target.path} HTTP/1.1`,
      `Host: 127.0.0.1:${this.#target.port}`,
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Key: ${WEBSOCKET_KEY}`,
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Protocol: ${this.#serializer.subprotocol}`,
    ]
    this.#socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  }

  #read(buffer: Buffer, length: number): boolean {
    this.#turn.begin()
    const fresh = buffer.subarray(0, length)
    const bytes = this.#rest.length === 0 ? fresh : Buffer.concat([this.#rest, fresh])
    let at = 0
    while (!this.#hasEnded) {
      const next = this.isOpen ? this.#takeFrame(bytes, at) : this.#takeHandshake(bytes)
      if (next === at) break
      at = next
    }
    this.#rest = at === bytes.length ? NONE : Buffer.from(bytes.subarray(at))
    return true
  }

  /** The end of the router's answer to the handshake, or 0 while it is incomplete. */
  #takeHandshake(bytes: Buffer): number {
    let end = RAWSOCKET_HANDSHAKE_OCTETS
    if (this.#target.transport === 'rawsocket') {
      if (bytes.length < end) return 0
      if (typeof readRawSocketReply(bytes.subarray(0, end), this.#serializer.name) !== 'object') this.#over('RawSocket refused')
    } else {
      end = bytes.indexOf('\r\n\r\n') + 4
      if (end < 4) return 0
      if (!bytes.toString('latin1', 0, end).startsWith('HTTP/1.1 101')) this.#over('upgrade refused')
    }
    if (this.#hasEnded) return 0
    this.isOpen = true
    this.#receiver.onOpen()
    return end
  }

  /** Takes one frame at `at`; returns its end, or `at` when it is incomplete. */
  #takeFrame(bytes: Buffer, at: number): number {
    return this.#target.transport === 'rawsocket' ? this.#takeRawSocket(bytes, at) : this.#takeWebSocket(bytes, at)
  }

  #takeRawSocket(bytes: Buffer, at: number): number {
    if (bytes.length < at + 4) return at
    const start = at + 4
    const end = start + bytes.readUIntBE(at + 1, 3)
    if (bytes.length < end) return at
    if (bytes[at] === RAWSOCKET_MESSAGE) this.#receiver.onMessage(bytes, start, end)
    else if (bytes[at] === RAWSOCKET_PING) this.#over('an unexpected RawSocket PING')
    return end
  }

  #takeWebSocket(bytes: Buffer, at: number): number {
    if (bytes.length < at + 2) return at
    const short = bytes[at + 1] as number
    let start = at + 2
    let length = short
    if (short > 125) {
      start = at + (short === 126 ? 4 : 10)
      if (bytes.length < start) return at
      length = short === 126 ? bytes.readUInt16BE(at + 2) : bytes.readUIntBE(at + 4, 6)
    }
    const end = start + length
    if (bytes.length < end) return at
    const opcode = (bytes[at] as number) & 0x0f
    if (opcode === 1 || opcode === 2) this.#receiver.onMessage(bytes, start, end)
    else if (opcode === 9) this.#pong(bytes.subarray(start, end))
    else if (opcode === 8)
      this.#over(`WebSocket close ${length < 2 ? '' : bytes.readUInt16BE(start)} ${bytes.toString('utf8', start + 2, end)}`)
    return end
  }

  #pong(payload: Buffer): void {
    this.#reserve(payload.length + 14)
    this.#out.set(payload, this.#written + 6)
    this.#frame(this.#written, 6, payload.length, 0x8a)
  }

  #headLength(length: number): number {
    if (this.#target.transport === 'rawsocket') return 4
    return length < 126 ? 6 : length < 65536 ? 8 : 14
  }

  /** Writes the head of a frame in front of its payload, and masks that. */
  #frame(start: number, head: number, length: number, first = this.#serializer.isBinary ? 0x82 : 0x81): void {
    const out = this.#out
    this.#written = start + head + length
    if (this.#target.transport === 'rawsocket') {
      out.writeUInt32BE(length, start)
      return
    }
    out[start] = first
    out[start + 1] = 0x80 | (head === 6 ? length : head === 8 ? 126 : 127)
    if (head === 8) out.writeUInt16BE(length, start + 2)
    else if (head === 14) out.writeBigUInt64BE(BigInt(length), start + 2)
    mask(out, start + head - 4, start + head, this.#written)
  }

  #reserve(octets: number): void {
    if (this.#written === 0) this.#turn.touch(this)
    if (this.#written + octets <= this.#out.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(BATCH, (this.#written + octets) * 2))
    this.#out.copy(grown, 0, 0, this.#written)
    this.#out = grown
  }
}

function mask(out: Buffer, key: number, start: number, end: number): void {
  const [a, b, c, d] = MASK
  out[key] = a
  out[key + 1] = b
  out[key + 2] = c
  out[key + 3] = d
  let i = start
  for (; i < end - 3; i += 4) {
    out[i] = (out[i] as number) ^ a
    out[i + 1] = (out[i + 1] as number) ^ b
    out[i + 2] = (out[i + 2] as number) ^ c
    out[i + 3] = (out[i + 3] as number) ^ d
  }
  for (let j = i; j < end; j++) out[j] = (out[j] as number) ^ (MASK[(j - start) & 3] as number)
}
