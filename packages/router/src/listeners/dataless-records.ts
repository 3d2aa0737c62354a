// Ends TLS connections whose clients send many octets that carry no data. A client of TLS 1.3 may ask for new keys without end, which
// takes some 20 µs for each 27 octets, inside OpenSSL: nothing shows it but the octets that TLS got and those of the stream inside it.

import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

import type { Sweepable } from './connections.ts'
import { Connections } from './connections.ts'
import { octetsOfTls } from './socket-under.ts'

/** Octets without data that a client may send beyond those below: new keys for two thousand times, in some 50 ms. */
const MOST_OCTETS = 65_536
/** The head and the end of a record take 22 octets, and the shortest messages are sent in records of their own. */
const OCTETS_FOR_EACH_OF_DATA = 5
const OCTETS_A_TICK = 64
const TICK_MS = 1_000

export class DatalessRecords {
  readonly #sockets = new Connections([TICK_MS * 4])
  readonly #most: number
  readonly #refuse: (socket: Socket) => void

  /**
   * @param refuse called for a connection that has sent too much; it has to end it
   * @param most octets without data
   */
  constructor(refuse: (socket: Socket) => void, most = MOST_OCTETS) {
    this.#refuse = refuse
    this.#most = most
  }

  /** Watches a connection from the end of its handshake. Before TLS 1.3 a client has no such records. */
  watch(secured: Socket): void {
    if (!(secured instanceof TLSSocket) || secured.getProtocol() !== 'TLSv1.3') return
    const watched = new WatchedSocket(secured, this.#most, this.#refuse)
    this.#sockets.add(watched)
    secured.once('close', () => this.#sockets.remove(watched))
  }
}

class WatchedSocket implements Sweepable {
  readonly #secured: Socket
  readonly #refuse: (socket: Socket) => void
  /** How many octets TLS may have got by now, if no data has come. */
  #most: number

  constructor(secured: Socket, most: number, refuse: (socket: Socket) => void) {
    this.#secured = secured
    this.#refuse = refuse
    this.#most = octetsOfTls(secured) + most
  }

  onTick(): void {
    this.#most += OCTETS_A_TICK
    if (octetsOfTls(this.#secured) > this.#most + OCTETS_FOR_EACH_OF_DATA * this.#secured.bytesRead) this.#refuse(this.#secured)
  }

  destroy(): void {
    this.#secured.destroy()
  }
}
