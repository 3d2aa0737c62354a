// Servers of NATS for this suite: three that are one cluster of their own, or one with a configuration.

import { Child } from '@trunkline/testkit/child'
import { freePorts } from '../faults/processes.ts'

const COMMAND = process.env['NATS_SERVER'] ?? 'nats-server'

export interface NatsPlace {
  readonly host?: string
  readonly inside?: readonly string[]
}

/** One server, which can be killed, stopped and started again at the same port. */
export class NatsServer {
  readonly url: string
  readonly port: number
  readonly #command: readonly string[]
  #child: Child | undefined

  /** @param place where it listens, and the words that make it run elsewhere */
  constructor(port: number, words: readonly string[], { host = '127.0.0.1', inside = [] }: NatsPlace = {}) {
    this.port = port
    this.url = `nats://${host}:${port}`
    this.#command = [...inside, COMMAND, '-a', host, '-p', String(port), ...words]
  }

  /** Resolves when it accepts connections. */
  async start(): Promise<void> {
    this.#child = new Child(this.#command)
    await this.#child.shows(/Server is ready/)
  }

  async kill(): Promise<void> {
    await this.#child?.end('SIGKILL')
  }

  /** It stands still, with its connections open. */
  freeze(): void {
    this.#child?.kill('SIGSTOP')
  }

  thaw(): void {
    this.#child?.kill('SIGCONT')
  }
}

/** Servers that pass messages on to each other, and of which clients learn only the one that they are given. */
export async function natsCluster(count: number, places: readonly NatsPlace[] = []): Promise<NatsServer[]> {
  const ports = await freePorts(2 * count)
  const routes = ports.slice(count).map((port, i) => `nats://${places[i]?.host ?? '127.0.0.1'}:${port}`)
  const words = (route: string): string[] => ['--cluster_name', 'test', '--cluster', route, '--routes', routes.join(), '--no_advertise']
  const servers = routes.map((route, i) => new NatsServer(ports[i] ?? 0, words(route), places[i]))
  await Promise.all(servers.map((server) => server.start()))
  return servers
}

/** One server that is not there yet. */
export async function natsLater(): Promise<NatsServer> {
  const [port = 0] = await freePorts(1)
  return new NatsServer(port, [])
}

/** One server with a file of configuration. */
export async function natsServer(file: string): Promise<NatsServer> {
  const [port = 0] = await freePorts(1)
  const server = new NatsServer(port, ['-c', file])
  await server.start()
  return server
}
