// TLS handshakes whose dear part does not come with the first message of the client: those of listeners that ask for client
// certificates, of TLS 1.2, of clients that have to send another hello, or theirs in parts. TLS reads a socket in C++, as much as has
// come of all sockets in one turn. So what such a client sends before its handshake is done passes through here, where it is counted
// and waits for its turn: a chain of certificates may take OpenSSL seconds, and Node limits neither its length nor the check.

import type { Server, Socket } from 'node:net'
import { Duplex } from 'node:stream'
import type { TlsOptions } from 'node:tls'

import { isSettled, settlingGroups } from './client-hello.ts'
import type { Entrance } from './entrance.ts'
import { beforeEach } from './first-octets.ts'
import type { ListenerOptions } from './listener.ts'
import { setSocketUnder, socketUnder } from './socket-under.ts'
import type { StrangerTurns } from './stranger-turns.ts'
import { tlsOptionsOf } from './tls-options.ts'
import { TlsRecords } from './tls-records.ts'

/** The most that a client may send for its handshake: chains of three or four certificates take half of it. */
const MOST_OCTETS = 16_384

const TOO_LONG = `a TLS handshake of more than ${MOST_OCTETS} octets: certificates of a client are too many or too long`

/** How a listener serves TLS, and to whom it says which client it has refused. */
export interface HandshakeOptions extends Pick<ListenerOptions, 'onRefused'> {
  readonly tls: TlsOptions
}

export class BoundedHandshakes {
  readonly #turns: Pick<StrangerTurns, 'run'>
  readonly #onRefused: (socket: Socket, text: string) => void
  readonly #asksForCertificates: boolean
  #groups: ReadonlySet<number>
  /** The sockets that TLS reads itself. */
  readonly #direct = new WeakSet<Socket>()
  /** The stream whose octets TLS is getting now. */
  #passing: HandshakeStream | undefined

  /** @param turns the handshakes go on in them, since each octet may cost a microsecond */
  constructor(turns: Pick<StrangerTurns, 'run'>, entrance: Entrance, { tls, onRefused }: HandshakeOptions) {
    this.#turns = turns
    this.#asksForCertificates = tls.requestCert === true
    this.#groups = settlingGroups(tlsOptionsOf(tls))
    this.#onRefused = (socket, text) => onRefused?.({ peer: entrance.peerOf(socket), address: entrance.addressOf(socket), text })
  }

  /** Takes other options for connections to come. Whether clients are asked for certificates stays. */
  change(tls: TlsOptions): void {
    this.#groups = settlingGroups(tlsOptionsOf({ ...tls, requestCert: this.#asksForCertificates }))
  }

  /** Makes a TLS server read connections through streams that count, but for settled ones. Call this before all other steps of the server. */
  count(server: Server): void {
    beforeEach(server, 'connection', (socket, goOn) => {
      if (!this.#isSettled(socket)) return goOn(new HandshakeStream(socket, this))
      this.#direct.add(socket)
      goOn()
    })
  }

  /** Gives a connection whose handshake is done the address of its socket. Call this after all other steps of the server. */
  name(server: Server): void {
    beforeEach(server, 'secureConnection', (socket, goOn) => {
      if (this.#direct.has(socketUnder(socket))) return goOn()
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
    this.#turns.run(socket, () => {
      this.#passing = stream
      pass()
      this.#passing = undefined
    })
  }

  #isSettled(socket: Socket): boolean {
    // The first record has been looked at before, and put back.
    const octets = socket.read() as Buffer | null
    if (octets === null) return false
    socket.unshift(octets)
    return isSettled(octets, this.#groups)
  }
}

/** The octets of a socket for TLS. Once the handshake is done they pass as they come, but for records of another. */
class HandshakeStream extends Duplex {
  readonly #socket: Socket
  readonly #handshakes: BoundedHandshakes
  readonly #records = new TlsRecords()
  #octetsLeft = MOST_OCTETS
  #isDone = false

  constructor(socket: Socket, handshakes: BoundedHandshakes) {
    super({ allowHalfOpen: socket.allowHalfOpen })
    this.#socket = socket
    this.#handshakes = handshakes
    socket.on('data', (octets: Buffer) => this.#take(octets)).on('end', () => this.push(null))
    socket.on('error', (error) => this.destroy(error)).on('close', () => this.destroy())
    socket.pause()
  }

  /** @param secured the stream inside TLS: it does not know the address of the socket by itself, nor how to change the socket */
  finishHandshake(secured: Socket): void {
    this.#isDone = true
    setSocketUnder(secured, this.#socket)
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
    this.#socket.resume()
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
    const fault = this.#records.read(octets, this.#isDone)
    // Two chunks may come in the turn in which the first is refused.
    if (fault !== undefined) return this.destroyed ? undefined : this.#handshakes.refuse(this.#socket, fault)
    if (this.#isDone) return this.#pass(octets)
    this.#socket.pause()
    this.#handshakes.inTurn(this, this.#socket, () => this.#shake(octets))
  }

  /** Passes what the handshake may still have, and the rest only if the handshake is done by then. */
  #shake(octets: Buffer): void {
    const part = octets.subarray(0, this.#octetsLeft)
    this.#octetsLeft -= part.length
    this.#socket.resume()
    this.#pass(part)
    if (part.length === octets.length) return
    if (this.#isDone) this.#pass(octets.subarray(part.length))
    else this.#handshakes.refuse(this.#socket, TOO_LONG)
  }

  #pass(octets: Buffer): void {
    if (!this.destroyed && !this.push(octets)) this.#socket.pause()
  }
}
