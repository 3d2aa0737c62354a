// Whether a realm accepts a URI or pattern of a client: the URI rule, the limits, the reserved names.

import type { MatchPolicy } from '@trunkline/protocol'
import { isUri } from '@trunkline/protocol'
import type { RealmSettings } from '../ports/settings.ts'

/**
 * Why a URI is refused, or undefined.
 * @param match the policy under which it is a pattern; `exact` for calls and publications
 */
export function uriFault(uri: string, match: MatchPolicy, settings: RealmSettings): string | undefined {
  const { limits } = settings
  if (uri.length > limits.uriLength) return `the URI is longer than ${limits.uriLength}`
  if (!isUri(uri, match, settings.uriRule)) return `not a valid ${match === 'exact' ? '' : match + ' '}URI`
  const { components, empty } = count(uri)
  if (components > limits.uriComponents) return `the URI has more than ${limits.uriComponents} components`
  if (match === 'wildcard' && empty > limits.wildcards) return `the pattern has more than ${limits.wildcards} wildcards`
  return undefined
}

/** The text of errors about a URI that only the router may use. */
export const RESERVED = 'this URI is reserved'

function count(uri: string): { components: number; empty: number } {
  let components = 1
  let empty = 0
  let start = 0
  for (let dot = uri.indexOf('.'); dot !== -1; dot = uri.indexOf('.', start)) {
    components++
    if (dot === start) empty++
    start = dot + 1
  }
  if (start === uri.length) empty++
  return { components, empty }
}
