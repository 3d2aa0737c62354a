// Waits until a node knows what the other nodes of its cluster know. Opens nothing itself.

import { setTimeout as pause } from 'node:timers/promises'
import { UsageError } from '@trunkline/protocol'

const INTERVAL_MS = 10
/** A node that is not reached by then is reached later, or gone: nobody waits for it. */
const LONGEST_MS = 5_000

/** A node that joins its cluster. */
export interface JoiningNode {
  readonly node: string
  /** Whether it has its name for itself, as far as it can know. */
  readonly isNamed: boolean
  /** The machine of another process with its name. */
  readonly nameTakenBy: string | undefined
  /** The nodes that are there. */
  readonly heard: readonly string[]
  /** Whether all is known here that a node had when its link came up. */
  knows(node: string): boolean
}

/**
 * Resolves when the node has its name for itself and knows what these nodes know, and all that were heard by then, or the time is over.
 * @throws {UsageError} (rejects) when another process has the name
 */
export async function untilKnown(joining: JoiningNode, nodes: Iterable<string>): Promise<void> {
  const latest = performance.now() + LONGEST_MS
  const missing = new Set(nodes)
  let isHeard = false
  for (;;) {
    if (joining.nameTakenBy !== undefined) throw nameTaken(joining.node, joining.nameTakenBy)
    if (!isHeard && joining.isNamed) {
      isHeard = true
      for (const node of joining.heard) missing.add(node)
    }
    for (const node of missing) if (joining.knows(node)) missing.delete(node)
    if ((isHeard && missing.size === 0) || performance.now() >= latest) return
    await pause(INTERVAL_MS)
  }
}

/** The error of a process that has to stop, since an older one has its name. */
export function nameTaken(node: string, host: string): UsageError {
  return new UsageError(
    `another process is node '${node}' of this cluster, on ${host}: give each node a name of its own`,
    'TL_CLUSTER_NAME',
  )
}
