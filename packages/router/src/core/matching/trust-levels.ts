// The trust level that a realm assigns to the calls and publications of a session (specification: "Call Trust Levels",
// "Publication Trust Levels"). Rules compiled for look-ups; never looks at a session.

import { isUri, MAX_ID, uriPattern, UsageError } from '@trunkline/protocol'
import { PatternIndex } from './pattern-index.ts'
import type { TrustRule } from '../ports/settings.ts'

export class TrustLevels {
  readonly #byRole = new Map<string, PatternIndex<{ readonly level: number }>>()
  readonly #forAll = new PatternIndex<{ readonly level: number }>()

  /** @throws {UsageError} when a rule has no valid pattern or level */
  constructor(rules: readonly TrustRule[]) {
    for (const { uri = '**', role, level } of rules) {
      const pattern = uriPattern(uri)
      if (!isUri(pattern.uri, pattern.match)) throw new UsageError(`'${uri}' is not a valid URI pattern`, 'TL_RULE')
      if (!Number.isInteger(level) || level < 0 || level > MAX_ID)
        throw new UsageError(`${level} is not a trust level: an integer from 0`, 'TL_RULE')
      this.#indexOf(role).set(pattern.match, pattern.uri, { level })
    }
  }

  /** Undefined without rules, so that calls and publications skip the look-up. */
  static from(rules: readonly TrustRule[] | undefined): TrustLevels | undefined {
    return rules === undefined || rules.length === 0 ? undefined : new TrustLevels(rules)
  }

  /** The level of a call or publication; undefined when no rule matches. A rule for the role precedes one for all roles. */
  levelOf(uri: string, role: string): number | undefined {
    return (this.#byRole.get(role)?.best(uri) ?? this.#forAll.best(uri))?.level
  }

  #indexOf(role: string | undefined): PatternIndex<{ readonly level: number }> {
    if (role === undefined) return this.#forAll
    const index = this.#byRole.get(role) ?? new PatternIndex()
    this.#byRole.set(role, index)
    return index
  }
}
