// The topic rules of a realm, compiled for look-ups. Never looks at a session.

import { fitsWildcard, isForRouter, isUri, uriPattern, UsageError } from '@trunkline/protocol'
import type { UriPattern } from '@trunkline/protocol'
import { PatternIndex } from './pattern-index.ts'
import type { KeepRule } from '../ports/event-store.ts'
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

function checkNumbers({ uri, history, retain, durable }: TopicRule): void {
  const { events, bytes, ageMs } = durable?.keep ?? {}
  const kept = [events, bytes, ageMs, typeof retain === 'object' ? retain.ageMs : undefined]
  const wanted = [history?.events, history?.ageMs, history?.bytes, ...kept]
  if (wanted.every((number) => number === undefined || (Number.isSafeInteger(number) && number > 0))) return
  throw new UsageError(`'${uri}': the limits of a history, of durable and of retained events must be positive integers`, 'TL_RULE')
}

/** A log of the store: the events of all topics of one rule. */
export interface DurableLog extends UriPattern {
  readonly name: string
  readonly keep: KeepRule
}

/** The durable topics of a realm. */
export class DurablePatterns {
  /** One for each rule; where several have the same pattern, the last wins. */
  readonly logs: readonly DurableLog[]
  readonly #table: TopicTable<DurableLog>

  private constructor(logs: readonly DurableLog[], table: TopicTable<DurableLog>) {
    this.logs = logs
    this.#table = table
  }

  /** Undefined when no topic is durable. */
  static of(rules: readonly TopicRule[]): DurablePatterns | undefined {
    const logs = new Map<string, DurableLog>()
    for (const rule of rules) {
      const pattern = rulePattern(rule)
      const name = `${pattern.match} ${pattern.uri}`
      if (rule.durable !== undefined) logs.set(name, { ...pattern, name, keep: rule.durable.keep ?? {} })
    }
    const table = TopicTable.of([...logs.values()], (log) => log)
    return table && new DurablePatterns([...logs.values()], table)
  }

  /** The log of a topic, by the most specific rule; undefined when it is not durable. */
  logOf(topic: string): DurableLog | undefined {
    return this.#table.get(topic)
  }

  /** Whether every topic of a pattern is durable, by one rule. */
  cover(pattern: UriPattern): boolean {
    return pattern.match === 'exact' ? this.logOf(pattern.uri) !== undefined : this.logs.some((log) => includes(log, pattern))
  }
}

/** Whether a pattern matches every topic of another. */
function includes(outer: UriPattern, inner: UriPattern): boolean {
  if (outer.match === 'exact' || inner.match === 'exact') return outer.match === inner.match && outer.uri === inner.uri
  if (outer.match === 'prefix') return fixedStart(inner).startsWith(outer.uri)
  // A topic of a prefix may have any number of components.
  return inner.match === 'wildcard' && fitsWildcard(outer.uri.split('.'), inner.uri)
}

/** How every topic of a pattern begins. */
function fixedStart({ match, uri }: UriPattern): string {
  if (match === 'prefix') return uri
  const components = uri.split('.')
  const free = components.indexOf('')
  return free < 0
    ? uri
    : components
        .slice(0, free)
        .map((each) => `${each}.`)
        .join('')
}

/** The topic rules of a realm. */
export class TopicSettings {
  /** One for each rule with history; where several have the same pattern, the last wins. */
  readonly histories: readonly (UriPattern & { readonly rule: HistoryRule })[]
  /** Undefined when no topic is durable. */
  readonly durable: DurablePatterns | undefined
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
    this.durable = DurablePatterns.of(rules)
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
