// How often each other node was lost in one life of its realm: what survivors publish for it may not be published twice.

import type { RemoteNode } from './remote-node.ts'

interface Lost {
  readonly life: number
  readonly times: number
}

/** More nodes than any cluster has. */
const MOST_NODES = 256

export class Losses {
  readonly #nodes = new Map<string, Lost>()

  /** How often a node was lost in this life. */
  of(name: string, life: number): number {
    const lost = this.#nodes.get(name)
    return lost?.life === life ? lost.times : 0
  }

  /** A node is lost, but may come back in the same life. */
  note({ name, life, losses }: Pick<RemoteNode, 'name' | 'life' | 'losses'>): void {
    if (life === undefined) return
    this.#nodes.delete(name)
    const [oldest] = this.#nodes.keys()
    if (oldest !== undefined && this.#nodes.size >= MOST_NODES) this.#nodes.delete(oldest)
    this.#nodes.set(name, { life, times: losses + 1 })
  }
}
