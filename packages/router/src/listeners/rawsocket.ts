// RawSocket: the handshake of a connection with its deadline, then the connection as a Transport.
// Never looks into a message. Specification: "RawSocket Transport".

import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

import type { RawSocketRequest, RawSocketSink, SerializerName } from '@trunkline/protocol'
import {
  LARGE_MESSAGE,
  RAWSOCKET_HANDSHAKE_OCTETS,
  RAWSOCKET_MAGIC,
  RAWSOCKET_MESSAGE,
  RAWSOCKET_PONG,
  RAWSOCKET_PREFIX_OCTETS,
  RAWSOCKET_SERIALIZER_UNSUPPORTED,
  RAWSOCKET_TOO_MANY_CONNECTIONS,
  RawSocketReader,
  rawSocketExponent,
  rawSocketLimit,
  rawSocketRefusal,
  rawSocketReply,
  readRawSocketRequest,
  UsageError,
  writeRawSocketPrefix,
} from '@trunkline/protocol'

import type { ListenerLogins, TransportInfo } from '../core/ports/index.ts'
import type { Arrivals } from './arrivals.ts'
import { isConnected } from './arrivals.ts'
import type { ConnectionContext, ConnectionTraits } from './connection.ts'
import { StreamConnection } from './connection.ts'
import type { Sweepable } from './connections.ts'
import { Connections } from './connections.ts'
import type { Entrance } from './entrance.ts'
import type { ListenerChanges, ListenerOptions } from './listener.ts'
import { ALL_SERIALIZERS, DEFAULT_CLOSE_TIMEOUT_MS, DEFAULT_MAX_MESSAGE_BYTES } from './listener.ts'
import type { SocketUser } from './socket-events.ts'
import { ReadTurns } from './read-turns.ts'
import { bindSocket } from './socket-events.ts'
import { tlsFactsOf } from './tls-facts.ts'
import { WriteScheduler } from './write-batch.ts'

/** The options of RawSocket connections. */
export interface RawSocketOptions extends ListenerOptions {
  /** How long a client may take for its four octets (and for the TLS handshake). Default 10 s. */
  readonly handshakeTimeoutMs?: number | undefined
  /** After this time of silence TCP keepalive probes a connection. Default 15 s. */
  readonly keepAliveMs?: number | undefined
}

/** What the RawSocket connections of one listener share. */
interface RawSocketContext extends ConnectionContext {
  readonly serializers: readonly SerializerName[]
  readonly maxConnections: number
  /** The length exponent that clients get. */
  readonly exponent: number
  readonly handshakeTicks: number
  readonly keepAliveMs: number
  readonly entrance: Entrance
  readonly arrivals: Arrivals
  readonly logins: ListenerLogins | undefined
  readonly onRefused: ListenerOptions['onRefused']
  readonly hasRoom: ListenerOptions['hasRoom']
}

export const DEFAULT_HANDSHAKE_TIMEOUT_MS = 10_000
const DEFAULT_KEEP_ALIVE_MS = 15_000
/** A peer that sends PINGs and does not read the PONGs is cut off when more than this is pending. */
const MOST_WAITING_FOR_PONG = 1024 * 1024
const NO_OCTETS = new Uint8Array(0)

/** Accepts connections that have sent nothing yet. */
export class RawSocketDoor {
  #options: RawSocketOptions
  #context: RawSocketContext
  #isDraining = false

  /** @throws {UsageError} when the limit of messages is below 512 octets */
  constructor(options: RawSocketOptions, entrance: Entrance, arrivals: Arrivals) {
    this.#options = options
    this.#context = contextOf(options, entrance, arrivals, undefined)
  }

  get connections(): Connections {
    return this.#context.connections
  }

  /** Changes the options for connections to come. */
  change(changes: ListenerChanges): void {
    const options = { ...this.#options, ...changes }
    this.#context = contextOf(options, this.#context.entrance, this.#context.arrivals, this.#context)
    this.#options = options
  }

  /** Refuses all connections from now on. */
  drain(): void {
    this.#isDraining = true
  }

  /** Awaits the handshake of a connection. */
  take(socket: Socket): void {
    if (this.#isDraining) return void socket.destroy()
    socket.setNoDelay(true)
    socket.setKeepAlive(true, this.#context.keepAliveMs)
    new Handshake(socket, this.#context).begin()
  }
}

/** @param open what the connections of the listener share, when it is already open */
function contextOf(
  options: RawSocketOptions,
  entrance: Entrance,
  arrivals: Arrivals,
  open: Pick<ConnectionContext, 'connections' | 'turns'> | undefined,
): RawSocketContext {
  const handshakeMs = options.handshakeTimeoutMs ?? DEFAULT_HANDSHAKE_TIMEOUT_MS
  const closeMs = options.closeTimeoutMs ?? DEFAULT_CLOSE_TIMEOUT_MS
  const connections = open?.connections ?? new Connections([handshakeMs, closeMs])
  const exponent = rawSocketExponent(options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES)
  return {
    accept: options.accept,
    onError: options.onError,
    connections,
    scheduler: new WriteScheduler(),
    turns: open?.turns ?? options.turns ?? new ReadTurns(),
    serializers: options.serializers ?? ALL_SERIALIZERS,
    maxConnections: options.maxConnections ?? Infinity,
    exponent,
    maxMessageBytes: rawSocketLimit(exponent),
    closeTicks: connections.ticks(closeMs),
    linger: options.linger,
    handshakeTicks: connections.ticks(handshakeMs),
    onRefused: options.onRefused,
    hasRoom: options.hasRoom,
    keepAliveMs: options.keepAliveMs ?? DEFAULT_KEEP_ALIVE_MS,
    entrance,
    arrivals,
    logins: options.logins,
  }
}

/** A connection whose first four octets have not come yet. */
class Handshake implements SocketUser, Sweepable {
  readonly #socket: Socket
  readonly #context: RawSocketContext
  #octets: Uint8Array = NO_OCTETS
  #ticks = 0
  #isOver = false

  constructor(socket: Socket, context: RawSocketContext) {
    this.#socket = socket
    this.#context = context
  }

  begin(): void {
    bindSocket(this.#socket, this)
    this.#context.connections.add(this)
  }

  onOctets(chunk: Buffer): void {
    if (this.#isOver) return
    const missing = RAWSOCKET_HANDSHAKE_OCTETS - this.#octets.length
    this.#octets = Buffer.concat([this.#octets, chunk.subarray(0, missing)])
    if (this.#octets[0] !== RAWSOCKET_MAGIC) return this.destroy()
    if (this.#octets.length === RAWSOCKET_HANDSHAKE_OCTETS) this.#answer(chunk.subarray(missing))
  }

  onEnd(): void {
    this.#socket.destroySoon()
  }

  onGone(): void {
    this.#context.connections.remove(this)
  }

  onTick(): void {
    this.#ticks += 1
    if (this.#ticks > (this.#isOver ? this.#context.closeTicks : this.#context.handshakeTicks)) this.destroy()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #answer(head: Uint8Array): void {
    const request = readRawSocketRequest(this.#octets)
    if (request === 'not_rawsocket') return this.destroy()
    if ('error' in request) return this.#refuse(request.error)
    const { serializer } = request
    if (serializer === undefined || !this.#context.serializers.includes(serializer)) return this.#refuse(RAWSOCKET_SERIALIZER_UNSUPPORTED)
    if (!this.#hasRoom()) return this.#refuseForRoom()
    this.#open(serializer, request, head)
  }

  #open(serializer: SerializerName, { maxSendBytes }: RawSocketRequest, head: Uint8Array): void {
    this.#context.connections.remove(this)
    const place = this.#context.arrivals.handOver(this.#socket)
    this.#socket.write(rawSocketReply(serializer, this.#context.exponent))
    const traits = { serializer, maxSendBytes, info: infoOf(this.#socket, this.#context) }
    new RawSocketConnection(this.#socket, traits, this.#context).open(head, place)
  }

  #hasRoom(): boolean {
    const { connections, maxConnections, arrivals, entrance, hasRoom } = this.#context
    if (connections.size > maxConnections) return false
    return isConnected(arrivals.placeOf(this.#socket), entrance.addressOf(this.#socket), hasRoom)
  }

  #refuseForRoom(): void {
    const { onRefused, entrance } = this.#context
    onRefused?.({ peer: entrance.peerOf(this.#socket), address: entrance.addressOf(this.#socket), text: 'too many connections' })
    this.#refuse(RAWSOCKET_TOO_MANY_CONNECTIONS)
  }

  #refuse(error: number): void {
    this.#isOver = true
    this.#ticks = 0
    this.#socket.end(rawSocketRefusal(error))
  }
}

function infoOf(socket: Socket, { entrance, logins }: RawSocketContext): TransportInfo {
  return {
    kind: 'rawsocket',
    peer: entrance.peerOf(socket),
    address: entrance.addressOf(socket),
    isSecure: socket instanceof TLSSocket,
    tls: tlsFactsOf(socket),
    logins,
  }
}

class RawSocketConnection extends StreamConnection implements RawSocketSink {
  protected override readonly reader: RawSocketReader

  constructor(socket: Socket, traits: ConnectionTraits, context: ConnectionContext) {
    super(socket, traits, context)
    this.reader = new RawSocketReader(this, context.maxMessageBytes)
  }

  /** @throws {UsageError} when the message is longer than `maxSendBytes`: the peer would read another length */
  send(message: Uint8Array): void {
    if (message.length > this.maxSendBytes)
      throw new UsageError(`message of ${message.length} octets; the peer accepts ${this.maxSendBytes}`)
    if (this.isOpen) this.#write(RAWSOCKET_MESSAGE, message)
  }

  /** RawSocket has no closing frame: the end of the stream is enough. */
  protected override sendClose(): boolean {
    return false
  }

  /** Left to TCP keepalive, because a widespread client fails on PING. */
  protected override onSilence(): void {}

  /** RawSocket holds no frame back: each PING must have its PONG. */
  protected override onWritableAgain(): void {}

  onMessage(message: Uint8Array): void {
    this.deliver(message)
  }

  onPing(payload: Uint8Array): void {
    if (!this.isOpen) return
    if (this.batch.isFull && this.batch.waitingOctets + payload.length > MOST_WAITING_FOR_PONG) return this.destroy()
    if (payload.length <= this.maxSendBytes) this.#write(RAWSOCKET_PONG, payload.length < LARGE_MESSAGE ? payload : payload.slice())
    else return this.end('too_large')
    this.count()
  }

  onPong(): void {
    // The router sends no PING; it ignores a PONG that it did not ask for.
    this.count()
  }

  onFault(cause: 'protocol_violation' | 'too_large'): void {
    this.endFaulty(cause)
  }

  #write(type: number, message: Uint8Array): void {
    const length = message.length
    const isLarge = length >= LARGE_MESSAGE
    const at = this.batch.reserve(isLarge ? RAWSOCKET_PREFIX_OCTETS : RAWSOCKET_PREFIX_OCTETS + length)
    const buffer = this.batch.buffer
    writeRawSocketPrefix(buffer, at, type, length)
    if (isLarge) this.batch.writeLarge(message)
    else buffer.set(message, at + RAWSOCKET_PREFIX_OCTETS)
  }
}
