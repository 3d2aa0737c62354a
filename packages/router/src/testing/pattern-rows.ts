// For tests: fills a match index with rows, and asks it.

import type { MatchPolicy } from '@trunkline/protocol'

export type Row = readonly [match: MatchPolicy, uri: string]

/** Gives an index entries that are the names `policy:uri`. */
export function withRows<Index extends { set(match: MatchPolicy, uri: string, entry: string): void }>(
  index: Index,
  rows: readonly Row[],
): Index {
  for (const [match, uri] of rows) index.set(match, uri, `${match}:${uri}`)
  return index
}

/** The entries of all patterns that match, in their order. */
export function patternsFor<Entry>(index: { forEachPattern(uri: string, found: (entry: Entry) => void): void }, uri: string): Entry[] {
  const found: Entry[] = []
  index.forEachPattern(uri, (entry) => found.push(entry))
  return found
}
