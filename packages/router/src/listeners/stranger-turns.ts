// Spreads over the turns of the event loop the work that any client can cause before a login: requests, however many come at once,
// and TLS handshakes. Each turn has a slice of time for it, which addresses share, and of an address its connections. Knows no protocol.

import type { Server as HttpServer } from 'node:http'
import type { Server, Socket } from 'node:net'
import { Server as TlsServer } from 'node:tls'

import { beforeEach } from './first-octets.ts'
import { LetIn } from './let-in.ts'
import { EVENT_LOOP } from './read-turns.ts'
import type { Owner } from './rounds.ts'
import { Rounds } from './rounds.ts'
import type { SliceTurns } from './slice.ts'
import { Slice, SLICE_MS } from './slice.ts'

/** How much the parser of requests gets at a time: some thirty of the shortest requests, with their answers some milliseconds. */
const PIECE_OCTETS = 1_024

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
  readonly #ownerOf: (socket: Socket) => Owner
  readonly #waiting = new Rounds<() => void>()
  readonly #slice: Slice
  readonly #rests = new WeakMap<Socket, Rest>()
  /** New connections come before slices. */
  readonly letIn = new LetIn()
  /** The peers that are known from a request, by their connections. */
  readonly #known = new WeakMap<Socket, string>()

  /** @param ownerOf whose share a connection counts to */
  constructor(ownerOf: (socket: Socket) => Owner, turns: SliceTurns = EVENT_LOOP) {
    this.#ownerOf = ownerOf
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
    if (server instanceof TlsServer) beforeEach(server, 'connection', (socket, goOn) => this.begin(socket, goOn))
  }

  /** Begins with a connection in its turn, unless it has ended by then. */
  begin(socket: Socket, goOn: () => void): void {
    socket.on('error', ignoreBroken)
    this.run(socket, () => {
      socket.off('error', ignoreBroken)
      if (!socket.destroyed) goOn()
    })
  }

  /** Returns the octets of a connection that are not read yet, and reads it no more. */
  takeRest(socket: Socket): readonly Buffer[] {
    const octets = this.#rests.get(socket)?.octets ?? []
    this.#rests.delete(socket)
    return octets
  }

  /** Whether octets of a connection wait for their turn. */
  isWaiting(socket: Socket): boolean {
    return this.#rests.get(socket)?.state === 'waiting'
  }

  /**
   * What comes on a connection counts to a peer that has logged in, and does not wait for the strangers of its address.
   * @param peer undefined: to its address again
   */
  setKnown(socket: Socket, peer: string | undefined): void {
    if (peer === undefined) this.#known.delete(socket)
    else this.#known.set(socket, `known ${peer}`)
  }

  /**
   * Runs a task of a connection now, if this turn has time left, none waits and no connections come in; else in a later turn: addresses
   * have turns one after another, and of an address its connections. The task must not throw.
   */
  run(socket: Socket, task: () => void): void {
    if (this.#hasTime()) task()
    else this.#waiting.add(this.#known.get(socket) ?? this.#ownerOf(socket), task)
  }

  #hasTime(): boolean {
    if (this.#waiting.size > 0) return false
    if (!this.#slice.hasBegun) this.#slice.begin(this.letIn.areComing ? 0 : SLICE_MS)
    if (this.letIn.areComing) return false
    return this.#slice.left > 0
  }

  #goOnWaiting(): void {
    if (this.#waiting.size === 0) return
    if (this.letIn.isFirst()) return this.#slice.begin(0)
    this.#slice.begin()
    this.#serve()
  }

  #serve(): void {
    this.#waiting.begin()
    this.#serveNext()
  }

  #serveNext(): void {
    const task = this.#waiting.take()
    if (task === undefined) return
    const began = this.#turns.now()
    task()
    // Node begins a TLS handshake, and reads what a socket has in store, in the next tick: that is part of what a task takes.
    process.nextTick(() => {
      this.#waiting.count(this.#turns.now() - began)
      if (this.#slice.left > 0) this.#serveNext()
    })
  }

  #take(socket: Socket, read: Read, octets: Buffer): void {
    const rest = this.#rests.get(socket)
    // Most requests come in one piece, with nothing before it.
    const mayRead = !socket.isPaused() && !isHeld(socket)
    if (rest === undefined && octets.length <= PIECE_OCTETS && mayRead && this.#hasTime()) return read(octets)
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
    // Something resumed the socket while its client does not read.
    if (isHeld(socket)) return void socket.pause()
    rest.state = 'waiting'
    this.run(socket, () => this.#readPiece(socket, read))
    // While octets wait, no more are read from the socket.
    if (rest.state === 'waiting' && this.#rests.has(socket)) socket.pause()
  }

  #readPiece(socket: Socket, read: Read): void {
    const rest = this.#rests.get(socket)
    if (rest === undefined || socket.destroyed) return
    rest.state = 'flowing'
    if (isHeld(socket)) return
    const octets = rest.octets.shift()
    if (octets === undefined) return
    if (octets.length > PIECE_OCTETS) rest.octets.unshift(octets.subarray(PIECE_OCTETS))
    if (rest.octets.length === 0) this.#rests.delete(socket)
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

/**
 * Whether node:http has paused the socket because its client does not read. node:http does not expect octets then, and ends the process when
 * they come; it resumes a socket that something else has resumed only while it reads that socket itself.
 */
function isHeld(socket: Socket): boolean {
  return (socket as Socket & { readonly _paused?: boolean })._paused === true
}

/** 'close' follows. */
function ignoreBroken(): void {}
