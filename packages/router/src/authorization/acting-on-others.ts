// Procedures of the protocol that take from other sessions what they have. A rule for a part of the meta API, such as
// `wamp.registration.**`, is meant for looking: it does not grant them.

import { bySpecificity, covers } from './pattern-cover.ts'
import type { ParsedRule, Rule } from './rule.ts'
import { parseRule } from './rule.ts'

/** Each needs a rule that goes as far as its last component, or that stands for all of the protocol (`wamp.**`). */
const ACTING_ON_OTHERS: readonly string[] = [
  'wamp.session.kill',
  'wamp.session.kill_by_authid',
  'wamp.session.kill_by_authrole',
  'wamp.session.kill_all',
  'wamp.registration.remove_callee',
  'wamp.subscription.remove_subscriber',
]

/** Denials, to be added to the rules of a role, of what acts on others where only a rule for a part of the meta API would grant it. */
export function denialsOfActing(rules: readonly ParsedRule[]): readonly ParsedRule[] {
  return ACTING_ON_OTHERS.flatMap((uri) => {
    const [decides, ...others] = about(uri, rules)
    if (decides === undefined || [decides, ...others].some((rule) => rule.verdicts.call !== false && names(rule, uri))) return []
    return { ...decides, match: 'exact', uri, verdicts: { ...decides.verdicts, call: false } } as const
  })
}

/**
 * The procedures that end sessions or take registrations and subscriptions from others and that rules grant by a pattern, as
 * `wamp.**` does, not by their names.
 * @throws {UsageError} when a rule has no valid pattern
 */
export function actsOnOthersByPattern(rules: readonly Rule[]): string[] {
  const parsed = rules.map(parseRule)
  const decide = [...parsed, ...denialsOfActing(parsed)]
  return ACTING_ON_OTHERS.filter((uri) => {
    const [decides] = about(uri, decide)
    return decides !== undefined && decides.match !== 'exact' && decides.verdicts.call !== false
  })
}

/** The rules that cover a procedure of the protocol, the most specific first. */
function about(uri: string, rules: readonly ParsedRule[]): ParsedRule[] {
  return rules.filter((rule) => rule.namesRouter && covers(rule, { match: 'exact', uri })).sort(bySpecificity)
}

function names({ match, uri: pattern }: ParsedRule, uri: string): boolean {
  if (match === 'exact') return true
  if (match === 'wildcard') return !pattern.endsWith('.')
  return pattern === 'wamp.' || pattern.length > uri.lastIndexOf('.') + 1
}
