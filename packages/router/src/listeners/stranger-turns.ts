// Spreads over the turns of the event loop the work that any client can cause before a login: requests, however many come at once,
// and TLS handshakes. Each turn has a slice of time for it. Knows no protocol.

import type { Server as HttpServer } from 'node:http'
import type { Server, Socket } from 'node:net'
import { Server as TlsServer } from 'node:tls'

import { beforeEach } from './first-octets.ts'
import { EVENT_LOOP } from './read-turns.ts'
import type { SliceTurns } from './slice.ts'
import { Slice } from './slice.ts'

/** How much the parser of requests gets at a time: some seventy of the shortest requests. */
const PIECE_OCTETS = 2_048

/** The server's handler for incoming octets. */
type Read = (octets?: Buffer) => void

/** Octets of a connection that are not read yet. */
interface Rest {
  readonly octets: Buffer[]
  /** Whether it waits for its turn; the socket is paused meanwhile. */
  state: 'flowing' | 'waiting'
  /** Called when all is read, if the stream has ended. */
  end?: Read
}

export class StrangerTurns {
  readonly #turns: SliceTurns
  #waiting: (() => void)[] = []
  readonly #slice: Slice
  readonly #rests = new WeakMap<Socket, Rest>()

  constructor(turns: SliceTurns = EVENT_LOOP) {
    this.#turns = turns
    this.#slice = new Slice(turns, () => this.#goOnWaiting())
  }

  /** Makes an HTTP server read its connections piece by piece. */
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

  /** Makes a TLS server begin its handshakes one after another, since each costs a signature. */
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

  /** Returns the octets of a connection that are not read yet, and reads it no more. */
  takeRest(socket: Socket): readonly Buffer[] {
    const octets = this.#rests.get(socket)?.octets ?? []
    this.#rests.delete(socket)
    return octets
  }

  /** Runs a task now, if this turn has time left and no task waits; else in a later turn, in order. The task must not throw. */
  run(task: () => void): void {
    if (this.#hasTime()) task()
    else this.#waiting.push(task)
  }

  #hasTime(): boolean {
    if (!this.#slice.hasBegun) this.#slice.begin()
    return this.#waiting.length === 0 && this.#slice.left > 0
  }

  #goOnWaiting(): void {
    if (this.#waiting.length === 0) return
    this.#slice.begin()
    let done = 0
    for (const task of this.#waiting) {
      task()
      done++
      if (this.#slice.left <= 0) break
    }
    this.#waiting = this.#waiting.slice(done)
  }

  #take(socket: Socket, read: Read, octets: Buffer): void {
    const rest = this.#rests.get(socket)
    // Most requests come in one piece, with nothing before it.
    if (rest === undefined && octets.length <= PIECE_OCTETS && !socket.isPaused() && this.#hasTime()) return read(octets)
    if (rest === undefined) this.#rests.set(socket, { octets: [octets], state: 'flowing' })
    else rest.octets.push(octets)
    this.#goOn(socket, read)
  }

  /** The reader gets the end after it has read everything. */
  #onEnd(socket: Socket, end: Read): void {
    const rest = this.#rests.get(socket)
    if (rest === undefined) end()
    else rest.end = end
  }

  /** Continues reading in its turn. If the reader has paused the socket (its client does not read), waits until it resumes. */
  #goOn(socket: Socket, read: Read): void {
    const rest = this.#rests.get(socket)
    // A reader that wants more of a body resumes the socket; what comes meanwhile would be kept here.
    if (rest?.state === 'waiting') return void socket.pause()
    if (rest === undefined || socket.isPaused()) return
    rest.state = 'waiting'
    this.run(() => this.#readPiece(socket, read))
    // While octets wait, no more are read from the socket.
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
    // In a later turn, so that the answers to what was read last leave first.
    if (rest.octets.length === 0 && rest.end !== undefined) this.#turns.nextTurn(rest.end)
  }
}

/** Removes the listeners that were added to a socket. @returns a function that calls them */
function takeOver(socket: Socket, event: 'data' | 'end', before: readonly unknown[]): Read {
  const added = (socket.listeners(event) as Read[]).filter((listener) => !before.includes(listener))
  for (const listener of added) socket.off(event, listener)
  return (octets) => {
    for (const listener of added) listener.call(socket, octets)
  }
}

/** 'close' follows. */
function ignoreBroken(): void {}
