// The way of one node to the servers of NATS: a proxy before each, which may drop, hold back and repeat the messages of other nodes as
// core NATS may. The connections themselves stay as they are, so that neither side notices by them.

import { once } from 'node:events'
import type { AddressInfo, Server, Socket } from 'node:net'
import { connect, createServer } from 'node:net'
import { NatsStream } from './nats-stream.ts'
import type { Piece } from './nats-stream.ts'
import type { Forecast } from './words.ts'

interface Weather extends Omit<Forecast, 'deafTo'> {
  readonly deafTo: ReadonlySet<string>
}

const CLEAR: Weather = { deafTo: new Set(), loss: 0, repetition: 0, delayMs: 0 }

export class NatsWay {
  weather: Weather = CLEAR
  readonly #servers: readonly Server[]

  private constructor(servers: readonly Server[]) {
    this.#servers = servers
  }

  /** @param ports those of the servers, on loopback */
  static async open(ports: readonly number[]): Promise<NatsWay> {
    const servers = ports.map(() => createServer({ noDelay: true }))
    const way = new NatsWay(servers)
    for (const [i, server] of servers.entries()) server.on('connection', (socket) => way.#join(socket, ports[i] ?? 0))
    await Promise.all(servers.map((server) => once(server.listen(0, '127.0.0.1'), 'listening')))
    return way
  }

  get urls(): string[] {
    return this.#servers.map((server) => `nats://127.0.0.1:${(server.address() as AddressInfo).port}`)
  }

  #join(node: Socket, port: number): void {
    const server = connect({ host: '127.0.0.1', port, noDelay: true })
    const stream = new NatsStream()
    for (const [socket, other] of [
      [node, server],
      [server, node],
    ] as const) {
      socket.on('error', () => undefined) // Its `close` follows.
      socket.on('close', () => other.destroy())
    }
    node.on('data', (chunk) => server.write(chunk))
    server.on('data', (chunk: Buffer) => {
      for (const piece of stream.take(chunk)) this.#pass(piece, node)
    })
  }

  #pass({ octets, subject, payload }: Piece, node: Socket): void {
    const { deafTo, loss, repetition, delayMs } = this.weather
    if (subject === undefined) return void node.write(octets)
    if (deafTo.size > 0 && deafTo.has(senderOf(subject, payload))) return
    if (Math.random() < loss) return
    const times = Math.random() < repetition ? 2 : 1
    for (let i = 0; i < times; i++) {
      if (delayMs === 0) node.write(octets)
      else setTimeout(() => node.writable && node.write(octets), Math.random() * delayMs)
    }
  }
}

/** Packets name their sender in the subject, a HELLO in itself. */
function senderOf(subject: string, payload: Buffer | undefined): string {
  if (!subject.endsWith('.hello')) return subject.slice(subject.lastIndexOf('.') + 1)
  return /"node":"([^"]*)"/.exec(payload?.toString('latin1') ?? '')?.[1] ?? ''
}
