// The sockets of a listener that are not WAMP connections yet: each has a place and counts what it sends, from its first
// moment, before TLS and HTTP. Knows of a request only whether it is complete, and of TLS only the length of a record.

import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http'
import type { Server, Socket } from 'node:net'
import { Server as TlsServer } from 'node:tls'

import type { Place } from '../core/ports/index.ts'
import type { Entrance } from './entrance.ts'
import type { FirstLook, FirstLooks } from './first-octets.ts'
import { beforeEach } from './first-octets.ts'
import { hostAndPort } from './listener.ts'
import type { ListenerOptions } from './listener.ts'

const TLS_HANDSHAKE = 0x16
const TLS_HEADER_OCTETS = 5
/** Longer records violate TLS, which reports that itself. */
const LONGEST_TLS_RECORD = 16_384

const arrivalOf = Symbol('arrival')

interface ArrivedSocket extends Socket {
  [arrivalOf]?: Arrival | undefined
}

/** What the sockets of one listener share. */
interface Context extends Pick<ListenerOptions, 'arrive' | 'onRefused'> {
  readonly entrance: Entrance
}

export class Arrivals {
  readonly #context: Context
  /** Sockets with TLS, by remote address and port: TLS replaces the socket object. */
  readonly #underTls = new Map<string, Arrival>()

  constructor({ arrive, onRefused }: Pick<ListenerOptions, 'arrive' | 'onRefused'>, entrance: Entrance) {
    this.#context = { arrive, onRefused, entrance }
  }

  /** Gives each connection of a server a place, lets the entrance check it, and starts TLS only after a whole record has come. */
  guard(server: Server, looks: FirstLooks): void {
    const { entrance } = this.#context
    const isTls = server instanceof TlsServer
    if (isTls) {
      beforeEach(server, 'secureConnection', (socket, goOn) => {
        this.#underTls.get(keyOf(socket))?.continueOn(socket)
        goOn()
      })
      beforeEach(server, 'connection', (socket, goOn) => looks.begin(socket, (octets) => lookAtRecord(octets, goOn)))
    }
    if (entrance.takesHeaders) {
      beforeEach(server, 'connection', (socket: ArrivedSocket, goOn) => {
        if (socket[arrivalOf]?.isPlaced() === true) goOn()
      })
      entrance.guard(server, looks)
    }
    beforeEach(server, 'connection', (socket, goOn) => {
      const arrival = new Arrival(socket, this.#context)
      if (isTls) this.#remember(socket, arrival)
      if (arrival.isPlaced()) goOn()
    })
  }

  /** Starts TLS only for sockets that get a place for it. Call this before {@link guard}. */
  guardTls(server: Server): void {
    if (!(server instanceof TlsServer)) return
    beforeEach(server, 'connection', (socket: ArrivedSocket, goOn) => {
      if (socket[arrivalOf]?.beginTls() === true) goOn()
    })
  }

  /** Counts octets that come to an HTTP server. Call this before {@link guard}. */
  watch(server: HttpServer): void {
    beforeEach(server, server instanceof TlsServer ? 'secureConnection' : 'connection', (socket, goOn) => {
      goOn()
      // After `goOn`, or node:http would read past this listener.
      socket.on('data', countOctets)
    })
  }

  /** A request came; it may be incomplete. */
  onRequest(request: IncomingMessage): void {
    const arrival = (request.socket as ArrivedSocket)[arrivalOf]
    if (arrival !== undefined) arrival.request = request
  }

  /** The request belongs to a peer that is counted elsewhere: the socket takes no place until it is answered. */
  setKnown({ socket }: IncomingMessage, response: ServerResponse): void {
    if (!response.writableEnded) (socket as ArrivedSocket)[arrivalOf]?.setKnown(response)
  }

  /** The place of a socket. */
  placeOf(socket: ArrivedSocket): Place | undefined {
    return socket[arrivalOf]?.place
  }

  /** The socket is now a WAMP connection: the caller keeps its place, and has to leave it. */
  handOver(socket: ArrivedSocket): Place | undefined {
    const place = socket[arrivalOf]?.handOver()
    socket[arrivalOf] = undefined
    return place
  }

  #remember(socket: Socket, arrival: Arrival): void {
    if (socket.remotePort === undefined) return
    const key = keyOf(socket)
    this.#underTls.set(key, arrival)
    socket.once('close', () => this.#underTls.delete(key))
  }
}

/** Whether a socket may become a connection from an address; its place then becomes that of the connection. */
export function isConnected(place: Place | undefined, address: string | undefined, hasRoom: ListenerOptions['hasRoom']): boolean {
  return place === undefined ? hasRoom?.(address) !== false : place.connect(address) === undefined
}

/** A new socket. */
class Arrival {
  readonly #context: Context
  #socket: ArrivedSocket
  #address: string | undefined
  /** Undefined when it has none, as during a request of a peer counted elsewhere. */
  place: Place | undefined
  request: IncomingMessage | undefined
  #isKnown = false
  #isTls = false
  #lastOctets = 0

  constructor(socket: ArrivedSocket, context: Context) {
    this.#context = context
    this.#socket = socket
    socket[arrivalOf] = this
    socket.on('close', leaveAtClose)
  }

  /** TLS has replaced the socket object. */
  continueOn(socket: ArrivedSocket): void {
    this.#socket = socket
    socket[arrivalOf] = this
  }

  /** Whether it gets a place by its present address. Without a place it is destroyed. */
  isPlaced(): boolean {
    const address = this.#context.entrance.shareOf(this.#socket)
    if (address !== this.#address) this.#leave()
    this.#address = address
    return this.#enter()
  }

  /** Whether it may begin TLS. Without a place for that it is destroyed. */
  beginTls(): boolean {
    this.#isTls = true
    return this.#enter()
  }

  /** Counts octets that came. */
  onOctets(octets: number): void {
    this.#lastOctets = octets
    if (!this.#isKnown) this.#count(octets)
  }

  setKnown(response: ServerResponse): void {
    this.#isKnown = true
    this.#leave()
    response.once('finish', () => {
      this.#isKnown = false
      // What came after the request may be the beginning of another.
      if (!this.#socket.destroyed) this.#count(this.#lastOctets)
    })
  }

  handOver(): Place | undefined {
    const { place } = this
    this.place = undefined
    this.#isKnown = true
    return place
  }

  onClose(): void {
    this.#isKnown = true
    this.#leave()
  }

  #enter(): boolean {
    const { arrive } = this.#context
    if (arrive === undefined) return true
    const place = this.place ?? arrive(this.#address)
    if ('limit' in place) return this.#refuse('too many connections that have not logged in yet')
    this.place = place
    if (!this.#isTls || place.beginTls() === undefined) return true
    return this.#refuse('too many TLS connections that have not logged in yet')
  }

  /** Counts all octets since the chunk in which the last request ended. */
  #count(octets: number): void {
    if (!this.#enter()) return
    if (this.place?.take(octets) !== undefined) this.#refuse('too many octets from connections that have not logged in yet')
    else if (this.request?.complete === true) {
      this.place?.release()
      this.place?.take(octets)
      this.request = undefined
    }
  }

  #refuse(text: string): false {
    const { entrance, onRefused } = this.#context
    onRefused?.({ peer: entrance.peerOf(this.#socket), address: entrance.addressOf(this.#socket), text })
    this.#socket.destroy()
    return false
  }

  #leave(): void {
    this.place?.leave()
    this.place = undefined
  }
}

function countOctets(this: ArrivedSocket, chunk: Buffer): void {
  this[arrivalOf]?.onOctets(chunk.length)
}

function leaveAtClose(this: ArrivedSocket): void {
  this[arrivalOf]?.onClose()
}

/** A TLS session takes fifty kilobytes: it starts only after a whole first record, of a handshake, has come. */
function lookAtRecord(octets: Buffer, goOn: () => void): FirstLook {
  if (octets[0] !== TLS_HANDSHAKE) return 'refuse'
  if (octets.length < TLS_HEADER_OCTETS) return 'more'
  const length = octets.readUInt16BE(TLS_HEADER_OCTETS - 2)
  if (length <= LONGEST_TLS_RECORD && octets.length < TLS_HEADER_OCTETS + length) return 'more'
  return { taken: 0, goOn }
}

function keyOf({ remoteAddress, remotePort }: Socket): string {
  return hostAndPort(remoteAddress, remotePort)
}
