// The rights of one session of a role with placeholders: its own rules, few, beside those that all sessions of the role share.
// Caches nothing by URI, since clients choose these and have many sessions: an own rule is compared, all else is shared.

import type { MatchPolicy } from '@trunkline/protocol'
import { fitsWildcard, isForRouter } from '@trunkline/protocol'
import type { Action, Rights, Verdict } from '../core/ports/index.ts'
import { bySpecificity } from './pattern-cover.ts'
import type { ParsedRule } from './rule.ts'
import type { RuleSet } from './rules.ts'
import { inOrder, judgePattern, merged } from './rules.ts'

interface FilledRule {
  readonly rule: ParsedRule
  /** Of a wildcard. */
  readonly components: readonly string[] | undefined
}

export class FilledRules implements Rights {
  readonly isConstant = true
  /** The most specific first. */
  readonly #filled: readonly FilledRule[]
  readonly #shared: RuleSet

  /**
   * @param rules those with placeholders, filled for the session
   * @param shared the other rules of its role
   */
  constructor(rules: readonly ParsedRule[], shared: RuleSet) {
    this.#shared = shared
    this.#filled = inOrder(rules).map((own) => {
      const same = shared.rules.find(({ match, uri }) => match === own.match && uri === own.uri)
      const rule = same === undefined ? own : merged(own, same)
      return { rule, components: rule.match === 'wildcard' ? rule.uri.split('.') : undefined }
    })
  }

  judge(action: Action, uri: string, match: MatchPolicy): Verdict {
    if (match !== 'exact') return judgePattern(this.#all(), action, { match, uri })
    const rule = this.#decidingOn(uri)
    return rule === null ? false : rule.verdicts[action]
  }

  #decidingOn(uri: string): ParsedRule | null {
    const shared = this.#shared.decidingOn(uri)
    for (const { rule, components } of this.#filled) {
      if (fits(rule, components, uri)) return shared === null || bySpecificity(rule, shared) <= 0 ? rule : shared
    }
    return shared
  }

  /** All rules, the most specific first; of two with the same pattern, the own one, which counts both. */
  *#all(): Iterable<ParsedRule> {
    const rest = this.#filled.values()
    let own = rest.next().value
    for (const rule of this.#shared.rules) {
      for (; own !== undefined && bySpecificity(own.rule, rule) <= 0; own = rest.next().value) yield own.rule
      yield rule
    }
    for (; own !== undefined; own = rest.next().value) yield own.rule
  }
}

function fits(rule: ParsedRule, components: readonly string[] | undefined, uri: string): boolean {
  if (rule.match === 'exact') return uri === rule.uri
  const isMatch = components === undefined ? uri.startsWith(rule.uri) : fitsWildcard(components, uri)
  return isMatch && (rule.namesRouter || !isForRouter(uri))
}
