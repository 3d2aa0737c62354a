// Static rights: rules on URI patterns for the actions of a role. The most specific rule that matches decides;
// what no rule names is denied.

import type { MatchPolicy, UriPattern } from '@trunkline/protocol'
import { isOwn, isReserved, isUri, uriPattern, UsageError } from '@trunkline/protocol'
import type { Action } from '../core/ports.ts'

/** One rule of a role. */
export interface Rule {
  /**
   * A URI, a wildcard pattern (`com..status`), `com.shop.**` for all URIs that begin with `com.shop.`, or `**` for all.
   * With `match` it is taken literally under that policy. What begins with `wamp.` or `trunkline.` is granted only by a rule
   * that does so too: whoever grants everything does not mean to show who is there, or to let everybody kill sessions.
   */
  readonly uri: string
  readonly match?: MatchPolicy | undefined
  /** What the role may do; everything else is denied under this URI. */
  readonly allow: readonly Action[]
}

interface ParsedRule extends UriPattern {
  readonly allow: ReadonlySet<Action>
}

export class RuleSet {
  readonly #rules: readonly ParsedRule[]
  /** Those whose first component is literally `wamp` or `trunkline`. */
  readonly #namingRouter: readonly ParsedRule[]

  /** @throws {UsageError} when a rule has no valid pattern */
  constructor(rules: readonly Rule[]) {
    this.#rules = merged(rules.map(parse)).sort(bySpecificity)
    this.#namingRouter = this.#rules.filter((rule) => isForRouter(rule.uri))
  }

  /** Whether an action is granted on a URI, or on every URI that a pattern can match. */
  allows(action: Action, uri: string, match: MatchPolicy): boolean {
    const asked: UriPattern = { match, uri }
    const rules = isForRouter(uri) ? this.#namingRouter : this.#rules
    for (const rule of rules) {
      if (covers(rule, asked)) return rule.allow.has(action)
      // A more specific rule that takes away a part of what is asked for denies the whole.
      if (!rule.allow.has(action) && mayOverlap(rule, asked)) return false
    }
    return false
  }
}

/** One rule for each pattern: where several speak of the same, a denial wins. */
function merged(rules: readonly ParsedRule[]): ParsedRule[] {
  const byPattern = new Map<string, ParsedRule>()
  for (const rule of rules) {
    const key = `${rule.match} ${rule.uri}`
    const other = byPattern.get(key)
    const allow = other === undefined ? rule.allow : new Set([...rule.allow].filter((action) => other.allow.has(action)))
    byPattern.set(key, { ...rule, allow })
  }
  return [...byPattern.values()]
}

function parse(rule: Rule): ParsedRule {
  const pattern = patternOf(rule)
  if (!isUri(pattern.uri, pattern.match)) throw new UsageError(`'${rule.uri}' is not a valid URI pattern`, 'TL_RULE')
  return { ...pattern, allow: new Set(rule.allow) }
}

function patternOf({ uri, match }: Rule): UriPattern {
  return match === undefined ? uriPattern(uri) : { match, uri }
}

/** Whether the URIs are the router's own or the protocol's. */
function isForRouter(uri: string): boolean {
  return isReserved(uri) || isOwn(uri)
}

/** Exact rules first, then longer prefixes, then wildcards in the order of pattern registrations. */
function bySpecificity(a: ParsedRule, b: ParsedRule): number {
  if (a.match !== b.match) return RANK[a.match] - RANK[b.match]
  if (a.match !== 'wildcard') return b.uri.length - a.uri.length
  const [left, right] = [a.uri.split('.'), b.uri.split('.')]
  if (left.length !== right.length) return left.length - right.length
  for (const [i, component] of left.entries()) {
    if ((component === '') !== (right[i] === '')) return component === '' ? 1 : -1
  }
  return 0 // Different patterns of this kind match no URI in common.
}

const RANK: Record<MatchPolicy, number> = { exact: 0, prefix: 1, wildcard: 2 }

/** Whether every URI of `inner` is one of `outer`. */
function covers(outer: UriPattern, inner: UriPattern): boolean {
  switch (outer.match) {
    case 'exact':
      return inner.match === 'exact' && inner.uri === outer.uri
    case 'prefix':
      return literalStart(inner).startsWith(outer.uri)
    case 'wildcard':
      return inner.match !== 'prefix' && pairUp(outer, inner, (wide, narrow) => wide === '' || wide === narrow)
  }
}

/** Whether some URI may be of both; true where it would take long to tell. */
function mayOverlap(a: UriPattern, b: UriPattern): boolean {
  if (a.match === 'prefix' || b.match === 'prefix') {
    const [left, right] = [literalStart(a), literalStart(b)]
    const isOpen = (pattern: UriPattern): boolean => pattern.match !== 'exact'
    return (isOpen(a) && right.startsWith(left)) || (isOpen(b) && left.startsWith(right))
  }
  return pairUp(
    a,
    b,
    (left, right) => left === right || (left === '' && a.match === 'wildcard') || (right === '' && b.match === 'wildcard'),
  )
}

/** What all URIs of a pattern begin with. */
function literalStart({ match, uri }: UriPattern): string {
  if (match !== 'wildcard') return uri
  if (uri.startsWith('.')) return ''
  const gap = uri.indexOf('..')
  if (gap !== -1) return uri.slice(0, gap + 1)
  return uri // Ends with a dot, or has no wildcard at all.
}

function pairUp(a: UriPattern, b: UriPattern, fits: (left: string, right: string) => boolean): boolean {
  const [left, right] = [a.uri.split('.'), b.uri.split('.')]
  return left.length === right.length && left.every((component, i) => fits(component, right[i] ?? ''))
}
