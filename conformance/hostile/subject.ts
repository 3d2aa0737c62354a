// The router under attack, seen from outside: a child process, its log lines by connection, its memory and its tables.

import { fileURLToPath } from 'node:url'
import { Child, FROM_SOURCE } from '@trunkline/testkit/child'
import type { Address, Addresses } from './peer.ts'

export interface Memory {
  readonly rss: number
  readonly heap: number
  /** Sessions, subscriptions and registrations by realm. */
  readonly held: string
}

const LONGEST_LINE = 1024

export class Subject {
  readonly addresses: Addresses
  readonly #child: Child
  readonly #lines = new Map<string, number>()
  #logFaults: string[] = []
  readonly #memories: Memory[] = []

  private constructor(child: Child, addresses: Addresses) {
    this.#child = child
    this.addresses = addresses
    child.onMessage((message) => this.#onMessage(message))
  }

  /** Starts the router and waits until it listens. */
  static async start(): Promise<Subject> {
    const router = fileURLToPath(new URL('router.ts', import.meta.url))
    const child = Child.node(['--expose-gc', ...FROM_SOURCE, router], { output: 'passed on', hasChannel: true })
    const said = (await child.message()) as { websocket: string; rawsocket: string }
    return new Subject(child, { websocket: addressOf(said.websocket), rawsocket: addressOf(said.rawsocket) })
  }

  /** What was wrong with the log since the last call. */
  takeLogFaults(): readonly string[] {
    const faults = this.#logFaults
    this.#logFaults = []
    return faults
  }

  /** Undefined when the router has ended. */
  async memory(): Promise<Memory | undefined> {
    if (!this.isAlive) return undefined
    this.#child.send('memory')
    return this.#child.until(() => this.#memories.shift(), 'report its memory')
  }

  get isAlive(): boolean {
    return this.#child.isRunning
  }

  async stop(): Promise<void> {
    this.#child.release()
    await this.#child.ended
  }

  #onMessage(message: object): void {
    if ('rss' in message) this.#memories.push(message as Memory)
    if (!('log' in message)) return
    const { log, peer, isFault } = message as { log: string; peer: string | undefined; isFault: boolean }
    if (isFault) this.#logFaults.push(`a fault of the router's own: ${log}`)
    if (log.length > LONGEST_LINE) this.#logFaults.push(`a line of ${log.length} characters: ${log.slice(0, 200)}`)
    // The end of a session has a line of its own, whatever was logged about its connection before.
    if (peer === undefined || log.startsWith('session ended')) return
    const lines = (this.#lines.get(peer) ?? 0) + 1
    this.#lines.set(peer, lines)
    if (lines > 1) this.#logFaults.push(`${lines} lines about one connection: ${log.slice(0, 200)}`)
  }

  /** A connection is new: ports are used again, and the lines about the one before no longer count. */
  forget(peer: string): void {
    this.#lines.delete(peer)
  }
}

/** The host and port in `ws://host:port/path` or `rs://host:port`. */
export function addressOf(url: string): Address {
  const found = /^[a-z]+:\/\/(?:\[([^\]]+)\]|([^:/]+)):(\d+)/.exec(url)
  if (found === null) throw new Error(`not an address: ${url}`)
  return { host: found[1] ?? found[2] ?? '', port: Number(found[3]) }
}
