// The common shape of all listeners and the act of listening. Never reads or writes a connection.

import { constants } from 'node:crypto'
import { chmod, lstat, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo, Server, Socket } from 'node:net'
import { connect } from 'node:net'
import type { TlsOptions } from 'node:tls'
import { Server as TlsServer } from 'node:tls'

import type { SerializerName } from '@trunkline/protocol'
import { UsageError } from '@trunkline/protocol'

import type { Accept, ListenerLogins, Place, ReachedLimit } from '../core/ports/index.ts'
import type { ReadTurns } from './read-turns.ts'

/** An open door for connections. */
export interface Listener {
  /** A printable URL: `ws://127.0.0.1:8080/ws`, `rs://127.0.0.1:8081`, `rs+unix:///run/wamp.sock`. */
  readonly address: string
  /** The router is about to stop: takes no new sessions. What else it serves, such as health, goes on until it is closed. */
  drain(): void
  /**
   * Stops accepting; resolves when the last connection is gone. Open connections are closed by their owners;
   * what is left after a grace is ended by {@link closeAll}.
   */
  close(): Promise<void>
  /** Destroys every connection that is still open. */
  closeAll(): void
  /** Changes what holds for connections that come from now on; the open ones keep what they have. */
  change(changes: ListenerChanges): void
}

/** What can change while a listener is open. A member that is absent stays as it is; one that is undefined becomes its default. */
export interface ListenerChanges extends Pick<ListenerOptions, 'maxMessageBytes' | 'serializers' | 'maxConnections' | 'logins'> {
  /** A new certificate, only where TLS is served already. Whether clients are asked for theirs stays as it was. */
  readonly tls?: TlsOptions | undefined
  /** WebSocket only. */
  readonly paths?: readonly string[] | undefined
  /** WebSocket only. */
  readonly mayUpgrade?: ((request: IncomingMessage) => Refusal | undefined) | undefined
}

/** An HTTP answer instead of a connection. */
export interface Refusal {
  readonly status: number
  /** One line. */
  readonly text: string
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** A connection that found no room. */
export interface RefusedConnection {
  /** Address and port of the other end of the socket. */
  readonly peer: string
  /** The client's, by the word of a trusted proxy where there is one. */
  readonly address?: string | undefined
  /** The status of the answer, over HTTP. */
  readonly status?: number
  readonly text: string
}

/** Gives places by address; `limit` says that there is none. */
export type Places = (address: string | undefined) => Place | Pick<ReachedLimit, 'limit'>

/** What every listener is given. */
export interface ListenerOptions {
  readonly accept: Accept
  /** Whose turn it is to be read, among all who share them. Default: turns of its own. */
  readonly turns?: ReadTurns | undefined
  /** Told of what an owner's callback or a handler of ours threw, after its connection was destroyed; and of faults in accepting. */
  readonly onError: (error: unknown) => void
  /** Whether one more connection from an address may come that has no place as a socket. Default: it may. */
  readonly hasRoom?: ((address: string | undefined) => boolean) | undefined
  /** Told of a connection or request that finds no room: more octets of headers, or more connections, than may be. Default: nobody is. */
  readonly onRefused?: ((refused: RefusedConnection) => void) | undefined
  /** Asked for each socket from its first moment; without a place it is ended. The place goes on to who accepts the connection. Default: none is counted. */
  readonly arrive?: Places | undefined
  /** So many places, of which no address has more than are left for others. Default: whoever comes first has them. */
  readonly places?: ((most: number) => Places) | undefined
  /** Default 4 MiB. */
  readonly maxMessageBytes?: number | undefined
  /** The serializers that a client may choose. Default all. */
  readonly serializers?: readonly SerializerName[] | undefined
  /** At most so many connections at a time; further ones are refused. No limit by default. */
  readonly maxConnections?: number | undefined
  /** Whom it lets in. Default: all whom the realms let in. */
  readonly logins?: ListenerLogins | undefined
  /** How long a peer may take to end a connection that we closed. Default 2 s. */
  readonly closeTimeoutMs?: number | undefined
  /** Connections that the system keeps until they are accepted. Default 4,096; the system may keep fewer. */
  readonly backlog?: number | undefined
}

export const DEFAULT_MAX_MESSAGE_BYTES = 4 * 1024 * 1024
export const DEFAULT_CLOSE_TIMEOUT_MS = 2_000
export const ALL_SERIALIZERS: readonly SerializerName[] = ['json', 'msgpack', 'cbor']

/** Where to listen: a TCP port (0 = any free one) of an address, or the path of a Unix socket. */
export type ListenTarget =
  | { readonly host: string; readonly port: number }
  /** @property mode the permissions of the socket's file, such as `0o660`; default: as the process's umask has it */
  | { readonly path: string; readonly mode?: number | undefined }

/** How a server is started. */
interface ListenSettings {
  readonly onError: (error: unknown) => void
  readonly backlog?: number | undefined
}

/**
 * Starts a server. A Unix socket's file left behind by a process that is gone is replaced.
 * @throws {UsageError} (rejects) when the address cannot be had
 */
export async function listen(server: Server, target: ListenTarget, { onError, backlog = DEFAULT_BACKLOG }: ListenSettings): Promise<void> {
  try {
    await listenOnce(server, target, backlog)
  } catch (error) {
    if (!('path' in target) || codeOf(error) !== 'EADDRINUSE' || !(await isAbandoned(target.path))) throw usageError(error, target)
    await rm(target.path)
    await listenOnce(server, target, backlog).catch((second: unknown) => {
      throw usageError(second, target)
    })
  }
  if ('path' in target && target.mode !== undefined) await setMode(server, target.path, target.mode)
  server.on('error', onError)
}

async function setMode(server: Server, path: string, mode: number): Promise<void> {
  try {
    await chmod(path, mode)
  } catch (error) {
    await closeServer(server)
    throw usageError(error, { path })
  }
}

/** `host:port` of a listening TCP server, an IPv6 address in brackets. */
export function boundAddress(server: Server): string {
  const address = server.address() as AddressInfo
  return hostAndPort(address.address, address.port)
}

/** `host:port`, an IPv6 address in brackets. */
export function hostAndPort(host: string | undefined, port: number | undefined): string {
  return host !== undefined && host.includes(':') ? `[${host}]:${port ?? 0}` : `${host ?? 'unknown'}:${port ?? 0}`
}

/** Stops accepting; resolves when all connections of the server are gone. Idempotent. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
  })
}

/**
 * Knows the sockets of a TLS server from their first moment, before their handshake shows them to anybody else.
 * @returns destroys all that are open
 */
export function trackSockets(server: Server): () => void {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return () => {
    for (const socket of sockets) socket.destroy()
  }
}

/**
 * What a TLS server is given: with it no client of TLS 1.2 asks for handshake after handshake on one connection. Each costs a
 * signature, and only the first waits for its turn.
 */
export function withoutRenegotiation(tls: TlsOptions): TlsOptions {
  return { ...tls, secureOptions: (tls.secureOptions ?? 0) | constants.SSL_OP_NO_RENEGOTIATION }
}

/**
 * Gives a server another certificate, for the handshakes to come.
 * @throws {UsageError} when the server does not speak TLS, or the certificate cannot be used
 */
export function renewCertificate(server: Server, tls: TlsOptions | undefined): void {
  if (tls === undefined) return
  if (!(server instanceof TlsServer)) throw new UsageError('a listener without TLS takes no certificate')
  try {
    server.setSecureContext(withoutRenegotiation(tls))
  } catch (error) {
    throw new UsageError(`certificate and key cannot be used: ${error instanceof Error ? error.message : String(error)}`, 'TL_USAGE', {
      cause: error,
    })
  }
}

function listenOnce(server: Server, target: ListenTarget, backlog: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen('path' in target ? { path: target.path, backlog } : { host: target.host, port: target.port, backlog }, () => {
      server.removeListener('error', reject)
      resolve()
    })
  })
}

/** Whether there is a Unix socket at which nobody answers. An ordinary file also answers nobody, but is not ours to remove. */
async function isAbandoned(path: string): Promise<boolean> {
  const isSocket = await lstat(path).then(
    (found) => found.isSocket(),
    () => false, // Gone meanwhile, or not ours to see: the caller reports that the path is taken.
  )
  if (!isSocket) return false
  return new Promise((resolve) => {
    const probe = connect({ path })
    probe.once('connect', () => {
      probe.destroy()
      resolve(false)
    })
    probe.once('error', (error) => resolve(codeOf(error) === 'ECONNREFUSED'))
  })
}

function usageError(error: unknown, target: ListenTarget): unknown {
  const place = 'path' in target ? target.path : `port ${target.port} on ${target.host}`
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return new UsageError(`${place} is in use`, LISTEN_FAILED, { cause: error })
    case 'EACCES':
      return new UsageError(`no permission to listen on ${place}`, LISTEN_FAILED, { cause: error })
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new UsageError(`cannot listen on ${place}: not an address of this machine`, LISTEN_FAILED, { cause: error })
    default:
      return new UsageError(`cannot listen on ${place}: ${error instanceof Error ? error.message : String(error)}`, LISTEN_FAILED, {
        cause: error,
      })
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
}

const LISTEN_FAILED = 'TL_LISTEN'
const DEFAULT_BACKLOG = 4_096

/** What the router itself gives each listener. */
export type FromListener = 'accept' | 'onError' | 'onRefused' | 'hasRoom' | 'arrive' | 'places' | 'turns'
