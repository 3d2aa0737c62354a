// The common interface of all listeners, and how they start to listen. Never reads or writes a connection.

import { chmod, lstat, rm } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo, Server, Socket } from 'node:net'
import { connect } from 'node:net'
import type { TlsOptions } from 'node:tls'
import { Server as TlsServer } from 'node:tls'
import { isMainThread } from 'node:worker_threads'

import type { Serializer, SerializerName } from '@trunkline/protocol'
import { UsageError } from '@trunkline/protocol'

import type { Accept, ListenerLogins, Place, ReachedLimit } from '../core/ports/index.ts'
import type { HttpDoorOptions } from './http-door/options.ts'
import type { ReadTurns } from './read-turns.ts'
import { tlsOptionsOf } from './tls-options.ts'

/** Accepts connections at one address. */
export interface Listener {
  /** A printable URL: `ws://127.0.0.1:8080/ws`, `rs://127.0.0.1:8081`, `rs+unix:///run/wamp.sock`. */
  readonly address: string
  /** The router is about to stop: accepts no new sessions. What else it serves, such as health, continues until it is closed. */
  drain(): void
  /**
   * Stops accepting; resolves when the last connection has ended. The owners close open connections;
   * {@link closeAll} ends the rest after a period of grace.
   */
  close(): Promise<void>
  /** Destroys every connection that is still open. */
  closeAll(): void
  /** Changes the options for connections to come; open ones keep theirs. */
  change(changes: ListenerChanges): void
}

/** The options that can change while a listener is open. An absent member stays as it is; an undefined one becomes its default. */
export interface ListenerChanges extends Pick<ListenerOptions, 'maxMessageBytes' | 'serializers' | 'maxConnections' | 'logins'> {
  /** A new certificate, only where TLS is already served. Whether clients need a certificate does not change. */
  readonly tls?: TlsOptions | undefined
  /** WebSocket only. */
  readonly paths?: readonly string[] | undefined
  /** WebSocket only. */
  readonly mayUpgrade?: ((request: IncomingMessage, from: RequestSource) => Refusal | undefined) | undefined
  /** HTTP only: the door for calls and publications. */
  readonly http?: HttpDoorOptions | undefined
  /** HTTP only. */
  readonly routes?: RouteHandler | undefined
}

/** Answers a request and returns true, or leaves it to the next handler. */
export type RouteHandler = (request: IncomingMessage, response: ServerResponse, from: RequestSource) => boolean

/** An HTTP answer instead of a connection. */
export interface Refusal {
  readonly status: number
  /** One line. */
  readonly text: string
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** Where a request comes from. */
export interface RequestSource {
  /** Address and port of the socket's peer, or the path of a Unix socket. */
  readonly peer: string
  /** The client's address, as a trusted proxy reports it where there is one. */
  readonly address?: string | undefined
}

/** A connection for which there was no room. */
export interface RefusedConnection extends RequestSource {
  /** The status of the answer, for HTTP. */
  readonly status?: number
  readonly text: string
}

/**
 * Gives places by address; a result with `limit` means that there is none.
 * @param isProxy the address is that of a trusted proxy, and the connection may be for any client of it
 */
export type Places = (address: string | undefined, isProxy?: boolean) => Place | Pick<ReachedLimit, 'limit'>

/** The options of every listener. */
export interface ListenerOptions {
  readonly accept: Accept
  /** The reading turns, shared by all connections that use the same object. Default: turns of its own. */
  readonly turns?: ReadTurns | undefined
  /** Gets what a callback of an owner or a handler of the router threw, after its connection was destroyed; and faults in accepting. */
  readonly onError: (error: unknown) => void
  /** Whether there is room for one more connection from an address that has no place as a socket. Default: there is. */
  readonly hasRoom?: ((address: string | undefined) => boolean) | undefined
  /** Called for a connection or request that exceeds a limit of headers or connections. Default: not reported. */
  readonly onRefused?: ((refused: RefusedConnection) => void) | undefined
  /** Gives each new socket a place; one without a place is ended. The owner of the connection takes it over. Default: not counted. */
  readonly arrive?: Places | undefined
  /** Gives each socket a place whose connection has ended, until it is closed; one without a place is closed soon. Default: not counted. */
  readonly linger?: Places | undefined
  /** The network that counts as one address. Default: each address by itself. */
  readonly networkOf?: ((address: string) => string) | undefined
  /** Makes a number of places, of which no address may have more than are left for others. Default: no limit by address. */
  readonly places?: ((most: number) => Places) | undefined
  /** Default 4 MiB. */
  readonly maxMessageBytes?: number | undefined
  /** The serializers that a client may choose. Default all. */
  readonly serializers?: readonly SerializerName[] | undefined
  /** The most connections at a time; further ones are refused. Default: no limit. */
  readonly maxConnections?: number | undefined
  /** The logins that it accepts. Default: all that the realms accept. */
  readonly logins?: ListenerLogins | undefined
  /** The serializers of the client's side of sessions, for doors of other protocols. */
  readonly formats?: Readonly<Record<SerializerName, Serializer>> | undefined
  /** How long a peer may take to end a connection that the router closed. Default 2 s. */
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
 * Starts a server. Replaces the file of a Unix socket that an ended process left behind.
 * @throws {UsageError} (rejects) when it cannot listen at the address
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

/** Stops accepting; resolves when all connections of the server have ended. Idempotent. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
  })
}

/**
 * Keeps track of the sockets of a TLS server from their first moment, before their handshake shows them to other code.
 * @returns a function that destroys all open ones
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
 * Gives a server another certificate, for future handshakes.
 * @throws {UsageError} when the server does not speak TLS, or the certificate cannot be used
 */
export function renewCertificate(server: Server, tls: TlsOptions | undefined): void {
  if (tls === undefined) return
  if (!(server instanceof TlsServer)) throw new UsageError('a listener without TLS cannot change its certificate')
  try {
    server.setSecureContext(tlsOptionsOf(tls))
  } catch (error) {
    throw new UsageError(`certificate and key cannot be used: ${error instanceof Error ? error.message : String(error)}`, 'TL_USAGE', {
      cause: error,
    })
  }
}

function listenOnce(server: Server, target: ListenTarget, backlog: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    const begin = (): void => {
      server.listen('path' in target ? { path: target.path, backlog } : { host: target.host, port: target.port, backlog }, () => {
        server.removeListener('error', reject)
        resolve()
      })
    }
    if ('path' in target && target.mode !== undefined) withMode(target.mode, begin)
    else begin()
  })
}

/**
 * Makes files that are created meanwhile, which must be at once, no more open than a mode says. What other threads create in that moment
 * may be less open than they want, never more. A worker thread has no umask of its own to set.
 */
function withMode(mode: number, create: () => void): void {
  if (!isMainThread) return create()
  const before = process.umask(~mode & 0o777)
  try {
    create()
  } finally {
    process.umask(before)
  }
}

/** Whether the path is a Unix socket without a listening process. An ordinary file is not the router's to remove. */
async function isAbandoned(path: string): Promise<boolean> {
  const isSocket = await lstat(path).then(
    (found) => found.isSocket(),
    () => false, // Gone meanwhile, or not readable: the caller reports that the path is in use.
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

/** The options that the router itself sets for each listener. */
export type FromListener = 'accept' | 'onError' | 'onRefused' | 'hasRoom' | 'arrive' | 'places' | 'networkOf' | 'turns' | 'formats'
