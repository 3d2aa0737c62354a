// Shares out over the turns of the event loop what anybody can make a listener do before a login: requests, however many come
// at once, and TLS handshakes. In each turn there is a slice of time for it. Knows no protocol.

import type { Server as HttpServer } from 'node:http'
import type { Server, Socket } from 'node:net'
import { Server as TlsServer } from 'node:tls'

import { beforeEach } from './first-octets.ts'
import type { TurnsOfReading } from './read-turns.ts'
import { EVENT_LOOP } from './read-turns.ts'

const SLICE_MS = 5
/** What is given to the parser of requests at a time: some seventy of the shortest. */
const PIECE_OCTETS = 2_048

/** What a server does with what comes. */
type Read = (octets?: Buffer) => void

/** What has not been read yet of a connection. */
interface Rest {
  readonly octets: Buffer[]
  /** Whether it waits for its turn; the socket is paused meanwhile. */
  state: 'flowing' | 'waiting'
  /** To be called when all is read: no more comes. */
  end?: Read
}

export class StrangerTurns {
  readonly #turns: TurnsOfReading
  #waiting: (() => void)[] = []
  #end = 0
  #isBegun = false
  readonly #rests = new WeakMap<Socket, Rest>()

  constructor(turns: TurnsOfReading = EVENT_LOOP) {
    this.#turns = turns
  }

  /** Has an HTTP server read its connections piece by piece. */
  paceRequests(server: HttpServer): void {
    beforeEach(server, server instanceof TlsServer ? 'secureConnection' : 'connection', (socket, goOn) => {
      const before = [...socket.listeners('data'), ...socket.listeners('end')]
      goOn()
      const read = takeOver(socket, 'data', before)
      const end = takeOver(socket, 'end', before)
      socket.on('data', (octets: Buffer) => this.#take(socket, read, octets)).on('end', () => this.#onEnd(socket, end))
      socket.on('resume', () => this.#goOn(socket, read))
    })
  }

  /** Has a TLS server begin its handshakes one after another: each costs a signature. */
  paceHandshakes(server: Server): void {
    if (!(server instanceof TlsServer)) return
    beforeEach(server, 'connection', (socket, goOn) => {
      socket.on('error', ignoreBroken)
      this.run(() => {
        socket.off('error', ignoreBroken)
        if (!socket.destroyed) goOn()
      })
    })
  }

  /** What of a connection has not been read; it is not read any more. */
  takeRest(socket: Socket): readonly Buffer[] {
    const octets = this.#rests.get(socket)?.octets ?? []
    this.#rests.delete(socket)
    return octets
  }

  /** Does it now, if there is time in this turn and nothing waits; else in a later turn, in order. It throws nothing. */
  run(task: () => void): void {
    if (this.#hasTime()) task()
    else this.#waiting.push(task)
  }

  #hasTime(): boolean {
    if (!this.#isBegun) this.#beginTurn()
    return this.#waiting.length === 0 && this.#turns.now() < this.#end
  }

  #beginTurn(): void {
    this.#isBegun = true
    this.#end = this.#turns.now() + SLICE_MS
    this.#turns.nextTurn(() => this.#nextTurn())
  }

  #nextTurn(): void {
    this.#isBegun = false
    if (this.#waiting.length === 0) return
    this.#beginTurn()
    let done = 0
    for (const task of this.#waiting) {
      task()
      done++
      if (this.#turns.now() >= this.#end) break
    }
    this.#waiting = this.#waiting.slice(done)
  }

  #take(socket: Socket, read: Read, octets: Buffer): void {
    const rest = this.#rests.get(socket)
    // As most requests are: one piece, and nothing before it.
    if (rest === undefined && octets.length <= PIECE_OCTETS && !socket.isPaused() && this.#hasTime()) return read(octets)
    if (rest === undefined) this.#rests.set(socket, { octets: [octets], state: 'flowing' })
    else rest.octets.push(octets)
    this.#goOn(socket, read)
  }

  /** The reader is told of the end when it has read all. */
  #onEnd(socket: Socket, end: Read): void {
    const rest = this.#rests.get(socket)
    if (rest === undefined) end()
    else rest.end = end
  }

  /** Reads on in its turn; unless the reader has paused the socket, as for a client that does not read: then when that is over. */
  #goOn(socket: Socket, read: Read): void {
    const rest = this.#rests.get(socket)
    if (rest?.state !== 'flowing' || socket.isPaused()) return
    rest.state = 'waiting'
    this.run(() => this.#readPiece(socket, read))
    // While something waits, no more is taken.
    if (rest.state === 'waiting' && this.#rests.has(socket)) socket.pause()
  }

  #readPiece(socket: Socket, read: Read): void {
    const rest = this.#rests.get(socket)
    const octets = rest?.octets.shift()
    if (rest === undefined || octets === undefined || socket.destroyed) return
    if (octets.length > PIECE_OCTETS) rest.octets.unshift(octets.subarray(PIECE_OCTETS))
    if (rest.octets.length === 0) this.#rests.delete(socket)
    rest.state = 'flowing'
    if (socket.isPaused()) socket.resume()
    read(octets.subarray(0, PIECE_OCTETS))
    this.#goOn(socket, read)
    // Later: the answers to what was read last are to leave before.
    if (rest.octets.length === 0 && rest.end !== undefined) this.#turns.nextTurn(rest.end)
  }
}

/** Takes the listeners that were added to a socket off it. @returns calls them */
function takeOver(socket: Socket, event: 'data' | 'end', before: readonly unknown[]): Read {
  const added = (socket.listeners(event) as Read[]).filter((listener) => !before.includes(listener))
  for (const listener of added) socket.off(event, listener)
  return (octets) => {
    for (const listener of added) listener.call(socket, octets)
  }
}

/** 'close' follows. */
function ignoreBroken(): void {}
