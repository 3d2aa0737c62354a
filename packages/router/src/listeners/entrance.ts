// Whose connection came in: that of the remote address of the socket, or of the client that a trusted proxy names, by the PROXY
// protocol or by headers. Never believes what a client says of itself.

import type { IncomingMessage } from 'node:http'
import type { Server, Socket } from 'node:net'

import { UsageError } from '@trunkline/protocol'

import { UNIX } from './address-list.ts'
import { TrustedProxies } from './client-address.ts'
import type { FirstLooks } from './first-octets.ts'
import { beforeEach } from './first-octets.ts'
import type { ListenerOptions, RequestSource } from './listener.ts'
import { hostAndPort } from './listener.ts'
import { readProxyHeader } from './proxy-protocol.ts'
import { socketUnder } from './socket-under.ts'

/** A listener's settings about proxies in front of it. */
export interface ProxyOptions {
  /** Proxies that are believed about the client's address: addresses or networks, or `unix` for those at a Unix socket. Default none. */
  readonly trustedProxies?: readonly string[] | undefined
  /**
   * Whether connections begin with a header of the PROXY protocol (version 1 or 2): true refuses connections without one, and
   * all that do not come from trusted proxies; false reads none. Default: a header is read where a trusted proxy sends one.
   */
  readonly proxyProtocol?: boolean | undefined
}

type EntranceOptions = ProxyOptions & Pick<ListenerOptions, 'networkOf'>

export class Entrance {
  readonly #proxies: TrustedProxies
  /** The path of a Unix socket. */
  readonly path: string | undefined
  readonly #mode: boolean | undefined
  readonly #networkOf: (address: string) => string
  /** The clients that proxies named. */
  readonly #clients = new WeakMap<Socket, string>()

  /**
   * @param path the path of a Unix socket
   * @throws {UsageError} when a proxy is neither an address nor a network, or `proxyProtocol` is true without trusted proxies
   */
  constructor({ trustedProxies = [], proxyProtocol, networkOf = (address) => address }: EntranceOptions, path: string | undefined) {
    if (proxyProtocol === true && trustedProxies.length === 0) {
      throw new UsageError('proxyProtocol needs trustedProxies: the router accepts the header only from them', 'TL_PROXY')
    }
    this.#proxies = new TrustedProxies(trustedProxies)
    this.path = path
    this.#mode = proxyProtocol
    this.#networkOf = networkOf
  }

  /** Whether connections may begin with a header of the PROXY protocol. */
  get takesHeaders(): boolean {
    return this.#mode !== false && !this.#proxies.isEmpty
  }

  /** Reads and removes headers of the PROXY protocol before the server sees a connection. */
  guard(server: Server, looks: FirstLooks): void {
    if (!this.takesHeaders) return
    beforeEach(server, 'connection', (socket, goOn) => {
      if (this.#isTrusted(socket)) this.#takeHeader(socket, looks, goOn)
      else if (this.#mode === true) socket.destroy()
      else goOn()
    })
  }

  /** The client's IP address, for limits and the log. */
  addressOf(socket: Socket, headers?: IncomingMessage['headers']): string | undefined {
    const known = this.#nearest(socket)
    return headers === undefined || this.#proxies.isEmpty ? known : this.#proxies.clientOf(known ?? this.#unix, headers)
  }

  /** The address to which a connection counts before its client is known, one for all Unix sockets. */
  shareOf(socket: Socket): string | undefined {
    return this.#nearest(socket) ?? this.#unix
  }

  /** Whether a connection is that of a trusted proxy, which may bring any client. */
  isProxied(socket: Socket): boolean {
    return !this.#proxies.isEmpty && this.#proxies.has(this.shareOf(socket) ?? '')
  }

  /**
   * Whose share the work for a connection counts to before its client is known: its network; of a trusted proxy, which may bring many
   * clients, the connection itself.
   */
  ownerOf(socket: Socket): string | Socket {
    const address = this.shareOf(socket)
    return address === undefined || this.isProxied(socket) ? socket : this.#networkOf(address)
  }

  /** Whether the client's connection uses TLS up to a trusted proxy, as that reports. */
  endsTls(socket: Socket, headers: IncomingMessage['headers']): boolean {
    return this.#proxies.endTls(this.#nearest(socket) ?? this.#unix, headers['x-forwarded-proto'])
  }

  /** The client that the PROXY protocol named, or the remote address. */
  #nearest(socket: Socket): string | undefined {
    // Of a socket whose peer has broken it meanwhile, only that under TLS knows the address still.
    const under = socketUnder(socket)
    return this.#proxies.isEmpty ? under.remoteAddress : (this.#clients.get(under) ?? under.remoteAddress)
  }

  get #unix(): string | undefined {
    return this.path === undefined ? undefined : UNIX
  }

  /** The peer of the socket: address and port, or the path of a Unix socket. */
  peerOf(socket: Socket): string {
    const { remoteAddress, remotePort } = socketUnder(socket)
    return this.path ?? hostAndPort(remoteAddress, remotePort)
  }

  /** Whether its peer had broken a socket before it was accepted. Octets of it may be there still, which would count to no address. */
  isBroken({ remoteAddress }: Socket): boolean {
    return this.path === undefined && remoteAddress === undefined
  }

  /** Where a request comes from, for the log. */
  sourceOf({ socket, headers }: IncomingMessage): RequestSource {
    return { peer: this.peerOf(socket), address: this.addressOf(socket, headers) }
  }

  #isTrusted({ remoteAddress }: Socket): boolean {
    return this.#proxies.has(this.path === undefined ? (remoteAddress ?? '') : UNIX)
  }

  #takeHeader(socket: Socket, looks: FirstLooks, goOn: () => void): void {
    looks.begin(socket, (octets) => {
      const header = readProxyHeader(octets)
      if (header === 'incomplete') return 'more'
      if (header === 'malformed' || (header === 'none' && this.#mode === true)) return 'refuse'
      if (header === 'none') return { taken: 0, goOn }
      if (header.client !== undefined) this.#clients.set(socket, header.client)
      return { taken: header.length, goOn }
    })
  }
}
