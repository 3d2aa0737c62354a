// What publishers wanted kept: the newest event of each topic for all, and newer ones for some (the text allows them
// beside it). Who asks gets the newest that it would have received.

import type { ModelRealm, ModelRetained, ModelSession, ModelSubscription } from './state.ts'
import { matches } from './uris.ts'

const AUDIENCE = ['eligible', 'eligible_authid', 'eligible_authrole', 'exclude', 'exclude_authid', 'exclude_authrole']
/** So many events for some are kept beside that for all. */
const MOST = 16

/** Keeps an event instead of those that it replaces. */
export function retain(realm: ModelRealm, event: ModelRetained): void {
  const audience = audienceOf(event)
  const isReplaced = (each: ModelRetained): boolean => each.topic === event.topic && (audience === '' || audienceOf(each) === audience)
  realm.retained = realm.retained.filter((each) => !isReplaced(each))
  const limited = realm.retained.filter((each) => each.topic === event.topic && audienceOf(each) !== '')
  if (limited.length >= MOST) realm.retained = realm.retained.filter((each) => each !== limited[0])
  realm.retained.push(event)
}

/** What a subscriber may have: one of each topic, the oldest first. */
export function retainedFor(
  { match, uri }: ModelSubscription,
  { realm }: ModelSession,
  mayReceive: (event: ModelRetained) => boolean,
): ModelRetained[] {
  const all = realm.retained.filter((event) => matches(match, uri, event.topic) && mayReceive(event))
  return all.filter((event) => all.findLast(({ topic }) => topic === event.topic) === event)
}

function audienceOf({ options }: ModelRetained): string {
  const named = AUDIENCE.filter((name) => Array.isArray(options[name]))
  return named.length === 0 ? '' : JSON.stringify(named.map((name) => [name, options[name]]))
}
