// TLS handshakes of listeners that ask for client certificates. A client may send a chain that OpenSSL checks for seconds, and Node
// limits neither the length of the chain nor the check: so what a client sends before its handshake is done passes through here,
// where it is counted. Reads nothing of it.

import type { Server, Socket } from 'node:net'
import { Duplex } from 'node:stream'

import type { Entrance } from './entrance.ts'
import { beforeEach } from './first-octets.ts'
import type { ListenerOptions } from './listener.ts'
import { setSocketUnder } from './socket-under.ts'
import type { StrangerTurns } from './stranger-turns.ts'

/** The most that a client may send for its handshake: chains of three or four certificates take half of it. */
const MOST_OCTETS = 16_384

export class BoundedHandshakes {
  readonly #turns: Pick<StrangerTurns, 'run'>
  readonly #onTooLong: (socket: Socket) => void
  /** The stream whose octets TLS is getting now. */
  #passing: HandshakeStream | undefined

  /** @param turns the handshakes go on in them, since each octet may cost a microsecond */
  constructor(turns: Pick<StrangerTurns, 'run'>, entrance: Entrance, onRefused: ListenerOptions['onRefused']) {
    this.#turns = turns
    this.#onTooLong = (socket) =>
      onRefused?.({
        peer: entrance.peerOf(socket),
        address: entrance.addressOf(socket),
        text: `a TLS handshake of more than ${MOST_OCTETS} octets: the certificates of the client are too many or too long`,
      })
  }

  /** Makes a TLS server read its connections through streams that count. Call this before all other steps of the server. */
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

  /** Ends a connection whose client sends too much. */
  refuse(socket: Socket): void {
    this.#onTooLong(socket)
    socket.destroy()
  }

  /** @param pass must not throw */
  inTurn(stream: HandshakeStream, pass: () => void): void {
    this.#turns.run(() => {
      this.#passing = stream
      pass()
      this.#passing = undefined
    })
  }
}

/** The octets of a socket for TLS. Once the handshake is done they only pass. */
class HandshakeStream extends Duplex {
  readonly #socket: Socket
  readonly #handshakes: BoundedHandshakes
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
    if (this.#isDone) return this.#pass(octets)
    this.#socket.pause()
    this.#handshakes.inTurn(this, () => this.#shake(octets))
  }

  /** Passes what the handshake may still have, and the rest only if the handshake is done by then. */
  #shake(octets: Buffer): void {
    const part = octets.subarray(0, this.#octetsLeft)
    this.#octetsLeft -= part.length
    this.#socket.resume()
    this.#pass(part)
    if (part.length === octets.length) return
    if (this.#isDone) this.#pass(octets.subarray(part.length))
    else this.#handshakes.refuse(this.#socket)
  }

  #pass(octets: Buffer): void {
    if (!this.destroyed && !this.push(octets)) this.#socket.pause()
  }
}
