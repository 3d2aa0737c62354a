// URI rules (specification: "URIs" and "Pattern-based"). Linear time, no regular expressions with backtracking.

export type MatchPolicy = 'exact' | 'prefix' | 'wildcard'
export type UriRule = 'loose' | 'strict'

const DOT = 0x2e
const HASH = 0x23

/**
 * Whether a whole string is a valid URI, or a valid pattern for the policy.
 * Loose: components hold no `.`, no `#` and no whitespace. Strict: components are made of `a-z`, `0-9` and `_`.
 * A prefix pattern may have an empty last component, a wildcard pattern any number of empty components; the empty
 * string is a valid pattern of both.
 */
export function isUri(uri: string, match: MatchPolicy = 'exact', rule: UriRule = 'loose'): boolean {
  const isAllowed = rule === 'strict' ? isStrictCharacter : isLooseCharacter
  let componentLength = 0
  for (let i = 0; i < uri.length; i++) {
    const code = uri.charCodeAt(i)
    if (code === DOT) {
      if (componentLength === 0 && match !== 'wildcard') return false
      componentLength = 0
    } else {
      if (!isAllowed(code)) return false
      componentLength++
    }
  }
  return componentLength > 0 || match !== 'exact'
}

/** Whether the first component is literally `wamp`, which is reserved for the protocol. */
export function isReserved(uri: string): boolean {
  return uri === 'wamp' || uri.startsWith('wamp.')
}

/** Whether the first component is literally `trunkline`, which is reserved for this router. */
export function isOwn(uri: string): boolean {
  return uri === 'trunkline' || uri.startsWith('trunkline.')
}

/** Whether only the router itself may register or publish under this URI. */
export function isForRouter(uri: string): boolean {
  return isReserved(uri) || isOwn(uri)
}

/** A set of URIs: what a pattern matches under a policy. */
export interface UriPattern {
  readonly match: MatchPolicy
  readonly uri: string
}

/**
 * Reads the notation of rules: a URI, a wildcard pattern (`com..status`), `com.shop.**` for all that begin with `com.shop.`,
 * `**` for all. The caller checks with {@link isUri} whether the result is valid.
 */
export function uriPattern(notation: string): UriPattern {
  if (notation === '**') return { match: 'prefix', uri: '' }
  if (notation.endsWith('.**')) return { match: 'prefix', uri: notation.slice(0, -2) }
  return { match: notation.split('.').includes('') ? 'wildcard' : 'exact', uri: notation }
}

/** Whether a URI fits a wildcard pattern, given by its components. Allocates nothing. */
export function fitsWildcard(components: readonly string[], uri: string): boolean {
  const last = components.length - 1
  let at = 0
  for (let i = 0; i < last; i++) {
    const end = uri.indexOf('.', at)
    const wanted = components[i]
    if (end === -1 || (wanted !== '' && !(wanted?.length === end - at && uri.startsWith(wanted, at)))) return false
    at = end + 1
  }
  const wanted = components[last]
  return wanted === '' ? uri.indexOf('.', at) === -1 : wanted?.length === uri.length - at && uri.endsWith(wanted)
}

/** The match policy of an Options dictionary whose `match` was checked; `exact` when absent. */
export function matchPolicy(options: Readonly<Record<string, unknown>>): MatchPolicy {
  const match = options['match']
  return match === 'prefix' || match === 'wildcard' ? match : 'exact'
}

/** The names of the match policies, in the order in which calls look for a registration. */
export const MATCH_POLICIES: readonly MatchPolicy[] = ['exact', 'prefix', 'wildcard']

function isStrictCharacter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39) || code === 0x5f
}

function isLooseCharacter(code: number): boolean {
  if (code > 0x20 && code < 0x7f) return code !== HASH
  return !isWhitespace(code)
}

/** Whether JavaScript's or Python's `\s` matches a character, so that a URI that is valid here is valid for every peer. */
function isWhitespace(code: number): boolean {
  if (code <= 0x20) return code === 0x20 || (code >= 0x09 && code <= 0x0d) || (code >= 0x1c && code <= 0x1f)
  if (code < 0x1680) return code === 0x85 || code === 0xa0
  return (
    code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200a) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000 ||
    code === 0xfeff
  )
}
