// What the checks act on: servers of NATS, nodes, and clients at nodes.

import type { Client } from '@trunkline/client'
import { connect } from '@trunkline/client'
import type { Session } from '@trunkline/client/session'
import { calls, openSession } from '@trunkline/client/session'
import { untilAnswer } from './checks.ts'
import type { NatsServer } from './nats.ts'
import type { RouterNode } from './nodes.ts'

export type Name = 'a' | 'b' | 'c'

export class Stage {
  readonly servers: readonly NatsServer[]
  readonly nodes: readonly RouterNode[]
  readonly #clients: { stop(): Promise<void> }[] = []

  constructor(servers: readonly NatsServer[], nodes: readonly RouterNode[]) {
    this.servers = servers
    this.nodes = nodes
  }

  node(name: Name): RouterNode {
    const node = this.nodes.find((each) => each.name === name)
    if (node === undefined) throw new Error(`there is no node ${name}`)
    return node
  }

  /** A client at a node, until {@link leave}. */
  async at(name: Name): Promise<Client> {
    const client = await connect({ url: this.node(name).url, realm: 'realm1', onError: () => {} })
    this.#clients.push(client)
    return client
  }

  /** A session at a node, which never connects again. */
  async sessionAt(name: Name): Promise<Session> {
    const session = await openSession({ url: this.node(name).url, realm: 'realm1', calls: calls() })
    this.#clients.push({ stop: () => session.leave() })
    return session
  }

  /** A client that connects to any node, this one first and then that before it: clients of all nodes never gather at the next to be restarted. */
  async movingFrom(name: Name): Promise<Client> {
    const urls = this.nodes.map((node) => node.url).toReversed()
    const at = urls.indexOf(this.node(name).url)
    const url = [...urls.slice(at), ...urls.slice(0, at)]
    const client = await connect({ url, realm: 'realm1', waitForCallee: 5_000, onError: () => {} })
    this.#clients.push(client)
    return client
  }

  /** All clients leave. */
  async leave(): Promise<void> {
    await Promise.all(this.#clients.splice(0).map((client) => client.stop()))
  }

  /** Waits until a call at one node reaches a callee of another, in each direction. */
  async isWhole(): Promise<void> {
    const clients = await Promise.all(this.nodes.map(({ url }) => connect({ url, realm: 'realm1', onError: () => {} })))
    const uri = `test.whole.p${Math.floor(performance.now())}`
    await Promise.all(clients.map((client, i) => client.register(`${uri}.${i}`, () => i)))
    for (const client of clients) {
      for (const i of clients.keys()) {
        await untilAnswer(client, `${uri}.${i}`, [], i)
      }
    }
    await Promise.all(clients.map((client) => client.stop()))
  }
}
