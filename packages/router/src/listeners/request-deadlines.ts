// The time limit of a request is that of its client: node:http counts also the time in which octets that have come wait for their
// turn in the router. A request that is late while they wait has the limit once more. Answers nothing itself.

import type { Server as HttpServer, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

/** What a connection may still do after its time limit. */
interface Extension {
  /** The request that has not come whole, or the next one; undefined before its head has come. */
  request: IncomingMessage | undefined
  timer: NodeJS.Timeout
}

export class RequestDeadlines {
  readonly #isWaiting: (socket: Socket) => boolean
  readonly #limitMs: number
  readonly #onLate: (socket: Socket) => void
  readonly #extended = new Map<Socket, Extension>()

  /**
   * @param isWaiting whether octets of a connection wait in the router
   * @param onLate called for a connection whose request has not come whole when the further time is over as well
   */
  constructor(isWaiting: (socket: Socket) => boolean, limitMs: number, onLate: (socket: Socket) => void) {
    this.#isWaiting = isWaiting
    this.#limitMs = limitMs
    this.#onLate = onLate
  }

  /** An idle connection is ended by node:http, unless the next request has come and waits. */
  watch(server: HttpServer): void {
    server.on('timeout', (socket: Socket) => {
      if (!this.#isWaiting(socket)) socket.destroy()
    })
  }

  /** The head of a request has come. */
  onRequest(request: IncomingMessage): void {
    const extension = this.#extended.get(request.socket)
    if (extension !== undefined) extension.request ??= request
  }

  /**
   * A request is late by the clock of node:http, which looks at it no more. Whether it may still come, because of the router.
   * @param unfinished the request whose body has not come whole, if any
   */
  extends(socket: Socket, unfinished: IncomingMessage | undefined): boolean {
    if (!this.#isWaiting(socket)) return false
    this.#end(socket)
    this.#extended.set(socket, { request: unfinished, timer: this.#wait(socket) })
    socket.once('close', () => this.#end(socket))
    return true
  }

  /** The connection is none of node:http any more. */
  forget(socket: Socket): void {
    this.#end(socket)
  }

  #wait(socket: Socket): NodeJS.Timeout {
    return setTimeout(() => this.#look(socket), this.#limitMs).unref()
  }

  #look(socket: Socket): void {
    const extension = this.#extended.get(socket)
    if (extension === undefined) return
    if (extension.request?.complete !== true && this.#isWaiting(socket)) {
      extension.timer = this.#wait(socket)
      return
    }
    this.#end(socket)
    if (extension.request?.complete !== true) this.#onLate(socket)
  }

  #end(socket: Socket): void {
    clearTimeout(this.#extended.get(socket)?.timer)
    this.#extended.delete(socket)
  }
}
