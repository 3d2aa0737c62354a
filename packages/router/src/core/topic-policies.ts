// What is done about events that a session does not read, by topic: the realm's rules, made ready. Never looks at a session.

import { isUri, uriPattern, UsageError } from '@trunkline/protocol'
import { PatternIndex } from './pattern-index.ts'
import type { SlowConsumerPolicy } from './ports.ts'
import type { SlowConsumerRules } from './settings.ts'
import { isForRouter } from './uri-check.ts'

export class TopicPolicies {
  readonly #index = new PatternIndex<SlowConsumerPolicy>()
  readonly #policy: SlowConsumerPolicy

  /** @throws {UsageError} when a rule has no valid pattern */
  constructor({ policy, topics = [] }: SlowConsumerRules) {
    this.#policy = policy
    for (const rule of topics) {
      const { match, uri } = uriPattern(rule.uri)
      if (!isUri(uri, match)) throw new UsageError(`'${rule.uri}' is not a valid URI pattern`, 'TL_RULE')
      this.#index.set(match, uri, rule.policy)
    }
  }

  /** Made only where some event may be given up. */
  static from(rules: SlowConsumerRules): TopicPolicies | undefined {
    const policies = new TopicPolicies(rules)
    const mayGiveUp = [rules, ...(rules.topics ?? [])].some(({ policy }) => policy !== 'disconnect')
    return mayGiveUp ? policies : undefined
  }

  /** The most specific rule decides; events of the router itself are never given up. */
  policyOf(topic: string): SlowConsumerPolicy {
    return isForRouter(topic) ? 'disconnect' : (this.#index.best(topic) ?? this.#policy)
  }
}
