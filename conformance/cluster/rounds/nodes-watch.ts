// What each node says of the others: `on_node_lost` and `on_node_back`, as a client at it gets them.

import type { Client, Declared } from '@trunkline/client'
import { createClient } from '@trunkline/client'
import type { RouterNode } from '../nodes.ts'

export class NodesWatch {
  readonly #clients: Client[] = []
  readonly #declared: Pick<Declared, 'state'>[] = []
  /** `a: lost b`, in the order in which they came. */
  #told: string[] = []
  /** Nodes of which a node has said that they are lost, and not yet that they are back. */
  readonly #lost = new Map<string, Set<string>>()

  /** Resolves when it follows all nodes. */
  static async open(nodes: readonly RouterNode[]): Promise<NodesWatch> {
    const watch = new NodesWatch()
    await Promise.all(nodes.map((node) => watch.#follow(node)))
    return watch
  }

  /** What was told since the last time. */
  take(): readonly string[] {
    return this.#told.splice(0)
  }

  /** Whether each node sees each other, by what they have told, and would be heard if it told more. */
  get isWhole(): boolean {
    const isHeard = this.#declared.every(({ state: { status } }) => status === 'active')
    return isHeard && [...this.#lost.values()].every((lost) => lost.size === 0)
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.stop()))
  }

  async #follow({ name = '', url }: RouterNode): Promise<void> {
    const client = createClient({ url, realm: 'realm1', onError: () => undefined })
    this.#clients.push(client)
    const lost = new Set<string>()
    this.#lost.set(name, lost)
    // A node that was restarted begins with what it sees.
    client.onState(({ status }) => status !== 'connected' && lost.clear())
    const declared = [
      client.subscribe('trunkline.cluster.on_node_lost', ({ args: [node] }) => {
        lost.add(String(node))
        this.#told.push(`${name}: lost ${String(node)}`)
      }),
      client.subscribe('trunkline.cluster.on_node_back', ({ args: [node] }) => {
        lost.delete(String(node))
        this.#told.push(`${name}: back ${String(node)}`)
      }),
    ]
    this.#declared.push(...declared)
    await Promise.all(declared.map(({ ready }) => ready))
  }
}
