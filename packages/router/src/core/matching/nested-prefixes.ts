// Bounds how many prefixes of one session match the same topic: each of them brings it an event of its own. Knows no session.

import type { MatchPolicy } from '@trunkline/protocol'

/** The most prefixes of a session that may match one topic. */
export const MOST_NESTED = 32

/** Whether a session may have one more prefix besides what it has. */
export function mayNest(prefix: string, held: Iterable<{ readonly match: MatchPolicy; readonly uri: string }>): boolean {
  let around = 1
  const within: string[] = []
  for (const { match, uri } of held) {
    if (match !== 'prefix') continue
    if (uri.length > prefix.length) {
      if (uri.startsWith(prefix)) within.push(uri)
    } else if (prefix.startsWith(uri)) around++
  }
  // Of the prefixes of one topic no two are of the same length: most sessions need no longer look.
  const lengths = new Set(within.map(({ length }) => length))
  return around + lengths.size <= MOST_NESTED || around + deepest(within) <= MOST_NESTED
}

/** How many of some prefixes at most match one topic. */
function deepest(prefixes: string[]): number {
  let most = 0
  /** Each within the one before it. */
  const nested: string[] = []
  for (const prefix of prefixes.sort()) {
    while (nested.length > 0 && !prefix.startsWith(nested.at(-1) ?? '')) nested.pop()
    most = Math.max(most, nested.push(prefix))
  }
  return most
}
