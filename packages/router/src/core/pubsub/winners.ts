// Which `nkey` gets an event with a key, over all nodes. The node of the publisher decides and says it with the event: nodes that know of
// other subscribers, because one comes or goes, would choose differently.

import { greatest } from '../state/sharding.ts'
import type { RealmCluster, Winners } from '../state/realm-cluster.ts'
import type { Subscription } from '../state/subscription.ts'
import type { Publication } from './event-delivery.ts'

/** @param subscriptions those of this node that match the topic */
export function winnersOf(
  { topic, excluded, audience }: Publication,
  key: number,
  { subscriptions, cluster }: { readonly subscriptions: Iterable<Subscription>; readonly cluster: RealmCluster },
): Winners {
  const hashes = new Map<number, number[]>()
  const add = (subscription: number, hash: number): void => {
    const known = hashes.get(subscription)
    if (known === undefined) hashes.set(subscription, [hash])
    else known.push(hash)
  }
  for (const { id, nodes, leaving } of subscriptions) {
    for (const [subscriber, hash] of nodes ?? []) {
      const isThere = subscriber.isMember && leaving?.has(subscriber) !== true
      if (isThere && subscriber !== excluded && audience?.isEligible(subscriber) !== false) add(id, hash)
    }
  }
  for (const { id, match, uri } of cluster.matching(topic)) {
    for (const [subscriber, hash] of cluster.sharersElsewhere(match, uri)) if (audience?.isEligible(subscriber) !== false) add(id, hash)
  }
  const winners = new Map<number, number>()
  for (const [id, each] of hashes) winners.set(id, greatest(each, key) ?? 0)
  return winners
}
