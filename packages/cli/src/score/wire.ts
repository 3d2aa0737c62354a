// A connection to a router that sends and receives any octets, also wrong ones: WebSocket or RawSocket over a plain socket.

import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { TlsOptions } from '@trunkline/client'
import type { SerializerName } from '@trunkline/protocol'
import {
  finishMasked,
  maskedHeadSize,
  RAWSOCKET_HANDSHAKE_OCTETS,
  RAWSOCKET_PONG,
  RawSocketReader,
  rawSocketRequest,
  readRawSocketReply,
  WEBSOCKET_BINARY,
  WEBSOCKET_CLOSE,
  WEBSOCKET_PONG,
  WEBSOCKET_TEXT,
  WebSocketReader,
} from '@trunkline/protocol'
import { httpAnswer, upgradeHeaders } from '../wire/http-answer.ts'
import { framed } from '../wire/rawsocket-stream.ts'

const LONGEST = 2 ** 24 - 1
const LONGEST_EXPONENT = 15
const PATIENCE_MS = 10_000

/** What happens on a connection. */
export interface WireOwner {
  onMessage(octets: Uint8Array, isText: boolean): void
  onClose(): void
}

/** An open connection. */
export interface Wire {
  /** Sends one message. Whether it is text matters for WebSocket only. */
  send(octets: Uint8Array, isText: boolean): void
  /** Sends one message in two fragments; RawSocket has none. */
  sendFragmented?(octets: Uint8Array, isText: boolean): void
  /** Ends the connection without a farewell. */
  cut(): void
}

/** Where and how to connect. */
export interface WirePlace {
  readonly url: URL
  readonly tls?: TlsOptions | undefined
}

/**
 * Opens a connection.
 * @throws {Error} (rejects) when there is none, or the router does not take the serializer
 */
export function openWire(place: WirePlace, serializer: SerializerName, owner: WireOwner): Promise<Wire> {
  return place.url.protocol.startsWith('ws') ? openWebSocket(place, `wamp.2.${serializer}`, owner) : openRawSocket(place, serializer, owner)
}

/** Opens WebSocket with any subprotocol. */
export async function openWebSocket({ url, tls }: WirePlace, subprotocol: string, owner: WireOwner): Promise<Wire> {
  const { response, upgraded } = await httpAnswer({ url, tls, patienceMs: PATIENCE_MS }, upgradeHeaders(subprotocol))
  if (upgraded === undefined) {
    response.destroy()
    throw new Error(`the handshake got ${response.statusCode}`)
  }
  const { socket, head } = upgraded
  if (response.headers['sec-websocket-protocol'] !== subprotocol) {
    socket.destroy()
    throw new Error(`the router did not take ${subprotocol}`)
  }
  const write = (opcode: number, payload: Uint8Array, isLast = true): void => {
    const frame = Buffer.alloc(maskedHeadSize(payload.length) + payload.length)
    frame.set(payload, maskedHeadSize(payload.length))
    finishMasked(frame, 0, opcode, payload.length, randomBytes(4).readUInt32LE())
    if (!isLast) frame[0] = opcode
    if (socket.writable) socket.write(frame)
  }
  const reader = new WebSocketReader(
    {
      onMessage: (message, isText) => owner.onMessage(message.slice(), isText),
      onPing: (payload) => write(WEBSOCKET_PONG, payload.slice()),
      onPong: () => undefined,
      onFragment: () => undefined,
      onClose: () => {
        write(WEBSOCKET_CLOSE, new Uint8Array())
        socket.end()
      },
      onFault: () => socket.destroy(),
    },
    LONGEST,
    'router',
  )
  follow(socket, (chunk) => void reader.receive(chunk), owner)
  if (head.length > 0) reader.receive(head)
  return {
    send: (octets, isText) => write(isText ? WEBSOCKET_TEXT : WEBSOCKET_BINARY, octets),
    sendFragmented: (octets, isText) => {
      const middle = Math.ceil(octets.length / 2)
      write(isText ? WEBSOCKET_TEXT : WEBSOCKET_BINARY, octets.subarray(0, middle), false)
      write(0, octets.subarray(middle))
    },
    cut: () => socket.destroy(),
  }
}

async function openRawSocket({ url, tls }: WirePlace, serializer: SerializerName, owner: WireOwner): Promise<Wire> {
  const socket = await connected(url, tls)
  socket.write(rawSocketRequest(serializer, LONGEST_EXPONENT))
  const rest = await handshakeReply(socket, serializer)
  const write = (payload: Uint8Array, type?: number): void => {
    if (socket.writable) socket.write(framed(payload, type))
  }
  const reader = new RawSocketReader(
    {
      onMessage: (message) => owner.onMessage(message.slice(), false),
      onPing: (payload) => write(payload, RAWSOCKET_PONG),
      onPong: () => undefined,
      onFault: () => socket.destroy(),
    },
    LONGEST,
  )
  follow(socket, (chunk) => void reader.receive(chunk), owner)
  if (rest.length > 0) reader.receive(rest)
  return { send: (octets) => write(octets), cut: () => socket.destroy() }
}

function connected({ protocol, hostname, port, pathname }: URL, tls: TlsOptions | undefined): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const host = hostname.replaceAll(/[[\]]/g, '')
    const socket =
      protocol === 'rss:'
        ? connectTls({ ...tls, host, port: Number(port) } as object, () => resolve(socket))
        : connect(protocol === 'rs+unix:' ? { path: pathname } : { host, port: Number(port) }, () => resolve(socket))
    socket.setNoDelay()
    socket.on('error', reject)
  })
}

/** Reads the answer to the handshake; resolves to what follows it. */
function handshakeReply(socket: Socket, serializer: SerializerName): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let held = Buffer.alloc(0)
    const end = (): void => reject(new Error('the router closed the connection at the handshake'))
    socket.once('close', end)
    const take = (chunk: Buffer): void => {
      held = Buffer.concat([held, chunk])
      if (held.length < RAWSOCKET_HANDSHAKE_OCTETS) return
      socket.off('data', take).off('close', end).pause()
      const reply = readRawSocketReply(held.subarray(0, RAWSOCKET_HANDSHAKE_OCTETS), serializer)
      if (typeof reply === 'string' || 'error' in reply) reject(new Error(`the router did not take ${serializer} over RawSocket`))
      else resolve(held.subarray(RAWSOCKET_HANDSHAKE_OCTETS))
    }
    socket.on('data', take)
  })
}

function follow(socket: Socket, take: (chunk: Uint8Array) => void, owner: WireOwner): void {
  socket.on('data', take)
  socket.on('end', () => socket.end())
  socket.on('close', () => owner.onClose())
  socket.on('error', () => socket.destroy())
  socket.resume()
}
