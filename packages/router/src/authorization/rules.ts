// Static rights: rules on URI patterns for actions. The most specific matching rule decides; a URI without a matching rule is denied.

import type { MatchPolicy, UriPattern } from '@trunkline/protocol'
import { fitsWildcard, isForRouter } from '@trunkline/protocol'
import type { Action, Rights, Verdict } from '../core/ports/index.ts'
import { bySpecificity, covers, mayOverlap } from './pattern-cover.ts'
import type { ParsedRule } from './rule.ts'
import { both } from './rule.ts'

interface WildcardRule {
  readonly components: readonly string[]
  readonly rule: ParsedRule
}

/** How many URIs are cached with their rule; at this number the cache is cleared. */
const MOST_REMEMBERED = 1_000
/** Longer URIs are not cached, so that clients cannot fill the memory with them. */
const LONGEST_REMEMBERED = 256

/** Rules that are the same for all sessions of a role, which share what is cached of them. */
export class RuleSet implements Rights {
  readonly isConstant = true
  /** The most specific first. */
  readonly rules: readonly ParsedRule[]
  readonly #exact = new Map<string, ParsedRule>()
  readonly #prefixes: readonly ParsedRule[]
  readonly #wildcards: readonly WildcardRule[]
  /** The rule that decides on a URI; null where none does. */
  readonly #deciding = new Map<string, ParsedRule | null>()

  constructor(rules: readonly ParsedRule[]) {
    this.rules = inOrder(rules)
    for (const rule of this.rules) if (rule.match === 'exact') this.#exact.set(rule.uri, rule)
    this.#prefixes = this.rules.filter(({ match }) => match === 'prefix')
    this.#wildcards = this.rules.flatMap((rule) => (rule.match === 'wildcard' ? [{ components: rule.uri.split('.'), rule }] : []))
  }

  /** The verdict on a URI, or on a pattern, which is granted only if every URI that it can match is granted. */
  judge(action: Action, uri: string, match: MatchPolicy): Verdict {
    if (match !== 'exact') return judgePattern(this.rules, action, { match, uri })
    const rule = this.decidingOn(uri)
    return rule === null ? false : rule.verdicts[action]
  }

  /** The rule that decides on a URI; null where none does. */
  decidingOn(uri: string): ParsedRule | null {
    let rule = this.#deciding.get(uri)
    if (rule === undefined) {
      rule = this.#decide(uri)
      if (this.#deciding.size >= MOST_REMEMBERED) this.#deciding.clear()
      if (uri.length <= LONGEST_REMEMBERED) this.#deciding.set(uri, rule)
    }
    return rule
  }

  #decide(uri: string): ParsedRule | null {
    const exact = this.#exact.get(uri)
    if (exact !== undefined) return exact
    const mustNameRouter = isForRouter(uri)
    for (const rule of this.#prefixes) if (uri.startsWith(rule.uri) && (!mustNameRouter || rule.namesRouter)) return rule
    for (const { components, rule } of this.#wildcards)
      if (fitsWildcard(components, uri) && (!mustNameRouter || rule.namesRouter)) return rule
    return null
  }
}

/**
 * The verdict on a pattern.
 * @param rules the most specific first
 */
export function judgePattern(rules: Iterable<ParsedRule>, action: Action, asked: UriPattern): Verdict {
  const mustNameRouter = isForRouter(asked.uri)
  for (const rule of rules) {
    // A pattern that does not name the router's URIs never reaches them.
    if (mustNameRouter !== rule.namesRouter) continue
    if (covers(rule, asked)) return rule.verdicts[action]
    // A more specific rule that denies a part of the pattern denies the whole.
    if (rule.verdicts[action] === false && mayOverlap(rule, asked)) return false
  }
  return false
}

/** One rule for each pattern, where several have the same a denial wins; the most specific first. */
export function inOrder(rules: readonly ParsedRule[]): readonly ParsedRule[] {
  const byPattern = new Map<string, ParsedRule>()
  for (const rule of rules) {
    const key = `${rule.match} ${rule.uri}`
    const other = byPattern.get(key)
    byPattern.set(key, other === undefined ? rule : merged(rule, other))
  }
  return [...byPattern.values()].sort(bySpecificity)
}

/** One rule in place of two with the same pattern. */
export function merged(rule: ParsedRule, { verdicts: b }: ParsedRule): ParsedRule {
  const { verdicts: a } = rule
  return {
    ...rule,
    verdicts: {
      call: both(a.call, b.call),
      publish: both(a.publish, b.publish),
      register: both(a.register, b.register),
      subscribe: both(a.subscribe, b.subscribe),
      see: both(a.see, b.see),
    },
  }
}
