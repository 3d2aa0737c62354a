// The static authorizer: each role has its rules; a role without rules has no rights.

import type { AuthorizationRequest, Authorizer, Principal, Rights, Verdict } from '../core/ports/index.ts'
import { denialsOfActing } from './acting-on-others.ts'
import type { ParsedRule, Rule } from './rule.ts'
import { FilledRules } from './filled-rules.ts'
import { fill, hasPlaceholder, parseRule } from './rule.ts'
import { RuleSet } from './rules.ts'

const NO_RIGHTS: Rights = { isConstant: true, judge: () => false }

export class RoleAuthorizer implements Authorizer {
  readonly #roles: ReadonlyMap<string, RoleRules>

  /** @throws {UsageError} when a rule has no valid pattern */
  constructor(roles: Readonly<Record<string, readonly Rule[]>>) {
    this.#roles = new Map(Object.entries(roles).map(([role, rules]) => [role, new RoleRules(rules)]))
  }

  /** Whether the role is configured, even with no rule. */
  has(role: string): boolean {
    return this.#roles.has(role)
  }

  allows({ action, uri, match, session }: AuthorizationRequest): Verdict | undefined {
    return this.rightsOf(session).judge(action, uri, match)
  }

  rightsOf(session: Principal): Rights {
    return this.#roles.get(session.authrole)?.rightsOf(session) ?? NO_RIGHTS
  }
}

/** The rules of one role: parsed once. Those without a placeholder are shared by its sessions, with all that is cached by URI. */
class RoleRules {
  /** Those without a placeholder. */
  readonly #alike: readonly ParsedRule[]
  readonly #shared: RuleSet
  readonly #withPlaceholders: readonly ParsedRule[]

  constructor(rules: readonly Rule[]) {
    const parsed = rules.map(parseRule)
    this.#alike = parsed.filter((rule) => !hasPlaceholder(rule))
    this.#shared = new RuleSet([...this.#alike, ...denialsOfActing(this.#alike)])
    this.#withPlaceholders = parsed.filter(hasPlaceholder)
  }

  rightsOf(session: Principal): Rights {
    const filled = this.#withPlaceholders.flatMap((rule) => fill(rule, session) ?? [])
    if (filled.length === 0) return this.#shared
    const denials = filled.some(({ namesRouter }) => namesRouter) ? denialsOfActing([...filled, ...this.#alike]) : []
    return new FilledRules([...filled, ...denials], this.#shared)
  }
}
