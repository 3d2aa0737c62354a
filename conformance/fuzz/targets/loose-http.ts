// A server of node:http that never listens, and sockets without a peer: octets go in, and what is answered comes out at once.

import type { Server } from 'node:http'
import { createServer } from 'node:http'
import { Duplex } from 'node:stream'

/** As http-server.ts makes it. */
export function looseServer(): Server {
  const server = createServer({ maxHeaderSize: 64 * 1024, requireHostHeader: false })
  server.maxHeadersCount = 0
  server.on('clientError', (_error, socket) => socket.destroy())
  return server
}

/** What a server answers to the octets of one connection, in this turn. */
export function answerOf(server: Server, input: Uint8Array): string {
  const socket = new LooseSocket()
  server.emit('connection', socket)
  socket.emit('data', Buffer.from(input))
  const answer = socket.written
  socket.destroy()
  return answer
}

/** A socket without a peer that keeps what is written. */
class LooseSocket extends Duplex {
  written = ''
  readonly remoteAddress = '127.0.0.1'
  readonly remotePort = 1

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.written += chunk.toString('latin1')
    done()
  }

  setTimeout(): this {
    return this
  }

  setNoDelay(): this {
    return this
  }

  destroySoon(): void {
    if (this.writable) this.end()
  }
}
