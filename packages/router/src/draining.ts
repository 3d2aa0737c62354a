// Tells sessions one after another that the router is about to stop, each when none of its calls is under way. Ends nothing itself.

import { setTimeout as pause } from 'node:timers/promises'

/** A peer whose session can be told to leave. */
export interface Drainable {
  readonly life: {
    /** Leaves if it neither owes an answer nor waits for one; answers whether it has left. */
    drain(): boolean
  }
}

const INTERVAL_MS = 10
/** Told in one turn at most: a turn in which all are told would keep the calls under way waiting. */
const STEP = 200

/**
 * Resolves when every peer was told or is gone, or the time is over.
 * @param peers those that are there; who leaves is taken out by others
 * @param isGivenUp whether to wait no more
 */
export async function drainPeers(peers: ReadonlySet<Drainable>, limitMs: number, isGivenUp: () => boolean): Promise<void> {
  const latest = performance.now() + limitMs
  const busy = new Set(peers)
  for (;;) {
    let told = 0
    for (const peer of busy) {
      if (told >= STEP || !peer.life.drain()) continue
      busy.delete(peer)
      told++
    }
    for (const peer of busy) if (!peers.has(peer)) busy.delete(peer)
    if (busy.size === 0 || isGivenUp() || performance.now() >= latest) return
    await pause(INTERVAL_MS)
  }
}
