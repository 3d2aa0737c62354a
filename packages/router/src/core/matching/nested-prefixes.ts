// Bounds how many prefixes of one session match the same topic: each of them brings it an event of its own. Knows no session.

import type { MatchPolicy } from '@trunkline/protocol'

/** The most prefixes of a session that may match one topic. */
export const MOST_NESTED = 64

/** Whether a session may have one more prefix besides what it has: of the prefixes of one topic no two are of the same length. */
export function mayNest(prefix: string, held: Iterable<{ readonly match: MatchPolicy; readonly uri: string }>): boolean {
  const lengths = new Set<number>([prefix.length])
  for (const { match, uri } of held) {
    if (match === 'prefix' && (uri.length < prefix.length ? prefix.startsWith(uri) : uri.startsWith(prefix))) lengths.add(uri.length)
  }
  return lengths.size <= MOST_NESTED
}
