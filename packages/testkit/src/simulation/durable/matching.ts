// Which topics a pattern matches, as the text of the protocol says it.

import type { UriPattern } from '@trunkline/protocol'

export function matches({ match, uri }: UriPattern, topic: string): boolean {
  if (match === 'exact') return uri === topic
  if (match === 'prefix') return topic.startsWith(uri)
  const [wanted, given] = [uri.split('.'), topic.split('.')]
  return wanted.length === given.length && wanted.every((each, i) => each === '' || each === given[i])
}
