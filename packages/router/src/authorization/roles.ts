// The static authorizer: each role has its rules; a role without rules may do nothing.

import type { AuthorizationRequest, Authorizer } from '../core/ports.ts'
import type { Rule } from './rules.ts'
import { RuleSet } from './rules.ts'

export class RoleAuthorizer implements Authorizer {
  readonly #roles: ReadonlyMap<string, RuleSet>

  /** @throws {UsageError} when a rule has no valid pattern */
  constructor(roles: Readonly<Record<string, readonly Rule[]>>) {
    this.#roles = new Map(Object.entries(roles).map(([role, rules]) => [role, new RuleSet(rules)]))
  }

  allows({ action, uri, match, session }: AuthorizationRequest): boolean {
    return this.#roles.get(session.authrole)?.allows(action, uri, match) ?? false
  }
}
