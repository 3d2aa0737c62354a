// Looks at the first octets of a connection before its server does, and passes the rest on to the server.
// Knows no protocol.

import type { Server, Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** The result of a look: wait for more octets, end the connection, or continue without the first `taken` octets. */
export type FirstLook = 'more' | 'refuse' | { readonly taken: number; readonly goOn: (socket: Socket) => void }

/**
 * Inserts a step before the handlers of a server for each new connection.
 * @param event `connection`, or `secureConnection` for the stream inside TLS
 * @param step calls `goOn` for the connections that the server gets, with the stream that it gets in place of the socket, if any
 */
export function beforeEach(
  server: Server,
  event: 'connection' | 'secureConnection',
  step: (socket: Socket, goOn: (instead?: Duplex) => void) => void,
): void {
  const handlers = server.listeners(event) as ((this: Server, socket: Duplex) => void)[]
  server.removeAllListeners(event)
  server.on(event, (socket: Socket) => {
    step(socket, (instead = socket) => {
      for (const handler of handlers) handler.call(server, instead)
    })
  })
}

/** The connections of a listener whose first octets have not come yet. */
export class FirstLooks {
  readonly #limitMs: number
  readonly #waiting = new Set<Socket>()

  /** @param limitMs how long a peer may take to send enough octets */
  constructor(limitMs: number) {
    this.#limitMs = limitMs
  }

  /** Reads until `look` has seen enough. */
  begin(socket: Socket, look: (octets: Buffer) => FirstLook): void {
    let seen: Buffer = Buffer.alloc(0)
    const refuse = (): void => void socket.destroy()
    const timer = setTimeout(refuse, this.#limitMs).unref()
    const stop = (): void => {
      clearTimeout(timer)
      this.#waiting.delete(socket)
      socket.removeListener('readable', read).removeListener('end', refuse)
      socket.removeListener('error', ignoreBroken).removeListener('close', stop)
    }
    const read = (): void => {
      const chunk = socket.read() as Buffer | null
      if (chunk === null) return
      seen = Buffer.concat([seen, chunk])
      const found = look(seen)
      if (found === 'more') return
      if (found === 'refuse') return refuse()
      stop()
      if (seen.length > found.taken) socket.unshift(seen.subarray(found.taken))
      found.goOn(socket)
    }
    this.#waiting.add(socket)
    socket.on('error', ignoreBroken).on('close', stop).on('end', refuse).on('readable', read)
    read()
  }

  /** Destroys the connections that still wait. */
  destroyAll(): void {
    for (const socket of this.#waiting) socket.destroy()
  }
}

/** 'close' follows. */
function ignoreBroken(): void {}
