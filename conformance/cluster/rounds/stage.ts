// Three nodes over three servers of NATS under load: the six clients of the fault runs, two at each node, and a way to NATS of each node
// on which messages may be lost.

import { connect } from '@trunkline/client'
import type { PartName } from '../../faults/crew.ts'
import { Crew, SOURCES } from '../../faults/crew.ts'
import { CHURNED, PROCEDURE, TOPIC_PREFIX, TOPICS } from '../../faults/parts/words.ts'
import type { Processes } from '../../faults/processes.ts'
import { untilAnswer } from '../checks.ts'
import type { NatsServer } from '../nats.ts'
import { natsCluster } from '../nats.ts'
import { RouterNode } from '../nodes.ts'
import { pass } from '../times.ts'
import { NodesWatch } from './nodes-watch.ts'
import { Ways } from './ways.ts'
import type { Forecast } from './words.ts'

export type NodeName = 'a' | 'b' | 'c'

export const NODES: readonly NodeName[] = ['a', 'b', 'c']
/** Where each part connects, so that calls and events cross in all directions. */
export const HOMES: Readonly<Record<PartName, NodeName>> = {
  source1: 'a',
  subscriber1: 'a',
  source2: 'b',
  callee1: 'b',
  subscriber2: 'c',
  callee2: 'c',
}
/** A marker that came while two nodes had not yet met again is dropped, and another is sent. */
const MARKER_MS = 8_000
const WHOLE_MS = 60_000

interface Machines {
  readonly servers: readonly NatsServer[]
  readonly nodes: ReadonlyMap<NodeName, RouterNode>
  readonly ways: Ways
}

export class ClusterStage {
  readonly crew: Crew
  readonly servers: readonly NatsServer[]
  readonly nodes: ReadonlyMap<NodeName, RouterNode>
  readonly #ways: Ways
  readonly #watch: NodesWatch

  private constructor({ servers, nodes, ways }: Machines, crew: Crew, watch: NodesWatch) {
    this.servers = servers
    this.nodes = nodes
    this.#ways = ways
    this.crew = crew
    this.#watch = watch
  }

  /** Starts servers, nodes and parts, and waits until each is ready. */
  static async open(processes: Processes, rate: number): Promise<ClusterStage> {
    const servers = await natsCluster(NODES.length)
    const ports = servers.map(({ port }) => port)
    const ways = new Ways()
    const nodes = new Map<NodeName, RouterNode>()
    for (const name of NODES) {
      const urls = await ways.open(name, ports)
      nodes.set(name, await RouterNode.make(processes.folder, urls, { name, callees: 'any' }))
    }
    await Promise.all([...nodes.values()].map((node) => node.start()))
    const crew = new Crew(processes, `cluster-${ports.join('-')}`, MARKER_MS)
    await startCrew(crew, (name) => nodes.get(HOMES[name])?.url ?? '', rate)
    return new ClusterStage({ servers, nodes, ways }, crew, await NodesWatch.open([...nodes.values()]))
  }

  node(name: NodeName): RouterNode {
    const node = this.nodes.get(name)
    if (node === undefined) throw new Error(`there is no node ${name}`)
    return node
  }

  /** What happens from now on to messages from others to a node, by node; none where it is not named. */
  weather(weather: Readonly<Partial<Record<NodeName, Partial<Forecast>>>>): Promise<void> {
    return this.#ways.weather(weather)
  }

  /** Waits until the parts of a node are back, since they were ready so often. */
  async partsBack(before: ReadonlyMap<PartName, number>): Promise<void> {
    for (const [name, times] of before) await this.crew.ready([name], times)
  }

  /** How often each part of a node was ready. */
  partsOf(node: NodeName): ReadonlyMap<PartName, number> {
    return new Map(this.crew.names.filter((name) => HOMES[name] === node).map((name) => [name, this.crew.readies(name)]))
  }

  /** Waits until a call at each node reaches a callee at each. */
  async isWhole(): Promise<void> {
    const latest = performance.now() + WHOLE_MS
    while (!this.#watch.isWhole) {
      if (performance.now() > latest) throw new Error(`the nodes do not see one another again: ${this.told().join(', ')}`)
      await pass(20)
    }
    const clients = await Promise.all([...this.nodes.values()].map(({ url }) => connect({ url, realm: 'realm1', onError: () => {} })))
    const uri = `rounds.whole.p${Math.floor(performance.now())}`
    await Promise.all(clients.map((client, i) => client.register(`${uri}.${i}`, () => i)))
    for (const client of clients) for (const i of clients.keys()) await untilAnswer(client, `${uri}.${i}`, [], i)
    await Promise.all(clients.map((client) => client.stop()))
  }

  /** What nodes have told of others since the last time. */
  told(): readonly string[] {
    return this.#watch.take()
  }

  /** The logs of all nodes, for a person who looks for the cause of a fault. */
  get logs(): string {
    return [...this.nodes].map(([name, { output }]) => `== ${name}\n${output}`).join('\n')
  }

  async close(): Promise<void> {
    await this.#watch.close()
    await this.crew.close()
    await Promise.all([...this.nodes.values()].map((node) => node.kill()))
    await Promise.all(this.servers.map((server) => server.kill()))
    await this.#ways.close()
  }
}

/** Callees and subscribers first. */
export async function startCrew(crew: Crew, urlOf: (name: PartName) => string, rate: number): Promise<void> {
  const topics = TOPICS.map((topic) => ({ topic }))
  crew.start('callee1', { url: urlOf('callee1'), register: [PROCEDURE] })
  crew.start('callee2', { url: urlOf('callee2'), register: [PROCEDURE], serializer: 'msgpack' })
  crew.start('subscriber1', { url: urlOf('subscriber1'), subscribe: topics })
  crew.start('subscriber2', {
    url: urlOf('subscriber2'),
    subscribe: [{ topic: TOPIC_PREFIX, match: 'prefix' }],
    churn: CHURNED,
    serializer: 'cbor',
  })
  await crew.ready(['callee1', 'callee2', 'subscriber1', 'subscriber2'], 0)
  for (const name of SOURCES) crew.start(name, { url: urlOf(name), rate })
  await crew.ready(SOURCES, 0)
}
