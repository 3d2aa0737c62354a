// Lets sessions leave before the router stops, each as soon as it has no open calls. Closes no connection itself.

import { setTimeout as pause } from 'node:timers/promises'

/** A peer whose session can be asked to leave. */
export interface Drainable {
  readonly life: {
    /** Leaves if it has no open calls, as caller or as callee; returns whether it has left. */
    drain(): boolean
  }
}

const INTERVAL_MS = 10
/** How many leave in one turn at most: if all left in one turn, open calls would wait for it. */
const STEP = 200

/**
 * Resolves when every peer has left or is closed, or when the time is over.
 * @param peers the present peers; a peer that closes is removed by other code
 * @param isAbandoned whether to stop waiting
 */
export async function drainPeers(peers: ReadonlySet<Drainable>, limitMs: number, isAbandoned: () => boolean): Promise<void> {
  const latest = performance.now() + limitMs
  const busy = new Set(peers)
  for (;;) {
    let drained = 0
    for (const peer of busy) {
      if (drained >= STEP || !peer.life.drain()) continue
      busy.delete(peer)
      drained++
    }
    for (const peer of busy) if (!peers.has(peer)) busy.delete(peer)
    if (busy.size === 0 || isAbandoned() || performance.now() >= latest) return
    await pause(INTERVAL_MS)
  }
}
