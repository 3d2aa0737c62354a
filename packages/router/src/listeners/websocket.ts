// One WebSocket connection as a Transport: kinds of messages, ping and pong, the closing handshake.
// Never parses HTTP and never looks into a message.

import type { Socket } from 'node:net'

import type { FrameFault, WebSocketSink } from '@trunkline/protocol'
import { LARGE_MESSAGE, WebSocketReader, webSocketHeadSize, writeWebSocketHead } from '@trunkline/protocol'
import {
  WEBSOCKET_BINARY as BINARY,
  WEBSOCKET_CLOSE as CLOSE,
  WEBSOCKET_PING as PING,
  WEBSOCKET_PONG as PONG,
  WEBSOCKET_TEXT as TEXT,
} from '@trunkline/protocol'

import type { CloseCause } from '../core/ports/index.ts'
import type { ConnectionContext, ConnectionTraits } from './connection.ts'
import { StreamConnection } from './connection.ts'

/** What the WebSocket connections of one listener share. */
export interface WebSocketContext extends ConnectionContext {
  /** Ticks of silence after which a PING is sent, and again after as many more; undefined for never. */
  readonly pingTicks: number | undefined
  /** Ticks of silence after which a peer counts as dead; undefined for never. */
  readonly deadTicks: number | undefined
}

const CLOSE_CODES: Readonly<Record<CloseCause, number>> = {
  normal: 1000,
  going_away: 1001,
  protocol_violation: 1002,
  invalid_text: 1007,
  policy: 1008,
  too_large: 1009,
}

const NO_OCTETS = new Uint8Array(0)

export class WebSocketConnection extends StreamConnection implements WebSocketSink {
  protected override readonly reader: WebSocketReader
  readonly #context: WebSocketContext
  readonly #opcode: number
  readonly #takesBothKinds: boolean
  #isText = false
  /** The answer to the last PING that came while the peer did not read; the earlier ones need none (RFC 6455, "Pong"). */
  #pong: Uint8Array | undefined

  /** @param takesBothKinds no subprotocol was agreed: both text and binary are accepted */
  constructor(socket: Socket, traits: ConnectionTraits, context: WebSocketContext, takesBothKinds: boolean) {
    super(socket, traits, context)
    this.#context = context
    this.reader = new WebSocketReader(this, context.maxMessageBytes, 'client')
    this.#opcode = traits.serializer === 'json' ? TEXT : BINARY
    this.#takesBothKinds = takesBothKinds
  }

  /** Whether the last message delivered to the owner was text. */
  get receivedText(): boolean {
    return this.#isText
  }

  send(message: Uint8Array): void {
    if (this.isOpen) this.#write(this.#opcode, message)
  }

  /** Sends a message of a kind other than the subprotocol's; for peers without one. */
  sendKind(message: Uint8Array, isText: boolean): void {
    if (this.isOpen) this.#write(isText ? TEXT : BINARY, message)
  }

  protected override sendClose(cause: CloseCause): boolean {
    this.#writeClose(CLOSE_CODES[cause])
    return true
  }

  protected override onSilence(ticks: number): void {
    const { pingTicks, deadTicks } = this.#context
    if (deadTicks !== undefined && ticks >= deadTicks) this.endSilent()
    else if (pingTicks !== undefined && ticks % pingTicks === 0) this.#write(PING, NO_OCTETS)
  }

  protected override onWritableAgain(): void {
    if (this.#pong === undefined) return
    this.#write(PONG, this.#pong)
    this.#pong = undefined
  }

  onMessage(message: Uint8Array, isText: boolean): void {
    this.#isText = isText
    if (isText === (this.#opcode === TEXT) || this.#takesBothKinds) this.deliver(message)
    else this.deliverWrongKind()
  }

  onPing(payload: Uint8Array): void {
    if (this.isWritable) this.#write(PONG, payload)
    else if (this.isOpen) this.#pong = payload.slice()
    this.count()
  }

  onPong(): void {
    // Each octet received already counts as a sign of life.
    this.count()
  }

  onFragment(): void {
    this.count()
  }

  onClose(code: number | undefined): void {
    if (this.isOpen) this.#writeClose(code)
    this.end(undefined)
    this.finishAndClose()
  }

  onFault(cause: FrameFault): void {
    this.endFaulty(cause)
  }

  #writeClose(code: number | undefined): void {
    this.#write(CLOSE, code === undefined ? NO_OCTETS : Uint8Array.of(code >> 8, code & 0xff))
  }

  #write(opcode: number, message: Uint8Array): void {
    const length = message.length
    const head = webSocketHeadSize(length)
    const isLarge = length >= LARGE_MESSAGE
    const at = this.batch.reserve(isLarge ? head : head + length)
    const buffer = this.batch.buffer
    writeWebSocketHead(buffer, at, opcode, length)
    if (isLarge) this.batch.writeLarge(message)
    else buffer.set(message, at + head)
  }
}
