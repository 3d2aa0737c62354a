// Routers of a cluster, each a process of `trunkline start` with a configuration of its own.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Child } from '@trunkline/testkit/child'
import { freePorts } from '../faults/processes.ts'

const COMMAND = fileURLToPath(new URL('../../packages/cli/bin/trunkline.js', import.meta.url))
export const SECRET = 'a secret of this suite'

/** What one node has of its own. */
export interface NodeOptions {
  readonly name?: string | undefined
  readonly secret?: string
  /** The keys of `nats` beside the servers, in the notation of the file. */
  readonly nats?: string
  readonly workers?: number
  readonly callees?: 'local' | 'any'
  /** Default: loopback. */
  readonly host?: string
  /** Words before the command, which make it run elsewhere. */
  readonly inside?: readonly string[]
  /** More keys of the realm. */
  readonly realm?: string
}

/** A node, which can be ended and started again with the same name and port. */
export class RouterNode {
  readonly name: string | undefined
  readonly url: string
  readonly #file: string
  readonly #inside: readonly string[]
  #child: Child | undefined
  /** Where the output of the present process begins to be of interest. */
  #seen = 0

  private constructor(name: string | undefined, url: string, file: string, inside: readonly string[]) {
    this.name = name
    this.url = url
    this.#file = file
    this.#inside = inside
  }

  /** Writes the configuration of a node. */
  static async make(folder: string, servers: readonly string[], options: NodeOptions): Promise<RouterNode> {
    const { name, secret = SECRET, nats = '', workers = 1, callees = 'local', host = '127.0.0.1', inside = [], realm = '' } = options
    const [port = 0] = await freePorts(1)
    const file = join(folder, `node-${port}.yaml`)
    const node = name === undefined ? '' : `node: ${name}, `
    writeFileSync(
      file,
      `
listeners:
  - websocket: { host: ${host}, port: ${port} }
realms:
  realm1:
    anonymous: { role: anybody }
    roles:
      anybody:
        - { uri: '**', allow: [call, register, publish, subscribe] }
        - { uri: 'wamp.**', allow: [call, subscribe] }
        - { uri: 'trunkline.**', allow: [subscribe] }
    ${realm}
  ops:
    anonymous: { role: operator }
    roles:
      operator:
        - { uri: 'trunkline.admin.**', allow: [call, subscribe] }
admin: { realm: ops }
workers: ${workers}
limits: { drain: 3s }
cluster: { name: test, ${node}secret: ${secret}, callees: ${callees}, nats: { servers: [${servers.join(', ')}], ${nats} } }
`,
    )
    return new RouterNode(name, `ws://${host}:${port}/ws`, file, inside)
  }

  /** Resolves when it listens. */
  async start(): Promise<this> {
    this.launch()
    await this.logs('"listening"')
    return this
  }

  /** Starts the process. */
  launch(): Child {
    this.#seen = 0
    this.#child = new Child([...this.#inside, process.execPath, COMMAND, 'start', '--config', this.#file])
    return this.#child
  }

  /** Waits for a line of the log that holds these texts, behind those that were waited for before. */
  async logs(...texts: readonly string[]): Promise<void> {
    const child = this.#running
    const isThere = (line: string): boolean => texts.every((text) => line.includes(text))
    const lines = (): string[] => child.output.slice(Math.max(0, this.#seen - (child.printed - child.output.length))).split('\n')
    await child.until(() => lines().find(isThere), `log ${texts.join(' and ')}`)
  }

  /** From now on only what is logged later counts. */
  forget(): void {
    this.#seen = this.#running.printed
  }

  /** How many lines of the log hold all of these texts. */
  count(...texts: readonly string[]): number {
    return this.output.split('\n').filter((line) => texts.every((text) => line.includes(text))).length
  }

  get output(): string {
    return this.#running.output
  }

  freeze(): void {
    this.#running.kill('SIGSTOP')
  }

  thaw(): void {
    this.#running.kill('SIGCONT')
  }

  async kill(): Promise<void> {
    await this.#running.end('SIGKILL')
  }

  /** Lets it drain and end. */
  async stop(): Promise<number | null> {
    return this.#running.stop('SIGTERM')
  }

  get #running(): Child {
    if (this.#child === undefined) throw new Error('the node was not started')
    return this.#child
  }
}
