// The WebSocket of Node, by framing of our own: messages, ping and pong, the closing handshake. Node's global WebSocket takes
// neither headers nor an agent, hides why a connection failed, and makes a system call for each message.

import type { ClientRequest } from 'node:http'
import type { Socket } from 'node:net'
import type { FrameFault, WebSocketSink } from '@trunkline/protocol'
import { WEBSOCKET_BINARY, WEBSOCKET_CLOSE, WEBSOCKET_PONG, WebSocketReader } from '@trunkline/protocol'
import { MOST_OCTETS } from './answer-octets.ts'
import { shownCause } from './cause-node.ts'
import { FrameTexts } from './frame-texts.ts'
import { FrameWriter } from './frame-writer.ts'
import type { MessageSocket, MessageSocketOwner, OpenMessageSocket } from './message-socket.ts'
import { readOnlyIfTaken } from './untaken-node.ts'
import { requestUpgrade } from './upgrade-node.ts'

/** PINGs, PONGs and fragments of a message in one chunk of octets: each takes hundreds of times what it takes to send it. */
const MOST_BESIDE = 1_000
/** So many PINGs of a chunk get a PONG each; of more only the last one. */
const EACH_ANSWERED = 16
/** How long the router may take to close the connection once this side has said that it closes. */
const CLOSE_MS = 30_000
const CLOSE_CODES: Readonly<Record<FrameFault, number>> = { protocol_violation: 1002, invalid_text: 1007, too_large: 1009 }
const NORMAL = 1000
/** Reported, never sent (RFC 6455, "Reserved Status Codes"). */
const NO_CODE = 1005
const BROKEN = 1006

export const openMessageSocket: OpenMessageSocket = (url, protocol, way, owner) => {
  const opening = new Opening(owner)
  opening.request = requestUpgrade(url, protocol, way, {
    onUpgrade: (socket, head, agreed) => opening.opened(new Connection(socket, owner), head, agreed),
    onRefusal(error) {
      owner.onError(error)
      owner.onClose(BROKEN, '', false)
    },
  })
  return opening
}

/** The reason of a failed connection. */
export function causeText(cause: unknown, url: URL): string {
  return `: ${shownCause(cause, url)}`
}

/** A connection from its request on. */
class Opening implements MessageSocket {
  readonly #owner: MessageSocketOwner
  request: ClientRequest | undefined
  #connection: Connection | undefined

  constructor(owner: MessageSocketOwner) {
    this.#owner = owner
  }

  get isOpen(): boolean {
    return this.#connection?.isOpen === true
  }

  opened(connection: Connection, head: Buffer, protocol: string): void {
    this.#connection = connection
    this.#owner.onOpen(protocol)
    connection.start(head)
  }

  send(message: string | Uint8Array): void {
    this.#connection?.send(message)
  }

  close(): void {
    if (this.#connection === undefined) this.request?.destroy()
    else this.#connection.close()
  }

  destroy(): void {
    this.request?.destroy()
    this.#connection?.destroy()
  }
}

class Connection implements WebSocketSink {
  readonly #socket: Socket
  readonly #owner: MessageSocketOwner
  readonly #reader = new WebSocketReader(this, MOST_OCTETS, 'router')
  readonly #writer: FrameWriter
  readonly #texts = new FrameTexts()
  #isClosing = false
  /** What the last PING wants answered; the earlier ones need no answer (RFC 6455, "Pong"). */
  #pong: Uint8Array | undefined
  /** How many frames of the present chunk were no messages. */
  #beside = 0
  #closeTimer: NodeJS.Timeout | undefined
  #code = BROKEN
  #reason = ''

  constructor(socket: Socket, owner: MessageSocketOwner) {
    this.#socket = socket
    this.#owner = owner
    this.#writer = new FrameWriter(socket)
  }

  get isOpen(): boolean {
    return !this.#isClosing && this.#socket.writable
  }

  /** @param head octets that came with the answer to the request */
  start(head: Buffer): void {
    const socket = this.#socket
    // An agent may have set a limit, or hand out a stream that has neither.
    socket.setTimeout?.(0)
    socket.setNoDelay?.(true)
    socket.on('error', (error) => this.#owner.onError(error))
    socket.on('close', () => this.#closed())
    socket.on('drain', () => this.#answerPing())
    if (head.length > 0) this.#receive(head)
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
  }

  send(message: string | Uint8Array): void {
    if (!this.isOpen) return
    if (typeof message === 'string') this.#writer.addText(message)
    else this.#writer.add(WEBSOCKET_BINARY, message)
  }

  close(): void {
    if (this.isOpen) this.#sayClose(NORMAL)
  }

  destroy(): void {
    this.#socket.destroy()
  }

  onMessage(message: Uint8Array, isText: boolean): void {
    // A copy of octets, since the session keeps payloads, and a short one would keep the chunk.
    if (!isText) return this.#owner.onMessage(message.slice())
    const text = this.#texts.textOf(message)
    if (text !== undefined) return this.#owner.onMessage(text)
    this.#reader.stop()
    this.onFault('invalid_text', 'a text is not UTF-8')
  }

  onPing(payload: Uint8Array): void {
    this.#pong = payload.slice()
    this.#countBeside()
    if (this.#beside <= EACH_ANSWERED) this.#answerPing()
  }

  /** This side sends no PING. */
  onPong(): void {
    this.#countBeside()
  }

  /** Its memory is bounded with that of its message. */
  onFragment(): void {
    this.#countBeside()
  }

  onClose(code: number | undefined, reason: Uint8Array): void {
    this.#code = code ?? NO_CODE
    this.#reason = Buffer.from(reason).toString()
    this.#sayClose(code)
    this.#socket.end()
  }

  onFault(cause: FrameFault, text: string): void {
    this.#owner.onError(new Error(`Invalid WebSocket frame: ${text}`))
    this.#sayClose(CLOSE_CODES[cause])
    this.#socket.end()
  }

  #receive(chunk: Buffer): void {
    this.#texts.use(chunk)
    this.#reader.receive(chunk)
    this.#texts.use(undefined)
    this.#beside = 0
    if (this.#pong !== undefined) this.#answerPing()
    readOnlyIfTaken(this.#socket)
  }

  /** Answers the last PING when the router takes it. */
  #answerPing(): void {
    const pong = this.#pong
    if (pong === undefined || this.#writer.isFull) return
    this.#pong = undefined
    if (this.isOpen) this.#writer.add(WEBSOCKET_PONG, pong)
  }

  #countBeside(): void {
    if (++this.#beside !== MOST_BESIDE) return
    this.#reader.stop()
    this.onFault('protocol_violation', `more than ${MOST_BESIDE} PINGs, PONGs and fragments at once`)
  }

  /** Sends what is queued and a CLOSE, once. */
  #sayClose(code: number | undefined): void {
    if (this.#isClosing) return
    this.#isClosing = true
    this.#writer.add(WEBSOCKET_CLOSE, code === undefined ? new Uint8Array(0) : Uint8Array.of(code >> 8, code & 0xff))
    this.#writer.flush()
    this.#closeTimer = setTimeout(() => this.#socket.destroy(), CLOSE_MS)
  }

  #closed(): void {
    clearTimeout(this.#closeTimer)
    this.#reader.stop()
    this.#owner.onClose(this.#code, this.#reason, this.#code !== BROKEN)
  }
}
