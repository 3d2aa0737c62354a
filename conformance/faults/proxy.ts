// A TCP proxy between a part and the router, which can be slow, stall, die without closing, or be cut.
// Forwards octets; knows no protocol.

import { once } from 'node:events'
import type { AddressInfo, Server, Socket } from 'node:net'
import { connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** What happens to octets in one direction: they are passed on, kept for later, or lost. */
export type Way = 'open' | 'stalled' | 'dead'

export class Proxy {
  /** To the router and back. */
  #ways: { up: Way; down: Way } = { up: 'open', down: 'open' }
  #delayMs = 0
  readonly #server: Server
  readonly #target: number
  readonly #sockets = new Set<Socket>()
  #wake: (() => void)[] = []

  private constructor(server: Server, target: number) {
    this.#server = server
    this.#target = target
    server.on('connection', (socket) => this.#join(socket))
  }

  /** @param target a port on loopback */
  static async open(target: number): Promise<Proxy> {
    const server = createServer({ noDelay: true, allowHalfOpen: true })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    return new Proxy(server, target)
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** From now on; stalled octets are passed on when their direction is open again. */
  set(up: Way, down: Way): void {
    this.#ways = { up, down }
    for (const wake of this.#wake.splice(0)) wake()
  }

  /** Each chunk is held back so long. */
  delay(milliseconds: number): void {
    this.#delayMs = milliseconds
  }

  /** Breaks all connections, with a reset on both sides. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  close(): void {
    this.cut()
    this.#server.close()
  }

  #join(client: Socket): void {
    const router = connect({ host: '127.0.0.1', port: this.#target, noDelay: true, allowHalfOpen: true })
    for (const socket of [client, router]) {
      this.#sockets.add(socket)
      socket.on('error', () => undefined) // Its `close` follows.
      socket.once('close', () => this.#sockets.delete(socket))
    }
    void this.#pump(client, router, 'up')
    void this.#pump(router, client, 'down')
  }

  /** A dead direction takes octets and sends nothing, not even the end of the other connection. */
  async #pump(from: Socket, to: Socket, way: 'up' | 'down'): Promise<void> {
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        if (this.#delayMs > 0) await sleep(this.#delayMs)
        await this.#untilMoving(way)
        if (this.#ways[way] === 'dead') continue
        if (!to.write(chunk)) await Promise.race([once(to, 'drain'), once(to, 'close')])
      }
      await this.#untilMoving(way)
      if (this.#ways[way] === 'open') to.end()
    } catch {
      // The connection broke: the one on the other side breaks too, unless this direction is dead.
      await this.#untilMoving(way)
      if (this.#ways[way] === 'open') to.resetAndDestroy()
    }
  }

  async #untilMoving(way: 'up' | 'down'): Promise<void> {
    while (this.#ways[way] === 'stalled') await new Promise<void>((resolve) => void this.#wake.push(resolve))
  }
}
