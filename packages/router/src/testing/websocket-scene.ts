// For tests: WebSocket connections over real sockets, with the `ws` package as the reference client, and owners that record events.

import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo, Socket } from 'node:net'
import { connect } from 'node:net'
import type { Accept, Transport, TransportOwner } from '@trunkline/router'
import { onTestFinished } from 'vitest'

import { fillKernel } from './full-sockets.ts'

/** A client of the `ws` package, as far as the tests need it. */
export interface ReferenceClient {
  readonly protocol: string
  on(event: string, listener: (...args: never[]) => void): void
  once(event: string, listener: (...args: never[]) => void): void
  send(data: string | Uint8Array, options?: { fin?: boolean; binary?: boolean }): void
  ping(data?: Uint8Array): void
  close(code?: number, reason?: string): void
}
export const { WebSocket } = createRequire(import.meta.url)('ws') as {
  WebSocket: new (url: string, protocols?: string[]) => ReferenceClient
}

/** An owner that records what is reported to it. */
export class RecordingOwner implements TransportOwner {
  readonly transport: Transport
  readonly events: string[] = []
  readonly messages: Uint8Array[] = []
  /** How often the transport reported that it takes no more. */
  fulls = 0
  readonly closed: Promise<void>
  onNext: (() => void) | undefined
  onSilent?: () => void
  #close: () => void = () => {}

  constructor(transport: Transport) {
    this.transport = transport
    this.closed = new Promise((resolve) => (this.#close = resolve))
  }

  onMessage(message: Uint8Array): void {
    this.messages.push(message.slice())
    this.#tell('message')
  }

  onWrongKind(): void {
    this.#tell('wrong kind')
  }

  onFull(): void {
    this.fulls++
  }

  onDrain(): void {
    this.#tell('drain')
  }

  onClose(): void {
    this.#tell('close')
    this.#close()
  }

  /** Resolves when this many events of a kind have come. */
  async has(event: string, count = 1): Promise<void> {
    while (this.events.filter((name) => name === event).length < count) await new Promise<void>((resolve) => (this.onNext = resolve))
  }

  #tell(event: string): void {
    this.events.push(event)
    this.onNext?.()
  }
}

/** A port with a WebSocketDoor behind it, and all connections that it accepted. */
export interface Scene<Door> {
  readonly url: string
  readonly port: number
  readonly owners: RecordingOwner[]
  readonly errors: unknown[]
  readonly door: Door
}

interface AnyDoor {
  readonly connections: { destroyAll(): void }
  handleUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): void
}

/** Opens a port of 127.0.0.1 for a door, which is made with the options it needs. */
export async function serve<Door extends AnyDoor>(
  makeDoor: (accept: Accept, onError: (error: unknown) => void) => Door,
): Promise<Scene<Door>> {
  const owners: RecordingOwner[] = []
  const errors: unknown[] = []
  const accept = (transport: Transport): TransportOwner => {
    const owner = new RecordingOwner(transport)
    owners.push(owner)
    return owner
  }
  const door = makeDoor(accept, (error) => errors.push(error))
  const server = createServer()
  server.on('upgrade', (request, socket: Socket, head) => door.handleUpgrade(request, socket, head))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    door.connections.destroyAll()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `ws://127.0.0.1:${port}/`, port, owners, errors, door }
}

/** Joins with the reference client. */
export async function join(
  scene: Scene<unknown>,
  protocols = ['wamp.2.json'],
): Promise<{ client: ReferenceClient; owner: RecordingOwner; received: [Buffer, boolean][] }> {
  const client = new WebSocket(scene.url, protocols)
  const received: [Buffer, boolean][] = []
  client.on('error', () => {})
  client.on('message', (data: Buffer, isBinary: boolean) => received.push([data, isBinary]))
  await happens(client, 'open')
  return { client, owner: lastOwner(scene), received }
}

/** The owner of the last connection. */
export function lastOwner(scene: Scene<unknown>): RecordingOwner {
  const owner = scene.owners.at(-1)
  if (owner === undefined) throw new Error('no connection was accepted')
  return owner
}

/** Resolves with the arguments of an event. */
export function happens(client: ReferenceClient, event: string): Promise<unknown[]> {
  return new Promise((resolve) => client.once(event, (...args) => resolve(args)))
}

/** An upgrade but for the subprotocol and the end. */
export const REQUEST =
  'GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'

/** A client of plain octets, after the upgrade. */
export async function joinBare(
  scene: Scene<unknown>,
  behind = '',
): Promise<{ socket: Socket; octets: () => Buffer; has: (octets: number) => Promise<void>; ended: Promise<unknown> }> {
  const socket = connect({ port: scene.port, host: '127.0.0.1', allowHalfOpen: true })
  onTestFinished(() => void socket.destroy())
  let all = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => (all = Buffer.concat([all, chunk])))
  socket.on('error', () => {})
  const ended = Promise.race([once(socket, 'end'), once(socket, 'close')])
  socket.write(Buffer.concat([Buffer.from(`${REQUEST}Sec-WebSocket-Protocol: wamp.2.json\r\n\r\n`), Buffer.from(behind, 'hex')]))
  while (!all.includes('\r\n\r\n')) await once(socket, 'data')
  const start = all.indexOf('\r\n\r\n') + 4
  const has = async (octets: number): Promise<void> => {
    while (all.length < start + octets) await once(socket, 'data')
  }
  return { socket, octets: () => all.subarray(start), has, ended }
}

/** A masked frame with the key 00 00 00 00. */
export const bare = (first: string, payload: string): string => `${first}${(0x80 | (payload.length / 2)).toString(16)}00000000${payload}`

/** Makes the socket of the first owner full: the client does not read. */
export async function fill(owner: RecordingOwner): Promise<number> {
  const message = new Uint8Array(100_000).fill(0x20)
  let sent = 0
  await fillKernel(
    () => owner.transport.isWritable,
    () => {
      owner.transport.send(message)
      sent++
    },
  )
  return sent * (message.length + 10)
}
