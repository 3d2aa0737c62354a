// Relations between URI patterns: whether one covers another, and whether they may have URIs in common. Pure.

import type { UriPattern } from '@trunkline/protocol'

/** Whether every URI of `inner` is also one of `outer`. */
export function covers(outer: UriPattern, inner: UriPattern): boolean {
  switch (outer.match) {
    case 'exact':
      return inner.match === 'exact' && inner.uri === outer.uri
    case 'prefix':
      return literalStart(inner).startsWith(outer.uri)
    case 'wildcard':
      return inner.match !== 'prefix' && pairUp(outer, inner, (wide, narrow) => wide === '' || wide === narrow)
  }
}

/** Whether some URI may match both; true where an exact check would take long. */
export function mayOverlap(a: UriPattern, b: UriPattern): boolean {
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

/**
 * Sorts the more specific first: exact, then longer prefixes, then wildcards in the order of pattern registrations. Zero for
 * different patterns that have no URI in common.
 */
export function bySpecificity(a: UriPattern, b: UriPattern): number {
  if (a.match !== b.match) return RANK[a.match] - RANK[b.match]
  if (a.match !== 'wildcard') return b.uri.length - a.uri.length
  const [left, right] = [a.uri.split('.'), b.uri.split('.')]
  if (left.length !== right.length) return left.length - right.length
  for (const [i, component] of left.entries()) {
    if ((component === '') !== (right[i] === '')) return component === '' ? 1 : -1
  }
  return 0
}

const RANK: Record<UriPattern['match'], number> = { exact: 0, prefix: 1, wildcard: 2 }

/** The text that all URIs of a pattern begin with. */
function literalStart({ match, uri }: UriPattern): string {
  if (match !== 'wildcard') return uri
  if (uri.startsWith('.')) return ''
  const gap = uri.indexOf('..')
  if (gap !== -1) return uri.slice(0, gap + 1)
  return uri // Ends with a dot, or has no wildcard at all.
}

function pairUp(a: UriPattern, b: UriPattern, fit: (left: string, right: string) => boolean): boolean {
  const [left, right] = [a.uri.split('.'), b.uri.split('.')]
  return left.length === right.length && left.every((component, i) => fit(component, right[i] ?? ''))
}
