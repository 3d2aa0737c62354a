// For tests: a proxy that makes connections by CONNECT, and an agent that goes through it.

import { once } from 'node:events'
import type { RequestOptions, Server } from 'node:http'
import { createServer, request } from 'node:http'
import { Agent } from 'node:https'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ConnectionOptions } from 'node:tls'
import { connect as connectSecurely } from 'node:tls'

/** A proxy that records the addresses to which it was asked to connect. */
export class ConnectProxy {
  readonly asked: string[] = []
  readonly #server: Server = createServer((_request, response) => void response.writeHead(405).end())
  readonly #sockets = new Set<Duplex>()

  static async start(): Promise<ConnectProxy> {
    const proxy = new ConnectProxy()
    proxy.#server.on('connect', ({ url = '' }, socket: Duplex) => proxy.#tunnel(url, socket)).listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  stop(): Promise<unknown> {
    for (const socket of this.#sockets) socket.destroy()
    return new Promise((resolve) => this.#server.close(resolve))
  }

  #tunnel(place: string, socket: Duplex): void {
    this.asked.push(place)
    const [host, port] = place.split(':')
    const other = connect({ host, port: Number(port) }, () => socket.write('HTTP/1.1 200 OK\r\n\r\n'))
    for (const each of [socket, other]) this.#sockets.add(each.on('error', () => [socket, other].forEach((end) => end.destroy())))
    socket.pipe(other).pipe(socket)
  }
}

/** An agent for TLS that makes its connections through a proxy. */
export class ProxyAgent extends Agent {
  readonly #proxy: string

  constructor(proxy: string) {
    super({ keepAlive: false })
    this.#proxy = proxy
  }

  override createConnection(options: RequestOptions, done?: (error: Error | null, stream: Duplex) => void): undefined {
    const { host, port } = options
    const asking = request(this.#proxy, { method: 'CONNECT', path: `${host}:${port}` })
    asking.on('connect', (_response, socket) => done?.(null, connectSecurely({ ...options, socket } as ConnectionOptions)))
    asking.on('error', (error) => done?.(error, asking.socket as Duplex)).end()
  }
}
