// URIs, patterns and rights by the letter of the protocol: components are compared one by one, and every case is tried.

import type { Rule } from '@trunkline/router'

export type Match = 'exact' | 'prefix' | 'wildcard'

/** Whether a message may contain a URI (loose rule; for prefix only the last component may be empty). */
export function isValid(uri: string, match: Match): boolean {
  if (FORBIDDEN.test(uri)) return false
  if (match === 'wildcard') return true
  const components = uri.split('.')
  return components.every((component, i) => component !== '' || (match === 'prefix' && i === components.length - 1))
}

/** `#`, and what `\s` means in JavaScript or in Python. */
const FORBIDDEN = /[#\s\u001c-\u001f\u0085]/u

const RESERVED = ['wamp', 'trunkline']

/** Whether the first component is one that applications may not use. */
export function isReserved(uri: string): boolean {
  return RESERVED.some((first) => uri === first || uri.startsWith(`${first}.`))
}

/** Whether a URI is matched. */
export function matches(match: Match, pattern: string, uri: string): boolean {
  if (match === 'exact') return pattern === uri
  if (match === 'prefix') return uri.slice(0, pattern.length) === pattern
  const [wanted, given] = [pattern.split('.'), uri.split('.')]
  return wanted.length === given.length && wanted.every((component, i) => component === '' || component === given[i])
}

/** Whether `left` comes before `right` among the wildcard patterns that match one URI: the longer first run of literals, then the next run. */
export function isBetterWildcard(left: string, right: string): boolean {
  const [a, b] = [literalRuns(left), literalRuns(right)]
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    if ((a[i] ?? 0) !== (b[i] ?? 0)) return (a[i] ?? 0) > (b[i] ?? 0)
  }
  return false
}

/** The lengths of the runs of literal components, from the left, a zero for each place where two wildcards are adjacent. */
function literalRuns(pattern: string): number[] {
  const runs = [0]
  for (const component of pattern.split('.')) {
    if (component === '') runs.push(0)
    else runs[runs.length - 1] = (runs.at(-1) ?? 0) + 1
  }
  return runs
}

/** Static rights, tried with all URIs of a small world. */
export class NaiveRights {
  readonly #rules: Readonly<Record<string, readonly Rule[]>>
  readonly #universe: readonly string[]
  readonly #known = new Map<string, boolean | 'either'>()
  readonly #denied = new Map<string, readonly string[]>()

  /** @param uris the URIs of the world; many more are made from the components of the rules */
  constructor(rules: Readonly<Record<string, readonly Rule[]>>, uris: readonly string[]) {
    this.#rules = rules
    const named = Object.values(rules).flatMap((each) => each.map(({ uri }) => uri))
    const components = [...new Set(named.flatMap((uri) => uri.split('.')).filter((part) => part !== '' && part !== '**')), 'zz']
    let longest = ['']
    const all = new Set<string>([...uris, ...named])
    for (let depth = 0; depth < 3; depth++) {
      longest = longest.flatMap((start) => components.map((component) => (start === '' ? component : `${start}.${component}`)))
      for (const uri of longest) all.add(uri)
    }
    for (const uri of named) for (const more of ['zz', '.zz']) all.add(uri.replace('.**', '').replace('**', 'q') + more)
    this.#universe = [...all].filter((uri) => isValid(uri, 'exact'))
  }

  /**
   * Whether a role may do it with the URI, or with every URI that the pattern matches. `either` for a pattern that is
   * granted in full although a prefix under which something is denied begins like it, or that is granted by a rule for the
   * one URI that it matches: a router that does not try out all URIs may refuse it to be safe.
   */
  allows(role: string, action: Rule['allow'][number], uri: string, match: Match): boolean | 'either' {
    const key = `${role} ${action} ${match} ${uri}`
    let verdict = this.#known.get(key)
    if (verdict === undefined) {
      verdict = this.#judge(role, action, uri, match)
      if (verdict && match !== 'exact' && this.#isNearDenied(role, action, uri, match)) verdict = 'either'
      this.#known.set(key, verdict)
    }
    return verdict
  }

  #judge(role: string, action: Rule['allow'][number], uri: string, match: Match): boolean {
    if (match === 'exact') return this.#allowsOne(role, action, uri)
    const own =
      match === 'prefix'
        ? [`${uri}q`, `${uri}q.zz`, uri]
        : [
            uri
              .split('.')
              .map((part) => (part === '' ? 'zz' : part))
              .join('.'),
          ]
    // The router's own URIs are never matched by a pattern that does not name them.
    const concerns = (each: string): boolean => isReserved(each) === isReserved(uri)
    return (
      !this.#deniedTo(role, action).some((each) => concerns(each) && matches(match, uri, each)) &&
      own.every((each) => !isValid(each, 'exact') || !concerns(each) || this.#allowsOne(role, action, each))
    )
  }

  /** What a role may not do, of all URIs. */
  #deniedTo(role: string, action: Rule['allow'][number]): readonly string[] {
    const key = `${role} ${action}`
    let denied = this.#denied.get(key)
    if (denied === undefined) {
      denied = this.#universe.filter((uri) => !this.#allowsOne(role, action, uri))
      this.#denied.set(key, denied)
    }
    return denied
  }

  #isNearDenied(role: string, action: Rule['allow'][number], pattern: string, match: Match): boolean {
    const components = pattern.split('.')
    const wild = components.indexOf('')
    if (match === 'wildcard' && wild === -1) return true
    const start = match === 'prefix' ? pattern : components.slice(0, wild).join('.')
    return (this.#rules[role] ?? []).map(asPattern).some(({ match: kind, uri, allow }) => {
      return kind === 'prefix' && !allow.includes(action) && (uri.startsWith(start) || start.startsWith(uri))
    })
  }

  /** The most specific rule decides: exact, then the longest prefix, then wildcards; what no rule names is denied. */
  #allowsOne(role: string, action: Rule['allow'][number], uri: string): boolean {
    const fitting = (this.#rules[role] ?? [])
      .map(asPattern)
      // A rule for everything does not include the router's own URIs.
      .filter((rule) => matches(rule.match, rule.uri, uri) && (!isReserved(uri) || isReserved(rule.uri)))
    const exact = fitting.filter((rule) => rule.match === 'exact')
    const prefixes = fitting.filter((rule) => rule.match === 'prefix').sort((a, b) => b.uri.length - a.uri.length)
    const wildcards = fitting.filter((rule) => rule.match === 'wildcard').sort((a, b) => (isBetterWildcard(a.uri, b.uri) ? -1 : 1))
    return [...exact, ...prefixes, ...wildcards][0]?.allow.includes(action) ?? false
  }
}

function asPattern({ uri, match, allow }: Rule): { readonly match: Match; readonly uri: string; readonly allow: Rule['allow'] } {
  if (match !== undefined) return { match, uri, allow }
  if (uri === '**') return { match: 'prefix', uri: '', allow }
  if (uri.endsWith('.**')) return { match: 'prefix', uri: uri.slice(0, -2), allow }
  return { match: uri.split('.').includes('') ? 'wildcard' : 'exact', uri, allow }
}
