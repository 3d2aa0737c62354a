// What a realm keeps of topics: few rules, drawn at random. Pure data out.

import type { TopicRule } from '@trunkline/router'
import type { Random } from './random.ts'
import { drawTarget } from './script.ts'

/** What a realm keeps of the topics of a pattern. */
export interface TopicPlan extends Pick<TopicRule, 'history' | 'retain'> {
  readonly uri: string
  readonly match: 'exact' | 'prefix' | 'wildcard'
}

/** Draws rules, each with a pattern of its own. */
export function drawTopics(random: Random, uris: readonly string[]): TopicPlan[] {
  const rules = new Map<string, TopicPlan>()
  for (let left = random.between(1, 3); left > 0; left--) {
    const { uri, match } = random.percent(15) ? ({ uri: '', match: 'prefix' } as const) : drawTarget(random, uris)
    if (uri.startsWith('wamp')) continue
    const history = random.percent(85) ? { history: drawBounds(random) } : {}
    const retain = random.percent(30)
      ? { retain: random.percent(50) ? random.percent(30) : { ageMs: random.pick([100, 1_000, 4_000]) } }
      : {}
    rules.set(`${match} ${uri}`, { uri, match, ...history, ...retain })
  }
  return [...rules.values()]
}

function drawBounds(random: Random): NonNullable<TopicPlan['history']> {
  return {
    events: random.pick([1, 2, 3, 5, 20, 100]),
    ...(random.percent(35) ? { bytes: random.pick([700, 1_500, 3_000, 6_000]) } : {}),
    ...(random.percent(35) ? { ageMs: random.pick([60, 300, 1_000, 3_000]) } : {}),
  }
}
