// The retained events: the newest event of each topic for all, and newer ones for some (the specification allows them
// beside it). A session that asks gets the newest that it would have received.

import type { RetainRule } from '@trunkline/router'
import { best } from './matching.ts'
import type { ModelKept, ModelRealm, ModelSession, ModelSubscription } from './state.ts'
import { matches } from './uris.ts'

const AUDIENCE = ['eligible', 'eligible_authid', 'eligible_authrole', 'exclude', 'exclude_authid', 'exclude_authrole']
/** The most events for some receivers that are kept beside the one for all. */
const MOST = 16

/** Keeps an event instead of those that it replaces. */
export function retain(realm: ModelRealm, event: ModelKept): void {
  if (ruleOf(realm, event.topic) === false) return
  const audience = audienceOf(event)
  const isReplaced = (each: ModelKept): boolean => each.topic === event.topic && (audience === '' || audienceOf(each) === audience)
  realm.retained = realm.retained.filter((each) => !isReplaced(each))
  const limited = realm.retained.filter((each) => each.topic === event.topic && audienceOf(each) !== '')
  if (limited.length >= MOST) realm.retained = realm.retained.filter((each) => each !== limited[0])
  realm.retained.push(event)
}

/** What a subscriber may have: one of each topic, the oldest first. */
export function retainedFor(
  { match, uri }: ModelSubscription,
  { realm }: ModelSession,
  now: number,
  mayReceive: (event: ModelKept) => boolean,
): ModelKept[] {
  const isOver = ({ topic, keptAt }: ModelKept): boolean => {
    const rule = ruleOf(realm, topic)
    return typeof rule === 'object' && now - keptAt >= rule.ageMs
  }
  const all = realm.retained.filter((event) => matches(match, uri, event.topic) && mayReceive(event) && !isOver(event))
  return all.filter((event) => all.findLast(({ topic }) => topic === event.topic) === event)
}

/** The most specific rule for the topic decides. */
function ruleOf({ plan }: ModelRealm, topic: string): boolean | RetainRule {
  return (
    best(
      (plan.topics ?? []).filter(({ retain: rule }) => rule !== undefined),
      topic,
    )?.retain ?? true
  )
}

function audienceOf({ options }: ModelKept): string {
  const named = AUDIENCE.filter((name) => Array.isArray(options[name]))
  return named.length === 0 ? '' : JSON.stringify(named.map((name) => [name, options[name]]))
}
