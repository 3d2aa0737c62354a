// The static authorizer: each role has its rules; a role without rules has no rights.

import type { AuthorizationRequest, Authorizer, Principal, Rights, Verdict } from '../core/ports/index.ts'
import type { ParsedRule, Rule } from './rule.ts'
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

/** The rules of one role: parsed once, and shared by its sessions where they are the same for all. */
class RoleRules {
  readonly #rules: readonly ParsedRule[]
  /** Undefined when rules have placeholders. */
  readonly #shared: Rights | undefined

  constructor(rules: readonly Rule[]) {
    this.#rules = rules.map(parseRule)
    this.#shared = this.#rules.some(hasPlaceholder) ? undefined : new RuleSet(this.#rules)
  }

  rightsOf(session: Principal): Rights {
    return this.#shared ?? new RuleSet(this.#rules.flatMap((rule) => fill(rule, session) ?? []))
  }
}
