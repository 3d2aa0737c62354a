// The settings of a realm, with the rules about topics, slow consumers and trust compiled for look-ups. Each change of the realm
// makes a new object.

import { ContractChecks } from '../contracts/contract-checks.ts'
import type { RealmSettings } from '../ports/settings.ts'
import { TopicPolicies, TopicSettings } from '../matching/topic-policies.ts'
import type { NamedPattern } from '../matching/procedure-names.ts'
import { ProcedureNames } from '../matching/procedure-names.ts'
import { TrustLevels } from '../matching/trust-levels.ts'

export interface CompiledSettings extends RealmSettings {
  readonly topicSettings: TopicSettings
  /** Undefined where no event may be dropped. */
  readonly topicPolicies: TopicPolicies | undefined
  /** Undefined where no contract is checked. */
  readonly contractChecks: ContractChecks | undefined
  /** Undefined without rules. */
  readonly trust: TrustLevels | undefined
  /** Under which name each call is measured. */
  readonly procedureNames: ProcedureNames
}

/**
 * @param patterns the patterns of rules that allow calls
 * @throws {UsageError} when a rule has no valid pattern, number or level, or a contract cannot be checked
 */
export function compileSettings(settings: RealmSettings, patterns: readonly NamedPattern[] = []): CompiledSettings {
  // Checked before they are read: a contract may be no contract.
  const contractChecks = ContractChecks.from(settings.contracts)
  const templates = (settings.contracts ?? []).flatMap(({ contract }) => Object.keys(contract.procedures))
  return {
    ...settings,
    topicSettings: new TopicSettings(settings.topics),
    topicPolicies: TopicPolicies.from(settings.slowConsumers),
    contractChecks,
    trust: TrustLevels.from(settings.trustLevels),
    procedureNames: new ProcedureNames(patterns, templates),
  }
}
