// One raw connection to the router under test: sends what the case says, and queues what comes. Judges nothing.

import { once } from 'node:events'
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import type { Serializer } from '@trunkline/protocol'
import { BATCHED, createCborSerializer, createJsonSerializer, createMsgpackSerializer, joinBatch, splitBatch } from '@trunkline/protocol'
import type { Actor, SerializerId, Via } from './case.ts'
import type { Frame, Splitter } from './frames.ts'
import { rawSocketFrame, splitRawSocket, splitWebSocket, webSocketFrame } from './frames.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

export interface Addresses {
  readonly websocket: Address
  readonly rawsocket: Address
}

/** What came. */
export type Arrival =
  | { readonly message: readonly unknown[] }
  | { readonly pong: string }
  | { readonly status: number }
  /** The answer to a RawSocket handshake. */
  | { readonly octets: string }
  /** The connection has ended; with the code of a WebSocket close frame that came before. */
  | { readonly closed: number | undefined }
  | { readonly nothing: true }

/** Ends the wait for what does not come. */
const WAIT_MS = 60_000
const RAWSOCKET_NUMBER: Record<SerializerId, number> = { json: 1, msgpack: 2, cbor: 3 }
const REQUESTS = new Set([16, 32, 34, 48, 64, 66])
const ROLES = {
  caller: { features: { progressive_call_results: true, call_canceling: true } },
  callee: { features: { progressive_call_results: true, call_canceling: true, shared_registration: true } },
  publisher: {},
  subscriber: {},
}

export class Peer {
  /** From WELCOME, where {@link Peer.join} got it. */
  session: number | undefined
  /** The id of the long-poll connection that this peer opened last. */
  transport: string | undefined
  /** The address that the router sees. */
  readonly name: string
  /** The right next request id. */
  nextRequest = 1
  /** The last request sent: type and id, for the answer that is expected to it. */
  lastRequest: readonly [type: unknown, request: unknown] = [undefined, undefined]
  readonly #socket: Socket
  readonly #serializer: Serializer
  readonly #isBatched: boolean
  readonly #arrivals: Arrival[] = []
  #phase: 'http' | 'rawsocket' | 'frames'
  #splitter: Splitter
  #rest: Buffer = Buffer.alloc(0)
  #code: number | undefined
  #onArrival: (() => void) | undefined

  private constructor(socket: Socket, via: Via) {
    this.#socket = socket
    this.name = `${socket.localAddress ?? ''}:${socket.localPort ?? 0}`
    this.#phase = isOverHttp(via) ? 'http' : 'rawsocket'
    this.#isBatched = via.startsWith('batched.')
    this.#splitter = this.#phase === 'http' ? splitWebSocket : splitRawSocket
    this.#serializer = serializerOf(via)
    socket.setNoDelay(true)
    socket.on('data', (chunk) => this.#receive(chunk))
    socket.on('error', () => socket.destroy()) // A reset ends it like any other end; 'close' follows.
    socket.on('close', () => this.#push({ closed: this.#code }))
    socket.on('end', () => socket.end())
  }

  /** Connects, shakes hands and joins as far as the actor says. @throws {Error} when that fails */
  static async open(addresses: Addresses, { via = 'ws.json', join, hello }: Actor): Promise<Peer> {
    const socket = connect({ ...(isOverHttp(via) ? addresses.websocket : addresses.rawsocket), allowHalfOpen: true })
    await once(socket, 'connect')
    const peer = new Peer(socket, via)
    if (via !== 'http' && via !== 'rawsocket') await peer.#shakeHands(via)
    if (join !== undefined) await peer.join(join, hello)
    return peer
  }

  /** Sends HELLO and waits for WELCOME. @returns the session id. @throws {Error} when another answer comes */
  async join(realm: string, details: Readonly<Record<string, unknown>> = {}): Promise<number> {
    this.send([1, realm, { roles: ROLES, ...details }])
    const arrival = await this.next()
    if (!('message' in arrival) || arrival.message[0] !== 2) throw new Error(`no WELCOME but ${JSON.stringify(arrival)}`)
    this.session = Number(arrival.message[1])
    return this.session
  }

  write(octets: Uint8Array): void {
    if (this.#socket.writable) this.#socket.write(octets)
  }

  message(octets: Uint8Array, kind: 'text' | 'binary' = this.#serializer.isBinary ? 'binary' : 'text'): void {
    const isWebSocket = this.#splitter === splitWebSocket
    const whole = this.#isBatched ? joinBatch([octets], this.#serializer.isBinary) : octets
    this.write(isWebSocket ? webSocketFrame(kind === 'text' ? 1 : 2, whole) : rawSocketFrame(0, octets))
  }

  send(list: readonly unknown[]): void {
    const [type, request] = list
    if (REQUESTS.has(type as number) && typeof request === 'number') {
      this.nextRequest = request + 1
      this.lastRequest = [type, request]
    }
    this.message(this.#serializer.encodeItems([list]))
  }

  /** The next thing that comes; `nothing` when nothing does. */
  async next(waitMs = WAIT_MS): Promise<Arrival> {
    if (this.#arrivals.length === 0) await this.#wait(waitMs)
    return this.#arrivals.shift() ?? { nothing: true }
  }

  /** Stops reading. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  /** A message that came and was not taken. */
  pending(): Arrival | undefined {
    return this.#arrivals.find((arrival) => 'message' in arrival)
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #wait(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, waitMs)
      this.#onArrival = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  async #shakeHands(via: Via): Promise<void> {
    const [kind, id] = via.split('.') as ['ws' | 'rs' | 'batched', SerializerId]
    if (kind === 'rs') {
      this.write(Buffer.of(0x7f, 0xf0 | RAWSOCKET_NUMBER[id], 0, 0))
      const reply = await this.next()
      if (!('octets' in reply) || !reply.octets.endsWith(`${RAWSOCKET_NUMBER[id]}0000`)) throw new Error('no RawSocket handshake')
      return
    }
    this.write(Buffer.from(upgradeRequest(id, this.#isBatched ? BATCHED : '')))
    const reply = await this.next()
    if (!('status' in reply) || reply.status !== 101) throw new Error('no upgrade to WebSocket')
  }

  #receive(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    if (this.#phase === 'http') this.#receiveHead()
    if (this.#phase === 'rawsocket' && this.#rest.length >= 4) {
      this.#push({ octets: this.#rest.subarray(0, 4).toString('hex') })
      this.#rest = this.#rest.subarray(4)
      this.#phase = 'frames'
    }
    if (this.#phase === 'frames') this.#rest = this.#splitter(this.#rest, (frame) => this.#take(frame))
  }

  /** HTTP answers: their status; after 101 there are frames. Only bodies of long-poll answers are read. */
  #receiveHead(): void {
    const end = this.#rest.indexOf('\r\n\r\n') + 4
    const head = this.#rest.toString('latin1', 0, end)
    const status = /^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]
    if (end < 4 || status === undefined) return
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0)
    if (this.#rest.length < end + length) return
    const body = this.#rest.toString('utf8', end, end + length)
    this.#rest = this.#rest.subarray(end + length)
    this.#push({ status: Number(status) })
    if (status === '101') this.#phase = 'frames'
    else if (status === '200' && /^[[{]/.test(body)) this.#takeJson(JSON.parse(body) as unknown)
    if (this.#phase === 'http' && this.#rest.length > 0) this.#receiveHead()
  }

  #takeJson(value: unknown): void {
    if (Array.isArray(value)) this.#push({ message: value as readonly unknown[] })
    else this.transport = String((value as { transport?: unknown }).transport)
  }

  #take(frame: Frame): void {
    if (frame.kind === 'message') {
      const octets = new Uint8Array(frame.octets)
      for (const each of this.#isBatched ? splitBatch(octets, this.#serializer.isBinary) : [octets]) {
        const [list] = this.#serializer.decodeItems(each, 1)
        this.#push({ message: list as readonly unknown[] })
      }
    } else if (frame.kind === 'pong') this.#push({ pong: frame.octets.toString('hex') })
    else if (frame.kind === 'close') {
      this.#code = frame.code
      this.write(webSocketFrame(8, Buffer.alloc(0)))
      this.#socket.end()
    }
  }

  #push(arrival: Arrival): void {
    this.#arrivals.push(arrival)
    this.#onArrival?.()
  }
}

/** The request that opens a WebSocket. */
export function upgradeRequest(serializer: SerializerId, kind: string = ''): string {
  const headers = [
    'Host: router.example',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    `Sec-WebSocket-Protocol: wamp.2.${serializer}${kind}`,
  ]
  return `GET /ws HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`
}

function isOverHttp(via: Via): boolean {
  return via === 'http' || via.startsWith('ws.') || via.startsWith('batched.')
}

function serializerOf(via: Via): Serializer {
  if (via.endsWith('.msgpack')) return createMsgpackSerializer({ maxDepth: 512 })
  if (via.endsWith('.cbor')) return createCborSerializer({ maxDepth: 512 })
  return createJsonSerializer({ maxDepth: 512 })
}
