// Which of some patterns is the one for a URI.

import type { Match } from './uris.ts'
import { isBetterWildcard, matches } from './uris.ts'

interface Pattern {
  readonly uri: string
  readonly match: Match
}

/** The most specific pattern that a URI matches: exact, else the longest prefix, else the best wildcard. */
export function best<Entry extends Pattern>(entries: readonly Entry[], uri: string): Entry | undefined {
  const all = entries.filter((each) => matches(each.match, each.uri, uri))
  const exact = all.find(({ match }) => match === 'exact')
  if (exact !== undefined) return exact
  let found: Entry | undefined
  for (const each of all.filter(({ match }) => match === 'prefix')) {
    if (found === undefined || each.uri.length > found.uri.length) found = each
  }
  if (found !== undefined) return found
  for (const each of all) if (found === undefined || isBetterWildcard(each.uri, found.uri)) found = each
  return found
}
