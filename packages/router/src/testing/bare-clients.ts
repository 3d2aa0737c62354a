// For tests: clients of plain octets that send many messages in one piece, over each transport, with JSON.

import { once } from 'node:events'
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { joinBatch } from '@trunkline/protocol'

/** A client of one transport. */
export interface BareClient {
  /** What came, as WAMP arrays. */
  readonly received: unknown[][]
  /** Sends messages in one piece. */
  say(...messages: unknown[][]): void
  /** Resolves when this many messages have come. */
  has(count: number): Promise<void>
  /** Ends the connection at once. */
  leave(): Promise<void>
}

/** Opens a client at a port of 127.0.0.1. */
export type OpenBareClient = (port: number) => Promise<BareClient>

const encoder = new TextEncoder()
const encoded = (message: unknown): Uint8Array => encoder.encode(JSON.stringify(message))
const messagesIn = (text: string): unknown[][] =>
  text
    .split('\u001e')
    .filter((part) => part !== '')
    .map((part) => JSON.parse(part) as unknown[])

/** A client of a socket. */
export abstract class SocketClient implements BareClient {
  readonly received: unknown[][] = []
  readonly socket: Socket
  /** Resolves when the router has ended its direction. */
  readonly ended: Promise<unknown>
  protected octets: Buffer<ArrayBufferLike> = Buffer.alloc(0)

  protected constructor(socket: Socket) {
    this.socket = socket
    this.ended = Promise.race([once(socket, 'end'), once(socket, 'close')])
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      this.octets = Buffer.concat([this.octets, chunk])
      while (this.takeFrame());
    })
  }

  /** Reads one frame of what came, if it is whole; returns whether it was. */
  protected abstract takeFrame(): boolean

  /** Takes a frame of which this is the payload; undefined while it is not whole. */
  protected takeOctets(begin: number, end: number): Buffer | undefined {
    if (this.octets.length < end) return undefined
    const payload = this.octets.subarray(begin, end)
    this.octets = this.octets.subarray(end)
    return payload
  }

  /** The frames in which messages are sent. */
  abstract frames(...messages: unknown[][]): Buffer

  say(...messages: unknown[][]): void {
    this.socket.write(this.frames(...messages))
  }

  async has(count: number): Promise<void> {
    while (this.received.length < count) await once(this.socket, 'data')
  }

  /** Resolves when the router has sent its closing frame. */
  async saidGoodbye(): Promise<void> {
    await this.ended
  }

  async leave(): Promise<void> {
    if (this.socket.closed) return
    this.socket.destroy()
    await once(this.socket, 'close')
  }
}

const NO_KEY = [0, 0, 0, 0]

/** A masked frame of a WebSocket, with the key 0. */
export function webSocketFrame(first: number, payload: Uint8Array): Buffer {
  const { length } = payload
  const size =
    length < 126
      ? [length]
      : length < 65_536
        ? [126, length >> 8, length & 255]
        : [127, 0, 0, 0, 0, 0, length >> 16, (length >> 8) & 255, length & 255]
  return Buffer.concat([Uint8Array.of(first, (size[0] ?? 0) | 0x80, ...size.slice(1), ...NO_KEY), payload])
}

/** How messages become octets. */
type Framing = (messages: readonly unknown[][]) => Buffer

const oneByOne: Framing = (messages) => Buffer.concat(messages.map((message) => webSocketFrame(0x81, encoded(message))))
const asOneBatch: Framing = (messages) => webSocketFrame(0x81, joinBatch(messages.map(encoded), false))
const asManyBatches: Framing = (messages) => Buffer.concat(messages.map((message) => asOneBatch([message])))

export class WebSocketClient extends SocketClient {
  /** Payloads of PONGs, as text. */
  readonly pongs: string[] = []
  /** The code of the router's CLOSE. */
  closeCode: number | undefined
  #isOpen = false
  readonly #framing: Framing

  private constructor(socket: Socket, framing: Framing) {
    super(socket)
    this.#framing = framing
  }

  static async open(port: number, framing = oneByOne): Promise<WebSocketClient> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    const head = ['GET /ws HTTP/1.1', 'Host: localhost', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13']
    const subprotocol = framing === oneByOne ? 'wamp.2.json' : 'wamp.2.json.batched'
    const more = ['Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', `Sec-WebSocket-Protocol: ${subprotocol}`, '', '']
    socket.write([...head, ...more].join('\r\n'))
    const client = new WebSocketClient(socket, framing)
    while (!client.#isOpen) await once(socket, 'data')
    return client
  }

  override frames(...messages: unknown[][]): Buffer {
    return this.#framing(messages)
  }

  override async saidGoodbye(): Promise<void> {
    while (this.closeCode === undefined) await once(this.socket, 'data')
  }

  protected override takeFrame(): boolean {
    if (!this.#isOpen) return this.#takeHead()
    const [first = 0, second = 0] = this.octets
    const begin = second < 126 ? 2 : 4
    if (this.octets.length < begin) return false
    const payload = this.takeOctets(begin, begin + (second < 126 ? second : this.octets.readUInt16BE(2)))
    if (payload === undefined) return false
    if (first === 0x8a) this.pongs.push(String(payload))
    else if (first === 0x88) this.closeCode = payload.length < 2 ? 0 : payload.readUInt16BE(0)
    else this.received.push(...messagesIn(String(payload)))
    return true
  }

  #takeHead(): boolean {
    const end = this.octets.indexOf('\r\n\r\n')
    if (end < 0) return false
    this.#isOpen = true
    this.octets = this.octets.subarray(end + 4)
    return true
  }
}

export class RawSocketClient extends SocketClient {
  #isOpen = false

  static async open(port: number): Promise<RawSocketClient> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    const client = new RawSocketClient(socket)
    socket.write(Uint8Array.of(0x7f, 0xf1, 0, 0))
    while (!client.#isOpen) await once(socket, 'data')
    return client
  }

  override frames(...messages: unknown[][]): Buffer {
    return Buffer.concat(
      messages.map((message) => {
        const payload = encoded(message)
        return Buffer.concat([Uint8Array.of(0, payload.length >> 16, (payload.length >> 8) & 255, payload.length & 255), payload])
      }),
    )
  }

  protected override takeFrame(): boolean {
    if (this.octets.length < 4) return false
    const payload = this.takeOctets(4, 4 + (this.#isOpen ? this.octets.readUIntBE(1, 3) : 0))
    if (payload === undefined) return false
    if (this.#isOpen) this.received.push(...messagesIn(String(payload)))
    this.#isOpen = true
    return true
  }
}

/** A client of batches over HTTP requests. */
class LongPollClient implements BareClient {
  readonly received: unknown[][] = []
  readonly #base: string

  private constructor(base: string) {
    this.#base = base
  }

  static async open(port: number): Promise<LongPollClient> {
    const base = `http://127.0.0.1:${port}/lp`
    const response = await fetch(`${base}/open`, { method: 'POST', body: '{"protocols":["wamp.2.json.batched"]}' })
    const { transport } = (await response.json()) as { transport: string }
    return new LongPollClient(`${base}/${transport}`)
  }

  say(...messages: unknown[][]): void {
    void this.#post('send', joinBatch(messages.map(encoded), false))
  }

  async has(count: number): Promise<void> {
    while (this.received.length < count) this.received.push(...messagesIn(await (await this.#post('receive')).text()))
  }

  async leave(): Promise<void> {
    await this.#post('close')
  }

  #post(what: string, body?: Uint8Array<ArrayBuffer>): Promise<Response> {
    return fetch(`${this.#base}/${what}`, { method: 'POST', body: body ?? null })
  }
}

/** Ways in which a client may send many messages at once. */
export const BARE_CLIENTS: readonly (readonly [name: string, open: OpenBareClient])[] = [
  ['frames of a WebSocket', (port) => WebSocketClient.open(port)],
  ['frames of RawSocket', (port) => RawSocketClient.open(port)],
  ['one batch in a WebSocket', (port) => WebSocketClient.open(port, asOneBatch)],
  ['many batches in a WebSocket', (port) => WebSocketClient.open(port, asManyBatches)],
  ['the body of a long-poll request', (port) => LongPollClient.open(port)],
]
