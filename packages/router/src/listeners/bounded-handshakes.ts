// The octets of TLS connections on their way to OpenSSL. TLS reads a socket in C++, as much as has come of all sockets in one turn, and
// what it takes shows nowhere: a chain of certificates may take seconds, new keys 20 µs for 27 octets. So what a client sends passes
// through here, where it is counted until its handshake is done, and in pieces of few records waits for its turn.

import type { Server, Socket } from 'node:net'
import { Duplex } from 'node:stream'

import { CostlyHandshakes } from './costly-handshakes.ts'
import type { Entrance } from './entrance.ts'
import { beforeEach } from './first-octets.ts'
import type { ListenerOptions } from './listener.ts'
import type { Owner } from './rounds.ts'
import { setSocketUnder } from './socket-under.ts'
import { StrangerTurns } from './stranger-turns.ts'
import { TlsRecords } from './tls-records.ts'

/** The most that a client may send for its handshake: chains of three or four certificates take half of it. */
const MOST_OCTETS = 16_384

const TOO_LONG = `a TLS handshake of more than ${MOST_OCTETS} octets: certificates of a client are too many or too long`

type Turns = Pick<StrangerTurns, 'run'>

interface HandshakeOptions extends Pick<ListenerOptions, 'onRefused'> {
  /** What comes behind the handshakes waits for these: neither for strangers, nor while connections come in. Default: turns of its own. */
  readonly recordTurns?: Turns | undefined
  /** Milliseconds of processor time. Default: those of the process. */
  readonly worked?: (() => number) | undefined
}

export class BoundedHandshakes {
  readonly #turns: Turns
  readonly #recordTurns: Turns
  readonly #costly: CostlyHandshakes
  readonly #ownerOf: (socket: Socket) => Owner
  readonly #onRefused: (socket: Socket, text: string) => void
  /** The stream whose octets TLS is getting now. */
  #passing: HandshakeStream | undefined

  /** @param turns the handshakes go on in them, since each octet may cost a microsecond */
  constructor(turns: Turns, entrance: Entrance, { onRefused, ...options }: HandshakeOptions) {
    this.#turns = turns
    this.#ownerOf = (socket) => entrance.ownerOf(socket)
    this.#recordTurns = options.recordTurns ?? new StrangerTurns(this.#ownerOf)
    this.#costly = new CostlyHandshakes(options.worked ?? processorMs)
    this.#onRefused = (socket, text) => onRefused?.({ peer: entrance.peerOf(socket), address: entrance.addressOf(socket), text })
  }

  /** Makes a TLS server read connections through streams that count. Call this before all other steps of the server. */
  count(server: Server): void {
    beforeEach(server, 'connection', (socket, goOn) => goOn(new HandshakeStream(socket, this)))
  }

  /** Gives a connection whose handshake is done the address of its socket. Call this after all other steps of the server. */
  name(server: Server): void {
    beforeEach(server, 'secureConnection', (socket, goOn) => {
      // A handshake ends while the last octets of the client pass: else nothing says whose it is.
      if (this.#passing === undefined) return void socket.destroy()
      this.#passing.finishHandshake(socket)
      goOn()
    })
  }

  /** Ends a connection whose client sends what it may not. */
  refuse(socket: Socket, text: string): void {
    this.#onRefused(socket, text)
    socket.destroy()
  }

  /** @param pass must not throw */
  inTurn(stream: HandshakeStream, socket: Socket, pass: () => void): void {
    if (stream.isDone) return this.#recordTurns.run(socket, pass)
    const step = (): void => {
      this.#passing = stream
      pass()
      this.#passing = undefined
    }
    this.#turns.run(socket, () => this.#costly.run(this.#ownerOf(socket), step, () => this.inTurn(stream, socket, pass)))
  }
}

function processorMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

/** The octets of a socket for TLS. They pass in pieces of few records, each of which has its turn. */
class HandshakeStream extends Duplex {
  readonly #socket: Socket
  readonly #handshakes: BoundedHandshakes
  readonly #records = new TlsRecords()
  #octetsLeft = MOST_OCTETS
  #passed = 0
  #isDone = false
  /** What has come and not passed; meanwhile the socket is not read. */
  #rest: Buffer | undefined
  #isWaiting = false
  /** Its socket has ended or closed behind the rest. */
  #after: 'end' | 'close' | undefined

  constructor(socket: Socket, handshakes: BoundedHandshakes) {
    super({ allowHalfOpen: socket.allowHalfOpen })
    this.#socket = socket
    this.#handshakes = handshakes
    socket.on('data', (octets: Buffer) => this.#take(octets)).on('end', () => this.#finish('end'))
    socket.on('error', (error) => this.destroy(error)).on('close', () => this.#finish('close'))
    socket.pause()
    this.on('resume', () => this.#goOn())
  }

  get isDone(): boolean {
    return this.#isDone
  }

  /** @param secured the stream inside TLS: it does not know the address of the socket by itself, nor how to change the socket */
  finishHandshake(secured: Socket): void {
    this.#isDone = true
    setSocketUnder(secured, this.#socket, () => this.#passed)
    const { remoteAddress, remotePort, remoteFamily } = this.#socket
    Object.defineProperties(secured, {
      remoteAddress: { value: remoteAddress },
      remotePort: { value: remotePort },
      remoteFamily: { value: remoteFamily },
    })
    secured.setNoDelay = (noDelay) => (this.#socket.setNoDelay(noDelay), secured)
    secured.setKeepAlive = (enable, delayMs) => (this.#socket.setKeepAlive(enable, delayMs), secured)
  }

  override _read(): void {
    if (this.#rest === undefined) this.#socket.resume()
  }

  override _write(octets: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#socket.write(octets, done)
  }

  override _writev(chunks: { readonly chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#socket.cork()
    for (const [i, { chunk }] of chunks.entries()) this.#socket.write(chunk, i === chunks.length - 1 ? done : undefined)
    this.#socket.uncork()
  }

  override _final(done: () => void): void {
    this.#socket.end(done)
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy()
    done(error)
  }

  #take(octets: Buffer): void {
    this.#rest = this.#rest === undefined ? octets : Buffer.concat([this.#rest, octets])
    this.#goOn()
    if (this.#rest !== undefined) this.#socket.pause()
  }

  /** Passes the rest in turns, unless TLS does not read now. */
  #goOn(): void {
    if (this.#rest === undefined || this.#isWaiting || this.isPaused()) return
    this.#isWaiting = true
    this.#handshakes.inTurn(this, this.#socket, this.#passPiece)
  }

  readonly #passPiece = (): void => {
    this.#isWaiting = false
    const rest = this.#rest
    if (rest === undefined || this.destroyed || this.isPaused()) return
    const isDone = this.#isDone
    if (!isDone && this.#octetsLeft === 0) return this.#refuse(TOO_LONG)
    const piece = this.#records.read(isDone ? rest : rest.subarray(0, this.#octetsLeft), isDone)
    if (typeof piece === 'string') return this.#refuse(piece)
    if (!isDone) this.#octetsLeft -= piece
    this.#passed += piece
    this.#rest = piece < rest.length ? rest.subarray(piece) : undefined
    const mayRead = this.push(piece < rest.length ? rest.subarray(0, piece) : rest)
    if (this.#rest !== undefined) return this.#goOn()
    if (this.#after !== undefined) this.#finish(this.#after)
    else if (mayRead) this.#socket.resume()
    else this.#socket.pause()
  }

  #refuse(text: string): void {
    this.#rest = undefined
    this.#handshakes.refuse(this.#socket, text)
  }

  /** The end comes behind the rest. */
  #finish(after: 'end' | 'close'): void {
    this.#after = after
    if (this.#rest !== undefined && !this.destroyed) return
    if (after === 'end') this.push(null)
    else this.destroy()
  }
}
