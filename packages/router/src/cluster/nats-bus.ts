// Packets between nodes by NATS: a node subscribes to two subjects, whatever it carries. NATS may lose and reorder them, and the links above
// it do not care. Never looks into a packet, and never makes a subject of what a user wrote.

import type { NatsConnection, NodeConnectionOptions } from '@nats-io/transport-node'
import { connect, credsAuthenticator, errors, nkeyAuthenticator } from '@nats-io/transport-node'
import { UsageError } from '@trunkline/protocol'
import type { Bus, BusOwner, Log } from '../core/ports/index.ts'
import { isNodeName } from './node-name.ts'

/** The longest packet, and the room that is left for what NATS adds to one. */
const LONGEST_PACKET = 256 << 10
const LEAST_PACKET = 64 << 10
const MARGIN = 1_024
/** After this time without an answer a server counts as away. With pings each second that is 3 s, within the 5 s of a link. */
const CONNECT_MS = 2_000
const PING_MS = 1_000
/** The time before all servers are tried again: doubled after each round without success. After a refusal it is longer: only an operator can mend it. */
const FIRST_RETRY_MS = 100
const LONGEST_RETRY_MS = 500
const REFUSED_RETRY_MS = 2_000
/** The same trouble is logged again after this time. */
const LOG_INTERVAL_MS = 60_000
const CLOSE_MS = 500

export interface NatsBusOptions {
  /** The name of the cluster: 1 to 32 letters, digits, `_` and `-`. */
  readonly cluster: string
  /** The name of this node: 1 to 64 letters, digits, `_` and `-`. */
  readonly node: string
  /** The servers of NATS: `nats://host:port`, or `tls://host:port`, with which all are reached by TLS only. One of them is used at a time. */
  readonly servers: readonly string[]
  /** The content of a credentials file (JWT and seed). */
  readonly credentials?: Uint8Array | undefined
  /** The seed of an nkey. */
  readonly nkey?: string | undefined
  readonly user?: string | undefined
  readonly password?: string | undefined
  readonly token?: string | undefined
  /** With it, servers are reached by TLS only: authorities, and certificate and key of this node, in PEM. */
  readonly tls?: { readonly ca?: string | undefined; readonly cert?: string | undefined; readonly key?: string | undefined } | undefined
  readonly log: Log
  /** For tests: opens a connection to one server. */
  readonly connect?: ((options: NodeConnectionOptions) => Promise<Connection>) | undefined
}

/** What is used of a connection to NATS. */
export type Connection = Pick<NatsConnection, 'info' | 'publish' | 'subscribe' | 'status' | 'closed' | 'close' | 'flush'>

interface Trouble {
  readonly level: 'warn' | 'error'
  readonly text: string
  readonly [field: string]: unknown
}

interface Watched {
  readonly connection: Connection
  /** A subscription that NATS forbids. */
  forbidden: Error | undefined
}

export class NatsBus implements Bus {
  readonly node: string
  /** Two processes may have the same name: they hear of each other within this time. */
  readonly nameMs = 2_000
  /**
   * - `dropped`: packets that were to be sent while NATS was away; the links send them again.
   * - `refused`: packets from what is no name of a node.
   * - `connections`: how often NATS was reached.
   */
  readonly counters = { dropped: 0, refused: 0, connections: 0 }
  readonly #options: NatsBusOptions
  readonly #authenticator: NodeConnectionOptions['authenticator']
  readonly #helloSubject: string
  readonly #prefix: string
  readonly #toMe: string
  readonly #waiting = new Set<(isConnected: boolean) => void>()
  readonly #loggedAt = new Map<string, number>()
  #owner: BusOwner | undefined
  #connection: Connection | undefined
  #maxPacketBytes = LONGEST_PACKET
  #server: number
  #retryMs = FIRST_RETRY_MS
  /** Ends the pause before the next round. */
  #wake: (() => void) | undefined
  #isClosing = false
  #closing: Promise<void> | undefined

  /**
   * Begins to connect, and goes on for ever; {@link start} may be called before it has.
   * @throws {UsageError} when a name is none, no server is named, or the credentials cannot be used
   */
  constructor(options: NatsBusOptions) {
    const { cluster, node, servers } = options
    if (!/^[\w-]{1,32}$/.test(cluster))
      throw new UsageError(`a cluster is named by 1 to 32 letters, digits, _ and -, not ${JSON.stringify(cluster)}`)
    if (!isNodeName(node)) throw new UsageError(`a node is named by 1 to 64 letters, digits, _ and -, not ${JSON.stringify(node)}`)
    if (servers.length === 0) throw new UsageError('a cluster over NATS needs at least one server')
    this.node = node
    this.#options = options
    this.#authenticator = authenticatorOf(options)
    this.#helloSubject = `tl1.${cluster}.hello`
    this.#prefix = `tl1.${cluster}.n.`
    this.#toMe = `${this.#prefix}${node}.`
    // Nodes do not all use the same server.
    this.#server = Math.floor(Math.random() * servers.length)
    void this.#run()
  }

  get maxPacketBytes(): number {
    return this.#maxPacketBytes
  }

  /** Whether NATS can be reached now. */
  get isConnected(): boolean {
    return this.#connection !== undefined
  }

  /** Resolves once NATS is reached, with true, or after a time, with false. */
  untilConnected(mostMs: number): Promise<boolean> {
    if (this.isConnected) return Promise.resolve(true)
    return new Promise((resolve) => {
      const done = (isConnected: boolean): void => {
        clearTimeout(timer)
        this.#waiting.delete(done)
        resolve(isConnected)
      }
      const timer = setTimeout(done, mostMs, false)
      this.#waiting.add(done)
    })
  }

  start(owner: BusOwner): void {
    this.#owner = owner
    if (this.isConnected) setImmediate(() => this.#owner?.onStatus(this.isConnected))
  }

  send(to: string, packet: Uint8Array): void {
    if (packet.length > this.#maxPacketBytes) return this.#beginAnew(to)
    this.#publish(`${this.#prefix}${to}.${this.node}`, packet)
  }

  announce(hello: Uint8Array): void {
    this.#publish(this.#helloSubject, hello)
  }

  /** Sends what was handed over, for half a second at most, and ends the connection. The owner is not called any more. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#owner = undefined
    this.#isClosing = true
    this.#wake?.()
    for (const done of this.#waiting) done(false)
    const connection = this.#connection
    this.#connection = undefined
    if (connection === undefined) return
    await Promise.race([connection.flush().catch(() => undefined), new Promise((resolve) => setTimeout(resolve, CLOSE_MS).unref())])
    await connection.close()
  }

  #publish(subject: string, octets: Uint8Array): void {
    try {
      if (this.#connection === undefined) this.counters.dropped++
      else this.#connection.publish(subject, octets)
    } catch {
      // The connection has ended in this very turn.
      this.counters.dropped++
    }
  }

  /** NATS takes only shorter packets than when this one was made: as NATS would never take it, the link to that node begins anew. */
  #beginAnew(to: string): void {
    this.counters.dropped++
    setImmediate(() => this.#owner?.onGone(to))
  }

  /** Keeps connected, to one server after the other. */
  async #run(): Promise<void> {
    const { servers } = this.#options
    let faults: unknown[] = []
    while (!this.#isClosing) {
      const fault = await this.#serve(servers[this.#server] ?? '')
      this.#server = (this.#server + 1) % servers.length
      // A connection that was open has ended: the next server is tried at once.
      faults = fault === undefined ? [] : [...faults, fault]
      if (faults.length < servers.length || this.#isClosing) continue
      this.#tellAway(faults)
      await this.#pause(faults.some(isRefusal) ? REFUSED_RETRY_MS : this.#nextRetry())
      faults = []
    }
  }

  /** Uses a server until its connection ends. Returns why it could not be reached; undefined when it was. */
  async #serve(server: string): Promise<unknown> {
    let connection: Connection
    try {
      connection = await (this.#options.connect ?? connect)(this.#connectionOptions(server))
    } catch (error) {
      return error ?? new Error('the connection was closed')
    }
    const watched: Watched = { connection, forbidden: undefined }
    const ended = this.#watch(watched)
    const fault = await this.#prepare(watched)
    if (fault === undefined && !this.#isClosing) {
      this.#opened(connection, server)
      this.#lost(connection, server, await connection.closed())
    } else await connection.close()
    await ended
    return fault ?? watched.forbidden
  }

  /** Subscribes, and waits until NATS has allowed it. Returns why the server is of no use. */
  async #prepare(watched: Watched): Promise<unknown> {
    const { connection } = watched
    const { max_payload: mostOctets = LEAST_PACKET } = connection.info ?? {}
    const needed = LEAST_PACKET + MARGIN
    if (mostOctets < needed)
      return new SmallPayload(`it takes messages of ${mostOctets} octets only (max_payload), and nodes need ${needed}`)
    this.#maxPacketBytes = Math.min(mostOctets - MARGIN, LONGEST_PACKET)
    try {
      this.#listen(watched, this.#helloSubject, (_, octets) => this.#owner?.onHello(octets))
      this.#listen(watched, `${this.#toMe}*`, (subject, octets) => this.#take(subject, octets))
      await connection.flush()
    } catch (error) {
      return watched.forbidden ?? error
    }
    return watched.forbidden
  }

  #connectionOptions(server: string): NodeConnectionOptions {
    const { servers, tls } = this.#options
    const isSecure = tls !== undefined || servers.some((each) => each.startsWith('tls://'))
    return {
      servers: [server],
      name: `trunkline/${this.node}`,
      noEcho: true,
      // Reconnecting is done here: then each failure is seen, and what waits for a server that stands still ends with its connection.
      reconnect: false,
      pingInterval: PING_MS,
      maxPingOut: 2,
      timeout: CONNECT_MS,
      ...(this.#authenticator !== undefined && { authenticator: this.#authenticator }),
      ...(isSecure && { tls: defined(tls ?? {}) }),
    }
  }

  #opened(connection: Connection, server: string): void {
    this.#connection = connection
    this.#retryMs = FIRST_RETRY_MS
    this.#loggedAt.clear()
    this.counters.connections++
    this.#options.log.info('NATS is reached', { area: 'cluster', node: this.node, server })
    for (const done of this.#waiting) done(true)
    this.#owner?.onStatus(true)
  }

  #lost(connection: Connection, server: string, error: void | Error): void {
    if (this.#connection !== connection) return
    this.#connection = undefined
    const reason = error instanceof Error ? error.message : 'it does not answer, or has closed the connection'
    this.#options.log.warn('the connection to NATS is lost', { area: 'cluster', node: this.node, server, error: reason })
    this.#owner?.onStatus(false)
  }

  #take(subject: string, packet: Uint8Array): void {
    const from = subject.slice(this.#toMe.length)
    if (isNodeName(from)) this.#owner?.onPacket(from, packet)
    else this.counters.refused++
  }

  /** An error of the owner is not for the connection, which would go on without reading. */
  #listen(watched: Watched, subject: string, take: (subject: string, octets: Uint8Array) => void): void {
    const callback = (error: Error | null, message: { readonly subject: string; readonly data: Uint8Array }): void => {
      // Comes before the answer to `flush`.
      if (error !== null) return this.#forbidden(watched, error)
      try {
        take(message.subject, message.data)
      } catch (fault) {
        setImmediate(() => {
          throw fault
        })
      }
    }
    watched.connection.subscribe(subject, { callback })
  }

  /** Follows a connection until it ends. */
  async #watch(watched: Watched): Promise<void> {
    for await (const status of watched.connection.status()) {
      // Its end would wait until what was written to it has left, which a server that stands still does not take.
      if (status.type === 'staleConnection') void watched.connection.close()
      else if (status.type === 'error') this.#tellForbidden(status.error)
    }
  }

  /** Without a subscription the node would be connected and hear no other node. */
  #forbidden(watched: Watched, error: Error): void {
    watched.forbidden ??= error
    this.#tellForbidden(error)
    void watched.connection.close()
  }

  #tellForbidden(error: Error): void {
    if (!(error instanceof errors.PermissionViolationError)) return
    const { operation, subject } = error
    const isPublish = operation === 'publish'
    const needed = `tl1.${this.#options.cluster}.>`
    const remedy = `let the user of the nodes publish to and subscribe to ${needed}; until then this node is not linked to others`
    const fields = { operation: isPublish ? 'publish' : 'subscribe', subject, remedy }
    this.#logOnce(operation, { level: 'error', text: 'NATS forbids what a node needs', ...fields })
  }

  #tellAway(faults: readonly unknown[]): void {
    const refusal = faults.find(isRefusal)
    if (refusal instanceof errors.PermissionViolationError) return // Was logged.
    const error = [...new Set(faults.map(textOf))].join('; ')
    const servers = this.#options.servers.length
    if (refusal instanceof SmallPayload) {
      const remedy = 'raise max_payload of the servers'
      return this.#logOnce(error, { level: 'error', text: 'NATS takes no messages as long as nodes need', error, servers, remedy })
    }
    if (refusal !== undefined) {
      const remedy = 'see user, password, token, nkey or credentials of cluster.nats'
      return this.#logOnce(error, { level: 'error', text: 'NATS refuses this node', error, servers, remedy })
    }
    const see = error.includes('certificate') ? 'cluster.nats.tls and the certificates of the servers' : 'cluster.nats.servers'
    const remedy = `see ${see}; they are tried again all the time`
    this.#logOnce(error, { level: 'warn', text: 'NATS is away', error, servers, remedy })
  }

  #logOnce(key: string, { level, text, ...fields }: Trouble): void {
    const now = performance.now()
    if (now - (this.#loggedAt.get(key) ?? -Infinity) < LOG_INTERVAL_MS) return
    for (const [each, at] of this.#loggedAt) if (now - at >= LOG_INTERVAL_MS) this.#loggedAt.delete(each)
    this.#loggedAt.set(key, now)
    this.#options.log[level](text, { area: 'cluster', node: this.node, ...fields })
  }

  #nextRetry(): number {
    const retryMs = this.#retryMs * (1 + Math.random())
    this.#retryMs = Math.min(2 * this.#retryMs, LONGEST_RETRY_MS)
    return retryMs
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

/** @throws {UsageError} when what it is made of cannot be read */
function authenticatorOf({ credentials, nkey, user, password, token }: NatsBusOptions): NodeConnectionOptions['authenticator'] {
  if (user !== undefined) return () => ({ user, pass: password ?? '' })
  if (token !== undefined) return () => ({ auth_token: token })
  if (credentials === undefined && nkey === undefined) return undefined
  const what = credentials === undefined ? 'the nkey' : 'the credentials'
  const make = credentials === undefined ? nkeyAuthenticator(new TextEncoder().encode(nkey)) : credsAuthenticator(credentials)
  try {
    make('nonce')
  } catch {
    // The error may show what was read.
    throw new UsageError(
      `${what} for NATS cannot be used: ${credentials === undefined ? 'a seed begins with SU' : 'no JWT with a seed was found'}`,
    )
  }
  return make
}

/** Only an operator can mend it: NATS does not know this node, or does not let it do what it needs. */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof errors.AuthorizationError ||
    error instanceof errors.UserAuthenticationExpiredError ||
    error instanceof errors.PermissionViolationError ||
    error instanceof SmallPayload
  )
}

/** A server that takes only messages that are too short. */
class SmallPayload extends Error {}

function textOf(error: unknown): string {
  if (error instanceof errors.TimeoutError) return `no answer within ${CONNECT_MS / 1_000} s`
  return error instanceof Error ? error.message : String(error)
}

function defined(options: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(options).filter((entry): entry is [string, string] => entry[1] !== undefined))
}
