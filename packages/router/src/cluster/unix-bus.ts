// Packets between the processes of one machine, by Unix sockets: each process listens in a common folder, and connects to those whose
// names are smaller than its own. Never looks into a packet.

import type { Server, Socket } from 'node:net'
import { connect, createServer } from 'node:net'
import { UsageError } from '@trunkline/protocol'
import type { Bus, BusOwner } from '../core/ports/index.ts'
import { isNodeName } from './node-name.ts'
import type { ConnectionOwner } from './unix-connection.ts'
import { LONGEST_PACKET, UnixConnection } from './unix-connection.ts'
import { listenAt, prepareFolder, socketOf } from './unix-socket.ts'

/** The time before a connection is tried again: doubled after each failure. */
const FIRST_RETRY_MS = 20
const LONGEST_RETRY_MS = 250
/** The most connections that were accepted and have not named their node yet: one more ends the oldest. */
const MOST_UNNAMED = 64

/** The attempts to be connected to one node. */
interface Dial {
  readonly node: string
  readonly path: string
  retryMs: number
  timer: NodeJS.Timeout | undefined
  connection: UnixConnection | undefined
}

export interface UnixBusOptions {
  /** The name of this node: 1 to 64 letters, digits, `_` and `-`, no other process has it. */
  readonly node: string
  /** Where the sockets are. Made with mode 0700 when it is not there. */
  readonly folder: string
}

export class UnixBus implements Bus {
  readonly node: string
  readonly maxPacketBytes = LONGEST_PACKET
  /**
   * - `dropped`: packets that did not fit into what may wait for a process.
   * - `refused`: connections that were ended, since they are none of a node or have the name of one that is connected.
   * - `failures`: connections that could not be accepted, for want of descriptors.
   */
  readonly counters = { dropped: 0, refused: 0, failures: 0 }
  readonly #folder: string
  readonly #server: Server
  readonly #connections = new Map<string, UnixConnection>()
  /** Accepted ones that have not named their node yet. */
  readonly #unnamed = new Set<UnixConnection>()
  /** The nodes that this one connects to. */
  readonly #dials = new Map<string, Dial>()
  readonly #events: ConnectionOwner = {
    onName: (connection, node) => this.#named(connection, node),
    onHello: (_, hello) => this.#owner?.onHello(hello),
    onPacket: (node, packet) => this.#owner?.onPacket(node, packet),
    onClose: (connection) => this.#closed(connection),
  }
  #owner: BusOwner | undefined
  #hello: Uint8Array | undefined
  #closing: Promise<void> | undefined

  private constructor({ node, folder }: UnixBusOptions) {
    this.node = node
    this.#folder = folder
    this.#server = createServer((socket) => this.#accept(socket))
  }

  /**
   * Listens. Until {@link start} is called, other processes connect in vain, and try again.
   * @throws {UsageError} (rejects) when the name is none or another process has it, or the folder cannot be used; always on Windows
   */
  static async open(options: UnixBusOptions): Promise<UnixBus> {
    if (process.platform === 'win32') throw new UsageError('processes are joined by Unix sockets, which Node does not offer on Windows')
    if (!isNodeName(options.node))
      throw new UsageError(`a node is named by 1 to 64 letters, digits, _ and -, not ${JSON.stringify(options.node)}`)
    const path = socketOf(options.folder, options.node)
    await prepareFolder(options.folder)
    const bus = new UnixBus(options)
    await listenAt(bus.#server, path)
    bus.#server.on('error', () => bus.counters.failures++)
    return bus
  }

  start(owner: BusOwner): void {
    this.#owner = owner
    for (const dial of this.#dials.values()) this.#connect(dial)
    setImmediate(() => this.#owner?.onStatus(true))
  }

  /**
   * Keeps connected to these nodes, once it is started: to those with smaller names by connecting, while the others connect to this one.
   * @param names all of the machine, whose processes may still have to start; replaces those of an earlier call
   */
  connectTo(names: Iterable<string>): void {
    if (this.#closing !== undefined) return
    const wanted = new Set([...names].filter((name) => isNodeName(name) && name < this.node))
    for (const dial of this.#dials.values()) if (!wanted.has(dial.node)) this.#stop(dial)
    for (const node of wanted) {
      if (this.#dials.has(node)) continue
      const dial: Dial = { node, path: socketOf(this.#folder, node), retryMs: FIRST_RETRY_MS, timer: undefined, connection: undefined }
      this.#dials.set(node, dial)
      if (this.#owner !== undefined) this.#connect(dial)
    }
  }

  /** Whether the process of a node is connected. */
  reaches(node: string): boolean {
    return this.#connections.has(node)
  }

  send(to: string, packet: Uint8Array): void {
    const connection = this.#connections.get(to)
    if (connection !== undefined && !connection.sendPacket(packet)) this.counters.dropped++
  }

  /** Nodes that connect later get the last one, too. */
  announce(hello: Uint8Array): void {
    this.#hello = hello
    for (const connection of this.#connections.values()) if (!connection.sendHello(hello)) this.counters.dropped++
  }

  /** Sends what was handed over, ends all connections and removes the socket. The owner is not called any more. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#owner = undefined
    const open = [...this.#connections.values()]
    for (const connection of this.#connections.values()) connection.end()
    for (const connection of this.#unnamed) connection.destroy()
    for (const dial of this.#dials.values()) this.#stop(dial)
    await Promise.all([new Promise<void>((resolve) => this.#server.close(() => resolve())), ...open.map(({ closed }) => closed)])
  }

  #connect(dial: Dial): void {
    dial.timer = undefined
    const connection = new UnixConnection(connect(dial.path), this.#events)
    dial.connection = connection
    connection.sendName(this.node)
  }

  #stop(dial: Dial): void {
    this.#dials.delete(dial.node)
    clearTimeout(dial.timer)
    dial.connection?.end()
  }

  #accept(socket: Socket): void {
    if (this.#owner === undefined) return void socket.destroy()
    const [oldest] = this.#unnamed
    if (this.#unnamed.size >= MOST_UNNAMED) oldest?.refuse()
    this.#unnamed.add(new UnixConnection(socket, this.#events))
  }

  #named(connection: UnixConnection, node: string): void {
    const dial = this.#dialOf(connection)
    const isRight = dial === undefined ? isNodeName(node) && node > this.node : node === dial.node
    // One that has just died may still seem connected: its successor tries again.
    if (!isRight || this.#connections.has(node)) return
    this.#unnamed.delete(connection)
    this.#connections.set(node, connection)
    connection.accept(node)
    if (dial === undefined) connection.sendName(this.node)
    else dial.retryMs = FIRST_RETRY_MS
    if (this.#hello !== undefined) connection.sendHello(this.#hello)
  }

  #closed(connection: UnixConnection): void {
    const { node, isOver, isRefused } = connection
    const dial = this.#dialOf(connection)
    // A process that stands still does not answer who connects to it.
    if (isRefused && (dial === undefined || node !== undefined)) this.counters.refused++
    this.#unnamed.delete(connection)
    if (node !== undefined) {
      this.#connections.delete(node)
      if (!isOver) this.#owner?.onGone(node)
    }
    if (dial === undefined) return
    dial.connection = undefined
    dial.timer = setTimeout(() => this.#connect(dial), dial.retryMs).unref()
    dial.retryMs = Math.min(2 * dial.retryMs, LONGEST_RETRY_MS)
  }

  #dialOf(connection: UnixConnection): Dial | undefined {
    for (const dial of this.#dials.values()) if (dial.connection === connection) return dial
    return undefined
  }
}
