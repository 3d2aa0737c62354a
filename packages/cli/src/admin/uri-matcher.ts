// Which URIs a URI or a pattern stands for. Only compares.

import type { MatchPolicy } from '@trunkline/protocol'
import { fitsWildcard } from '@trunkline/protocol'

export type UriMatcher = (uri: string) => boolean

export function uriMatcher(wanted: string, match: MatchPolicy): UriMatcher {
  if (match === 'exact') return (uri) => uri === wanted
  if (match === 'prefix') return (uri) => uri.startsWith(wanted)
  const components = wanted.split('.')
  return (uri) => fitsWildcard(components, uri)
}
