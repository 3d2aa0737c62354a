// The topic rules of a realm, compiled for look-ups. Never looks at a session.

import { isForRouter, isUri, uriPattern, UsageError } from '@trunkline/protocol'
import type { UriPattern } from '@trunkline/protocol'
import { PatternIndex } from './pattern-index.ts'
import type { SlowConsumerPolicy } from '../ports/link.ts'
import type { HistoryRule, RetainRule, SlowConsumerRules, TopicRule } from '../ports/settings.ts'

type Pattern = Pick<TopicRule, 'uri' | 'match'>

/** One setting for each topic: the most specific rule that sets it decides. */
export class TopicTable<Value extends NonNullable<unknown>> {
  readonly #index = new PatternIndex<Value>()

  /**
   * Undefined when no rule has this setting.
   * @throws {UsageError} when a rule has no valid pattern
   */
  static of<Rule extends Pattern, Value extends NonNullable<unknown>>(
    rules: readonly Rule[],
    setting: (rule: Rule) => Value | undefined,
  ): TopicTable<Value> | undefined {
    const table = new TopicTable<Value>()
    for (const rule of rules) {
      const { match, uri } = rulePattern(rule)
      const value = setting(rule)
      if (value !== undefined) table.#index.set(match, uri, value)
    }
    return table.#index.size === 0 ? undefined : table
  }

  get(topic: string): Value | undefined {
    return this.#index.best(topic)
  }
}

/**
 * The pattern of a rule.
 * @throws {UsageError} when it is not valid
 */
export function rulePattern({ uri, match }: Pattern): UriPattern {
  const pattern = match === undefined ? uriPattern(uri) : { match, uri }
  if (!isUri(pattern.uri, pattern.match)) throw new UsageError(`'${uri}' is not a valid URI pattern`, 'TL_RULE')
  return pattern
}

function checkNumbers({ uri, history, retain }: TopicRule): void {
  const wanted = [history?.events, history?.ageMs, history?.bytes, typeof retain === 'object' ? retain.ageMs : undefined]
  if (wanted.every((number) => number === undefined || (Number.isSafeInteger(number) && number > 0))) return
  throw new UsageError(`'${uri}': the limits of a history and of retained events must be positive integers`, 'TL_RULE')
}

/** The topic rules of a realm. */
export class TopicSettings {
  /** One for each rule with history; where several have the same pattern, the last wins. */
  readonly histories: readonly (UriPattern & { readonly rule: HistoryRule })[]
  readonly #retain: TopicTable<boolean | RetainRule> | undefined

  /** @throws {UsageError} when a rule has no valid pattern or number, or is about topics of the router */
  constructor(rules: readonly TopicRule[]) {
    const histories = new Map<string, UriPattern & { readonly rule: HistoryRule }>()
    for (const rule of rules) {
      const pattern = rulePattern(rule)
      if (isForRouter(pattern.uri)) throw new UsageError(`'${rule.uri}': the router keeps no events of its own topics`, 'TL_RULE')
      checkNumbers(rule)
      if (rule.history !== undefined) histories.set(`${pattern.match} ${pattern.uri}`, { ...pattern, rule: rule.history })
    }
    this.histories = [...histories.values()]
    this.#retain = TopicTable.of(rules, ({ retain }) => retain)
  }

  /** Whether an event may be retained. */
  retention(topic: string): boolean | RetainRule {
    return this.#retain?.get(topic) ?? true
  }
}

/** The slow-consumer policy of each topic. */
export class TopicPolicies {
  readonly #table: TopicTable<SlowConsumerPolicy> | undefined
  readonly #policy: SlowConsumerPolicy

  /** @throws {UsageError} when a rule has no valid pattern */
  constructor({ policy, topics = [] }: SlowConsumerRules) {
    this.#policy = policy
    this.#table = TopicTable.of(topics, (rule) => rule.policy)
  }

  /** Undefined where no event may be dropped. */
  static from(rules: SlowConsumerRules): TopicPolicies | undefined {
    const policies = new TopicPolicies(rules)
    const mayDrop = [rules, ...(rules.topics ?? [])].some(({ policy }) => policy !== 'disconnect')
    return mayDrop ? policies : undefined
  }

  /** The most specific rule decides; events of the router itself are never dropped. */
  policyOf(topic: string): SlowConsumerPolicy {
    return isForRouter(topic) ? 'disconnect' : (this.#table?.get(topic) ?? this.#policy)
  }
}
