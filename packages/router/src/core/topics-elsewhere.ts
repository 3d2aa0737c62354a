// How many subscriptions only other nodes have: counted again only after one of either side has come or gone.

import type { RealmCluster } from './state/realm-cluster.ts'
import type { Subscription } from './state/subscription.ts'

/** The subscriptions of this node. */
interface Own {
  readonly subscriptions: ReadonlyMap<number, Subscription>
  readonly version: number
}

export class TopicsElsewhere {
  #version = -1
  #count = 0

  count({ subscriptions, version }: Own, cluster: RealmCluster): number {
    // Both versions only grow.
    const now = version + cluster.subscriptionsVersion
    if (now === this.#version) return this.#count
    let count = 0
    for (const { id } of cluster.subscriptions()) if (!subscriptions.has(id)) count++
    this.#version = now
    this.#count = count
    return count
  }
}
