// The settings of a realm, with the rules about topics, slow consumers and trust compiled for look-ups. Each change of the realm
// makes a new object.

import { ContractChecks } from '../contracts/contract-checks.ts'
import type { RealmSettings } from '../ports/settings.ts'
import { TopicPolicies, TopicSettings } from '../matching/topic-policies.ts'
import { TrustLevels } from '../matching/trust-levels.ts'

export interface CompiledSettings extends RealmSettings {
  readonly topicSettings: TopicSettings
  /** Undefined where no event may be dropped. */
  readonly topicPolicies: TopicPolicies | undefined
  /** Undefined where no contract is checked. */
  readonly contractChecks: ContractChecks | undefined
  /** Undefined without rules. */
  readonly trust: TrustLevels | undefined
}

/** @throws {UsageError} when a rule has no valid pattern, number or level, or a contract cannot be checked */
export function compileSettings(settings: RealmSettings): CompiledSettings {
  return {
    ...settings,
    topicSettings: new TopicSettings(settings.topics),
    topicPolicies: TopicPolicies.from(settings.slowConsumers),
    contractChecks: ContractChecks.from(settings.contracts),
    trust: TrustLevels.from(settings.trustLevels),
  }
}
