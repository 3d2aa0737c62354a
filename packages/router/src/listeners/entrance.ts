// Whose connection it is that came in: that of the other end of the socket, or of the client that a trusted proxy names,
// by the PROXY protocol or by headers. What a client says of itself is never believed.

import type { IncomingMessage } from 'node:http'
import type { Server, Socket } from 'node:net'
import { Server as TlsServer } from 'node:tls'

import { UsageError } from '@trunkline/protocol'

import { TrustedProxies, UNIX } from './client-address.ts'
import type { FirstLooks } from './first-octets.ts'
import { beforeEach } from './first-octets.ts'
import { hostAndPort } from './listener.ts'
import { readProxyHeader } from './proxy-protocol.ts'

/** What a listener is told about proxies before it. */
export interface ProxyOptions {
  /** Proxies that are believed when they name the client's address: addresses or networks, or `unix` for who comes by a Unix socket. Default none. */
  readonly trustedProxies?: readonly string[] | undefined
  /**
   * Whether connections begin with a header of the PROXY protocol (version 1 or 2): true refuses those without one, and
   * all from others than trusted proxies; false takes none. Default: one of a trusted proxy is taken where it comes.
   */
  readonly proxyProtocol?: boolean | undefined
}

export class Entrance {
  readonly #proxies: TrustedProxies
  /** Of a Unix socket. */
  readonly path: string | undefined
  readonly #mode: boolean | undefined
  /** The clients that proxies named. */
  readonly #clients = new WeakMap<Socket, string>()
  /** The same by the other end of the socket, where TLS puts another object in the place of the socket. */
  readonly #clientsOfTls = new Map<string, string>()

  /**
   * @param path of a Unix socket
   * @throws {UsageError} when a proxy is neither an address nor a network, or there is none whose header could be taken
   */
  constructor({ trustedProxies = [], proxyProtocol }: ProxyOptions, path: string | undefined) {
    if (proxyProtocol === true && trustedProxies.length === 0) {
      throw new UsageError('proxyProtocol needs trustedProxies: the header is taken from those alone', 'TL_PROXY')
    }
    this.#proxies = new TrustedProxies(trustedProxies)
    this.path = path
    this.#mode = proxyProtocol
  }

  /** Whether connections may begin with a header of the PROXY protocol. */
  get takesHeaders(): boolean {
    return this.#mode !== false && !this.#proxies.isEmpty
  }

  /** Takes headers of the PROXY protocol off connections before the server sees them. */
  guard(server: Server, looks: FirstLooks): void {
    if (!this.takesHeaders) return
    const isTls = server instanceof TlsServer
    beforeEach(server, 'connection', (socket, goOn) => {
      if (this.#isTrusted(socket)) this.#takeHeader(socket, isTls, looks, goOn)
      else if (this.#mode === true) socket.destroy()
      else goOn()
    })
  }

  /** The client's IP address, for limits and the log. */
  addressOf(socket: Socket, headers?: IncomingMessage['headers']): string | undefined {
    const known = this.#nearest(socket)
    return headers === undefined || this.#proxies.isEmpty ? known : this.#proxies.clientOf(known ?? this.#unix, headers)
  }

  /** The address whose share a connection takes before its client is known; a trusted proxy has none. */
  shareOf(socket: Socket): string | undefined {
    const nearest = this.#nearest(socket)
    return nearest !== undefined && this.#proxies.has(nearest) ? undefined : nearest
  }

  /** Whether the client's connection is over TLS up to a trusted proxy, by its word. */
  endsTls(socket: Socket, headers: IncomingMessage['headers']): boolean {
    return this.#proxies.endTls(this.#nearest(socket) ?? this.#unix, headers['x-forwarded-proto'])
  }

  /** Whom the PROXY protocol named, or the other end. */
  #nearest(socket: Socket): string | undefined {
    if (this.#proxies.isEmpty) return socket.remoteAddress
    return this.#clients.get(socket) ?? this.#clientsOfTls.get(keyOf(socket)) ?? socket.remoteAddress
  }

  get #unix(): string | undefined {
    return this.path === undefined ? undefined : UNIX
  }

  /** The other end of the socket: address and port, or the path of a Unix socket. */
  peerOf({ remoteAddress, remotePort }: Socket): string {
    return this.path ?? hostAndPort(remoteAddress, remotePort)
  }

  #isTrusted({ remoteAddress }: Socket): boolean {
    return this.#proxies.has(this.path === undefined ? (remoteAddress ?? '') : UNIX)
  }

  #takeHeader(socket: Socket, isTls: boolean, looks: FirstLooks, goOn: () => void): void {
    looks.begin(socket, (octets) => {
      const header = readProxyHeader(octets)
      if (header === 'incomplete') return 'more'
      if (header === 'malformed' || (header === 'none' && this.#mode === true)) return 'refuse'
      if (header === 'none') return { taken: 0, goOn }
      if (header.client !== undefined) this.#remember(socket, isTls, header.client)
      return { taken: header.length, goOn }
    })
  }

  #remember(socket: Socket, isTls: boolean, client: string): void {
    this.#clients.set(socket, client)
    if (!isTls || this.path !== undefined) return
    const key = keyOf(socket)
    this.#clientsOfTls.set(key, client)
    socket.once('close', () => this.#clientsOfTls.delete(key))
  }
}

/** The other end of a socket; those of Unix sockets have no name. */
function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}
