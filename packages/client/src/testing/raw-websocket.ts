// For tests: a server that answers the request of a WebSocket as the test says and then sends octets, and what a client reports.
// Not part of the package.

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { createServer } from 'node:net'
import type { WebSocketSink } from '@trunkline/protocol'
import { WebSocketReader } from '@trunkline/protocol'
import type { MessageSocket, MessageSocketOwner } from '../transports/message-socket.ts'
import type { WayOptions } from '../transports/way.ts'
import { openMessageSocket } from '../transports/websocket-node.ts'

/** The answer to a request that opens a WebSocket: the headers by their names; undefined leaves one out. */
export type Answer = Readonly<Record<string, string | undefined>>

/** One connection of a client. */
export interface RawClient {
  readonly peer: Socket
  /** The request, up to its empty line. */
  readonly request: string
  /** The frames of the client so far, each as a line. */
  readonly frames: string[]
}

export class RawWebSocketServer {
  readonly #server = createServer((socket) => void this.#take(socket))
  readonly #answer: Answer
  readonly #behind: Uint8Array
  readonly #clients: RawClient[] = []
  #onClient: ((client: RawClient) => void) | undefined

  /** @param behind octets that are sent together with the answer */
  constructor(answer: Answer = {}, behind: Uint8Array = new Uint8Array(0)) {
    this.#answer = answer
    this.#behind = behind
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/ws`
  }

  /** The first client. */
  client(): Promise<RawClient> {
    const [first] = this.#clients
    return first === undefined ? new Promise((resolve) => (this.#onClient = resolve)) : Promise.resolve(first)
  }

  async close(): Promise<void> {
    for (const { peer } of this.#clients) peer.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #take(socket: Socket): Promise<void> {
    socket.on('error', () => undefined)
    const [octets] = (await once(socket, 'data')) as [Buffer]
    const request = octets.toString('latin1')
    const frames: string[] = []
    const reader = new WebSocketReader(linesOf(frames), 2 ** 24, 'client')
    socket.on('data', (chunk) => reader.receive(chunk))
    socket.write(Buffer.concat([Buffer.from(this.#answerTo(request)), this.#behind]))
    const client = { peer: socket, request, frames }
    this.#clients.push(client)
    this.#onClient?.(client)
  }

  #answerTo(request: string): string {
    const key = /sec-websocket-key: (.*)\r\n/i.exec(request)?.[1] ?? ''
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
    const headers = {
      Upgrade: 'websocket',
      Connection: 'Upgrade',
      'Sec-WebSocket-Accept': accept,
      'Sec-WebSocket-Protocol': 'wamp.2.json',
      ...this.#answer,
    }
    const lines = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]))
    return ['HTTP/1.1 101 Switching Protocols', ...lines, '', ''].join('\r\n')
  }
}

function linesOf(lines: string[]): WebSocketSink {
  const text = (octets: Uint8Array): string => Buffer.from(octets).toString()
  return {
    onMessage: (message, isText) => lines.push(`${isText ? 'text' : 'binary'} ${text(message)}`),
    onPing: (payload) => lines.push(`ping ${text(payload)}`),
    onPong: (payload) => lines.push(`pong ${text(payload)}`),
    onFragment: () => undefined,
    onClose: (code, reason) => lines.push(`close ${code} ${text(reason)}`),
    onFault: (cause) => lines.push(cause),
  }
}

/** A socket of this client, with the calls to its owner, each as a line. */
export interface Told {
  readonly socket: MessageSocket
  readonly lines: string[]
  readonly opened: Promise<void>
  readonly closed: Promise<void>
}

export function openTold(url: string, way: WayOptions = {}, protocol: string | undefined = 'wamp.2.json'): Told {
  const lines: string[] = []
  const [opened, onOpened] = settled()
  const [closed, onClosed] = settled()
  const owner: MessageSocketOwner = {
    onOpen(agreed) {
      lines.push(`open ${agreed}`)
      onOpened()
    },
    onMessage: (message) => lines.push(typeof message === 'string' ? message : `octets ${message.join()}`),
    onError: (error) => lines.push(`error ${(error as Error).message}`),
    onClose(code, reason, wasClean) {
      lines.push(`close ${code} ${reason} ${wasClean ? 'clean' : 'not clean'}`)
      onClosed()
    },
  }
  return { socket: openMessageSocket(url, protocol, way, owner), lines, opened, closed }
}

function settled(): [promise: Promise<void>, settle: () => void] {
  let settle = (): void => undefined
  const promise = new Promise<void>((resolve) => (settle = resolve))
  return [promise, () => settle()]
}
