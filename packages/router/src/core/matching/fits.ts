// Whether a topic matches one pattern, without an index.

import type { UriPattern } from '@trunkline/protocol'
import { fitsWildcard } from '@trunkline/protocol'

export function fits({ match, uri }: UriPattern, topic: string): boolean {
  if (match === 'exact') return topic === uri
  return match === 'prefix' ? topic.startsWith(uri) : fitsWildcard(uri.split('.'), topic)
}
