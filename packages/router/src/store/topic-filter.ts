import type { UriPattern } from '@trunkline/protocol'
import { fitsWildcard } from '@trunkline/protocol'

/** Whether a topic is one of a filter. */
export function fitting({ match, uri }: UriPattern): (topic: string) => boolean {
  if (match === 'exact') return (topic) => topic === uri
  if (match === 'prefix') return (topic) => topic.startsWith(uri)
  const components = uri.split('.')
  return (topic) => fitsWildcard(components, topic)
}
