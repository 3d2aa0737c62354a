// A port or Unix socket for RawSocket alone, with or without TLS. Never reads a connection.

import type { Server, Socket } from 'node:net'
import { createServer } from 'node:net'
import type { TlsOptions } from 'node:tls'
import { createServer as createSecureServer } from 'node:tls'

import { Arrivals } from './arrivals.ts'
import { BoundedHandshakes } from './bounded-handshakes.ts'
import type { ProxyOptions } from './entrance.ts'
import { Entrance } from './entrance.ts'
import { FirstLooks } from './first-octets.ts'
import type { Listener, ListenerChanges, ListenTarget } from './listener.ts'
import { boundAddress, closeServer, listen, renewCertificate, trackSockets } from './listener.ts'
import type { RawSocketOptions } from './rawsocket.ts'
import { DEFAULT_HANDSHAKE_TIMEOUT_MS, RawSocketDoor } from './rawsocket.ts'
import { StrangerTurns } from './stranger-turns.ts'
import { tlsOptionsOf } from './tls-options.ts'

export interface RawSocketListenerOptions extends RawSocketOptions, ProxyOptions {
  /** A TCP port (0 = any free one), or the path of a Unix socket. */
  readonly listen: ListenTarget
  /** Serves TLS. */
  readonly tls?: TlsOptions | undefined
}

/**
 * Listens for RawSocket. Clients get the power of two at or below `maxMessageBytes` as limit, at most 16 MiB.
 * @throws {UsageError} (rejects) when it cannot listen at the address, or the limit is below 512 octets
 */
export async function createRawSocketListener(options: RawSocketListenerOptions): Promise<Listener> {
  const entrance = new Entrance(options, 'path' in options.listen ? options.listen.path : undefined)
  const arrivals = new Arrivals(options, entrance)
  const door = new RawSocketDoor(options, entrance, arrivals)
  const handshakeMs = options.handshakeTimeoutMs ?? DEFAULT_HANDSHAKE_TIMEOUT_MS
  const turns = new StrangerTurns((socket) => entrance.ownerOf(socket))
  const looks = new FirstLooks(handshakeMs)
  const take = (socket: Socket): void => turns.begin(socket, () => door.take(socket))
  const server = createRawServer(options, handshakeMs, (socket) => looks.begin(socket, () => ({ taken: 0, goOn: take })))
  const handshakes = options.tls && new BoundedHandshakes(turns, entrance, options)
  handshakes?.count(server)
  arrivals.guardTls(server)
  turns.paceHandshakes(server)
  arrivals.guard(server, looks)
  handshakes?.name(server)
  turns.letIn.watch(server)
  options.turns?.letIn.watch(server)
  const destroySockets = options.tls === undefined ? undefined : trackSockets(server)
  await listen(server, options.listen, options)
  const close = (): Promise<void> => closeServer(server)
  return {
    address: addressOf(server, options),
    change(changes: ListenerChanges) {
      renewCertificate(server, changes.tls)
      door.change(changes)
    },
    drain: () => void close(),
    close,
    closeAll() {
      door.connections.destroyAll()
      looks.destroyAll()
      destroySockets?.()
    },
  }
}

function createRawServer(options: RawSocketListenerOptions, handshakeTimeout: number, onConnection: (socket: Socket) => void): Server {
  const common = { allowHalfOpen: true }
  if (options.tls === undefined) return createServer(common, onConnection)
  const server = createSecureServer({ ...common, ...tlsOptionsOf(options.tls), handshakeTimeout }, onConnection)
  // After a handshake that failed or took too long, Node reports the error and leaves the socket open.
  return server.on('tlsClientError', (_error, socket) => void socket.destroy())
}

function addressOf(server: Server, { tls, listen: target }: RawSocketListenerOptions): string {
  const scheme = tls === undefined ? 'rs' : 'rss'
  return 'path' in target ? `${scheme}+unix://${target.path}` : `${scheme}://${boundAddress(server)}`
}
