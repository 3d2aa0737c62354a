// The sockets of a listener that are no connection of WAMP yet: each has a place and counts what it sends, from its first
// moment, before TLS and HTTP. Knows of a request only whether it is complete, and of TLS only how long a record is.

import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http'
import type { Server, Socket } from 'node:net'
import { Server as TlsServer } from 'node:tls'

import type { Entrance } from './entrance.ts'
import type { FirstLook, FirstLooks } from './first-octets.ts'
import { beforeEach } from './first-octets.ts'
import { hostAndPort } from './listener.ts'
import type { ListenerOptions, Place } from './listener.ts'

const TLS_HANDSHAKE = 0x16
const TLS_HEADER_OCTETS = 5
/** Longer ones break TLS, which says so itself. */
const LONGEST_TLS_RECORD = 16_384
const NO_PLACE: Place = { take: () => undefined, release: () => {}, leave: () => {} }

/** A socket that came. */
interface Arrival {
  address: string | undefined
  /** Undefined when it has none, as while an answer is owed to a peer that is known. */
  place: Place | undefined
  request: IncomingMessage | undefined
  isKnown: boolean
  lastOctets: number
}

export class Arrivals {
  readonly #options: Pick<ListenerOptions, 'arrive' | 'onRefused'>
  readonly #entrance: Entrance
  readonly #bySocket = new WeakMap<Socket, Arrival>()
  /** Those within TLS by their other end: TLS puts another object in the place of the socket. */
  readonly #underTls = new Map<string, Arrival>()

  constructor(options: Pick<ListenerOptions, 'arrive' | 'onRefused'>, entrance: Entrance) {
    this.#options = options
    this.#entrance = entrance
  }

  /** Gives each connection of a server a place, has the entrance look at it, and keeps it from TLS until a whole record has come. */
  guard(server: Server, looks: FirstLooks): void {
    const isTls = server instanceof TlsServer
    if (isTls) {
      beforeEach(server, 'secureConnection', (socket, goOn) => {
        const arrival = this.#underTls.get(keyOf(socket))
        if (arrival !== undefined) this.#bySocket.set(socket, arrival)
        goOn()
      })
      beforeEach(server, 'connection', (socket, goOn) => looks.begin(socket, (octets) => lookAtRecord(octets, goOn)))
    }
    beforeEach(server, 'connection', (socket, goOn) => {
      if (this.#isPlaced(socket)) goOn()
    })
    this.#entrance.guard(server, looks)
    beforeEach(server, 'connection', (socket, goOn) => {
      this.#add(socket, isTls)
      if (this.#isPlaced(socket)) goOn()
    })
  }

  /** Counts what comes to an HTTP server. To be called before {@link guard}. */
  watch(server: HttpServer): void {
    beforeEach(server, server instanceof TlsServer ? 'secureConnection' : 'connection', (socket, goOn) => {
      goOn()
      // Not before: node:http would read past it.
      socket.on('data', (chunk: Buffer) => this.#onOctets(socket, chunk.length))
    })
  }

  /** A request came; it may be incomplete. */
  onRequest(request: IncomingMessage): void {
    const arrival = this.#bySocket.get(request.socket)
    if (arrival !== undefined) arrival.request = request
  }

  /** A request is of a peer that is counted elsewhere: the socket takes no place until it is answered. */
  setKnown({ socket }: IncomingMessage, response: ServerResponse): void {
    const arrival = this.#bySocket.get(socket)
    if (arrival === undefined || response.writableEnded) return
    arrival.isKnown = true
    leave(arrival)
    response.once('finish', () => {
      arrival.isKnown = false
      // What came behind the request may be the beginning of another.
      if (!socket.destroyed) this.#count(socket, arrival, arrival.lastOctets)
    })
  }

  /** It is a connection of WAMP now, or goes. */
  leave(socket: Socket): void {
    const arrival = this.#bySocket.get(socket)
    if (arrival === undefined) return
    this.#bySocket.delete(socket)
    arrival.isKnown = true
    leave(arrival)
  }

  #add(socket: Socket, isTls: boolean): void {
    const arrival: Arrival = { address: undefined, place: undefined, request: undefined, isKnown: false, lastOctets: 0 }
    const key = keyOf(socket)
    this.#bySocket.set(socket, arrival)
    if (isTls && socket.remotePort !== undefined) this.#underTls.set(key, arrival)
    socket.once('close', () => {
      arrival.isKnown = true
      leave(arrival)
      if (isTls) this.#underTls.delete(key)
    })
  }

  /** Whether a socket has a place, by the address that is known now. Without one it is ended. */
  #isPlaced(socket: Socket): boolean {
    const arrival = this.#bySocket.get(socket)
    if (arrival === undefined) return false
    const address = this.#entrance.shareOf(socket)
    if (arrival.place !== undefined && address !== arrival.address) leave(arrival)
    arrival.address = address
    return this.#enter(socket, arrival)
  }

  #enter(socket: Socket, arrival: Arrival): boolean {
    if (arrival.place !== undefined) return true
    const { arrive } = this.#options
    const place = arrive === undefined ? NO_PLACE : arrive(arrival.address)
    if ('limit' in place) return this.#refuse(socket, 'too many connections that have not logged in yet')
    arrival.place = place
    return true
  }

  #onOctets(socket: Socket, octets: number): void {
    const arrival = this.#bySocket.get(socket)
    if (arrival === undefined) return
    arrival.lastOctets = octets
    if (!arrival.isKnown) this.#count(socket, arrival, octets)
  }

  /** What stands counted is all since the chunk in which the last request ended. */
  #count(socket: Socket, arrival: Arrival, octets: number): void {
    if (!this.#enter(socket, arrival)) return
    if (arrival.place?.take(octets) !== undefined) this.#refuse(socket, 'too many octets from connections that have not logged in yet')
    else if (arrival.request?.complete === true) {
      arrival.place?.release()
      arrival.place?.take(octets)
      arrival.request = undefined
    }
  }

  #refuse(socket: Socket, text: string): false {
    this.#options.onRefused?.({ peer: this.#entrance.peerOf(socket), address: this.#entrance.addressOf(socket), text })
    socket.destroy()
    return false
  }
}

function leave(arrival: Arrival): void {
  arrival.place?.leave()
  arrival.place = undefined
}

/** A TLS session takes fifty kilobytes: it is made for those that send a whole first record. */
function lookAtRecord(octets: Buffer, goOn: () => void): FirstLook {
  if (octets[0] === TLS_HANDSHAKE) {
    if (octets.length < TLS_HEADER_OCTETS) return 'more'
    const length = octets.readUInt16BE(TLS_HEADER_OCTETS - 2)
    if (length <= LONGEST_TLS_RECORD && octets.length < TLS_HEADER_OCTETS + length) return 'more'
  }
  return { taken: 0, goOn }
}

function keyOf({ remoteAddress, remotePort }: Socket): string {
  return hostAndPort(remoteAddress, remotePort)
}
