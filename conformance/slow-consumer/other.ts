// The one session that reads or does not. Ignores the content of what it reads, so that reading hardly affects the measurement.

import { once } from 'node:events'
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { rawSocketRequest } from '@trunkline/protocol'
import { rawSocketFrame } from '../hostile/frames.ts'

export class Other {
  #request = 0
  readonly #socket: Socket

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('error', () => undefined) // The router closed it, as this session is meant to show.
  }

  /** Joins by RawSocket, JSON. */
  static async join(port: number): Promise<Other> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    await once(socket, 'connect')
    const other = new Other(socket)
    socket.write(rawSocketRequest('json', 15))
    await once(socket, 'data')
    other.#send([1, 'realm1', { roles: { subscriber: {}, caller: {} } }])
    await once(socket, 'data')
    return other
  }

  /** From now on. */
  read(): void {
    this.#socket.on('data', () => undefined)
  }

  /** From now on: what comes stays in the kernel. */
  stop(): void {
    this.#socket.pause()
  }

  async subscribe(topic: string): Promise<void> {
    this.#send([32, ++this.#request, {}, topic])
    await once(this.#socket, 'data')
  }

  call(procedure: string, text: string): void {
    this.#send([48, ++this.#request, {}, procedure, [text]])
  }

  end(): void {
    this.#socket.destroy()
  }

  #send(message: readonly unknown[]): void {
    if (this.#socket.writable) this.#socket.write(rawSocketFrame(0, Buffer.from(JSON.stringify(message))))
  }
}
