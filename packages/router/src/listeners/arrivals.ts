// The sockets of a listener that are not WAMP connections yet: each has a place and counts what it sends, from its first
// moment, before TLS and HTTP. Knows of a request only whether it is complete, and of TLS only the length of a record.

import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http'
import type { Server, Socket } from 'node:net'
import { Server as TlsServer } from 'node:tls'

import type { Place } from '../core/ports/index.ts'
import { DatalessRecords } from './dataless-records.ts'
import type { Entrance } from './entrance.ts'
import type { FirstLook, FirstLooks } from './first-octets.ts'
import { beforeEach } from './first-octets.ts'
import type { ListenerOptions } from './listener.ts'
import { endWith } from './http-answer.ts'
import { requestOctets } from './request-octets.ts'
import { socketUnder } from './socket-under.ts'

const TLS_HANDSHAKE = 0x16
const TLS_HEADER_OCTETS = 5
/** Longer records violate TLS, which reports that itself. */
const LONGEST_TLS_RECORD = 16_384
const TLS_CLIENT_HELLO = 1
const TLS_HANDSHAKE_HEADER_OCTETS = 4
const TOO_MANY = 'too many connections that have not logged in yet'
const UNAVAILABLE = '503 Service Unavailable'
const TOO_MANY_OCTETS = 'too many octets from connections that have not logged in yet'

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

  constructor({ arrive, onRefused }: Pick<ListenerOptions, 'arrive' | 'onRefused'>, entrance: Entrance) {
    this.#context = { arrive, onRefused, entrance }
  }

  /** Gives each connection of a server a place, lets the entrance check it, and starts TLS only after a whole record has come. */
  guard(server: Server, looks: FirstLooks): void {
    const { entrance } = this.#context
    const isTls = server instanceof TlsServer
    if (isTls) {
      const records = new DatalessRecords((socket) => this.#refuseRecords(socket))
      beforeEach(server, 'secureConnection', (socket, goOn) => {
        const arrival = socketUnder<ArrivedSocket>(socket)[arrivalOf]
        arrival?.continueOn(socket)
        if (arrival !== undefined) records.watch(socket)
        goOn()
      })
      beforeEach(server, 'connection', (socket: ArrivedSocket, goOn) => {
        const arrival = socket[arrivalOf]
        looks.begin(socket, (octets) => (arrival?.holds(octets.length) === false ? 'refuse' : lookAtRecord(octets, goOn)))
      })
    }
    if (entrance.takesHeaders) {
      beforeEach(server, 'connection', (socket: ArrivedSocket, goOn) => {
        if (socket[arrivalOf]?.isPlaced() === true) goOn()
      })
      entrance.guard(server, looks)
    }
    beforeEach(server, 'connection', (socket, goOn) => {
      if (entrance.isBroken(socket)) socket.destroy()
      else if (new Arrival(socket, this.#context).isPlaced()) goOn()
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

  /**
   * A request came; it may be incomplete. One that a trusted proxy brings counts to its client from now on.
   * @returns whether there is a place for it
   */
  onRequest(request: IncomingMessage, response: ServerResponse): boolean {
    const arrival = (request.socket as ArrivedSocket)[arrivalOf]
    return arrival === undefined || arrival.onRequest(request, response)
  }

  /**
   * The request belongs to a peer that is counted elsewhere: the socket takes no place until it is answered.
   * @param count counts octets to that peer: those held by now, and those that come until the answer. Absent: they do not count
   */
  setKnown({ socket }: IncomingMessage, response: ServerResponse, count?: (octets: number) => void): void {
    if (!response.writableEnded) (socket as ArrivedSocket)[arrivalOf]?.setKnown(response, count)
  }

  /** The request of a socket whose body has not come whole, if any. */
  unfinished(socket: ArrivedSocket): IncomingMessage | undefined {
    return socket[arrivalOf]?.unfinished
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

  #refuseRecords(socket: Socket): void {
    const { entrance, onRefused } = this.#context
    onRefused?.({ peer: entrance.peerOf(socket), address: entrance.addressOf(socket), text: 'too many TLS records without data' })
    socket.destroy()
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
  /** Whether a trusted proxy has opened it. */
  #isProxied = false
  /** Whether no request of that proxy has said yet whose it is. */
  #isForAny = false
  /** Undefined when it has none, as during a request of a peer counted elsewhere. */
  place: Place | undefined
  /** The last request, until all of it has come. */
  #request: IncomingMessage | undefined
  #response: ServerResponse | undefined
  #unanswered = 0
  #isKnown = false
  #countElsewhere: ((octets: number) => void) | undefined
  #isTls = false
  #lastOctets = 0
  /** Octets since all that came before was answered. */
  #held = 0
  /** Those since the chunk in which the last request ended: they may be the beginning of another. */
  #behind = 0

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
    const { entrance } = this.#context
    const address = entrance.shareOf(this.#socket)
    if (address !== this.#address) this.#leave()
    this.#address = address
    this.#isProxied = entrance.isProxied(this.#socket)
    this.#isForAny = this.#isProxied
    return this.#enter()
  }

  /** Whether it may begin TLS. Without a place for that it is destroyed. */
  beginTls(): boolean {
    this.#isTls = true
    // The first record goes on to TLS.
    this.place?.release()
    this.#held = 0
    return this.#enter()
  }

  get unfinished(): IncomingMessage | undefined {
    return this.#request?.complete === false ? this.#request : undefined
  }

  /** Whether it may hold this many octets, in a place. Without it is destroyed. */
  holds(octets: number): boolean {
    const more = octets - this.#held
    this.#held = octets
    return this.place?.take(more) === undefined || this.#refuse(TOO_MANY_OCTETS)
  }

  /** Counts octets that came. */
  onOctets(octets: number): void {
    this.#lastOctets = octets
    this.#held += octets
    this.#behind = this.#request?.complete === true ? this.#behind + octets : octets
    if (!this.#isKnown) this.#count(octets)
    else if (this.#countElsewhere === undefined) this.#held = this.#behind
    else this.#countElsewhere(octets)
  }

  onRequest(request: IncomingMessage, response: ServerResponse): boolean {
    this.#request = request
    this.#response = response
    this.#behind = this.#lastOctets
    this.#unanswered++
    response.once('finish', () => {
      this.#unanswered--
      if (!this.#isKnown) this.#letGo()
    })
    // A client that does not read lets requests wait with their answers, which take much more than the octets that it sent.
    if (this.#socket.destroyed) return true
    const hasPlace = !this.#isProxied || this.#moveTo(this.#context.entrance.addressOf(this.#socket, request.headers))
    if (!this.#isKnown) this.#count(requestOctets(request))
    else if (this.#unanswered > 1) this.#countElsewhere?.(requestOctets(request))
    return hasPlace
  }

  /** The socket counts to a client of its proxy. @returns whether there is a place for it */
  #moveTo(client: string | undefined): boolean {
    if (client === undefined) return true
    this.#isForAny = false
    this.#address = client
    if (this.place?.moveTo(client) === undefined) return true
    this.#report(TOO_MANY)
    return false
  }

  setKnown(response: ServerResponse, count: ((octets: number) => void) | undefined): void {
    this.#isKnown = true
    this.#countElsewhere = count
    this.#leave()
    count?.(this.#held)
    response.once('finish', () => {
      this.#isKnown = false
      if (!this.#socket.destroyed) this.#count(this.#held)
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
    const place = this.place ?? arrive(this.#address, this.#isForAny)
    if ('limit' in place) return this.#refuse(TOO_MANY)
    if (this.place === undefined) place.yieldBy(this.#giveWay)
    this.place = place
    if (!this.#isTls || place.beginTls() === undefined) return true
    return this.#refuse('too many TLS connections that have not logged in yet')
  }

  /** Counts octets until the requests to which they belong are answered: what waits behind a request is kept. */
  #count(octets: number): void {
    if (!this.#enter()) return
    if (this.place?.take(octets) !== undefined) this.#refuse(TOO_MANY_OCTETS)
    else this.#letGo()
  }

  #letGo(): void {
    if (this.#request?.complete !== true || this.#unanswered > 0) return
    this.#request = undefined
    this.#held = this.#behind
    this.place?.release()
    this.place?.take(this.#held)
  }

  readonly #giveWay = (): void => {
    this.#report('connections that have not logged in yet hold too much, and this one has waited longest or holds most')
    // A proxy that gets no answer may take the router for dead, and send it no client for a while.
    if (this.#isProxied && this.#unanswered === 1 && this.#response?.headersSent === false) endWith(this.#socket, UNAVAILABLE)
    else this.#socket.destroy()
  }

  #refuse(text: string): false {
    this.#report(text)
    this.#socket.destroy()
    return false
  }

  #report(text: string): void {
    const { entrance, onRefused } = this.#context
    const address = this.#isProxied ? this.#address : entrance.addressOf(this.#socket)
    onRefused?.({ peer: entrance.peerOf(this.#socket), address, text })
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
  if (length > LONGEST_TLS_RECORD) return { taken: 0, goOn }
  if (octets.length < TLS_HEADER_OCTETS + length) return 'more'
  return isClientHello(octets.subarray(TLS_HEADER_OCTETS, TLS_HEADER_OCTETS + length)) ? { taken: 0, goOn } : 'refuse'
}

/** Whether a handshake begins with a ClientHello of a length that honest ones have: OpenSSL collects up to 128 KiB, which are not counted. */
function isClientHello(handshake: Buffer): boolean {
  return (
    handshake.length >= TLS_HANDSHAKE_HEADER_OCTETS && handshake[0] === TLS_CLIENT_HELLO && handshake.readUIntBE(1, 3) <= LONGEST_TLS_RECORD
  )
}
