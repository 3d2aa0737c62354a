// Queries of histories, drawn at random from what was seen. Pure data out.

import type { ClientWorld } from './client.ts'
import type { Random } from './random.ts'
import type { MetaCall, Sightings } from './script.ts'
import { drawMetaCall } from './script.ts'
import type { ClientPlan } from './settings.ts'

/** An id that no publication has. */
const NOBODYS = 7_777_777_777_777
const TIMES = ['from_time', 'after_time', 'before_time', 'until_time']
const PUBLICATIONS = ['from_publication', 'after_publication', 'before_publication', 'until_publication']

const BAD: readonly Readonly<Record<string, unknown>>[] = [
  { limit: 0 },
  { limit: '3' },
  { limit: 1.5 },
  { reverse: 1 },
  { topic: 5 },
  { from_time: 12 },
  { after_time: 'yesterday' },
  { before_time: '2026-02-31T00:00:00Z' },
  { until_time: '2026-01-01T25:00:00Z' },
  { until_time: '2026-01-01T00:00:00' },
  { after_publication: 'x' },
]

/** Draws a call of a procedure of the router; if a history is kept, often a query of one. */
export function drawMeta(random: Random, world: ClientWorld, plan: ClientPlan): MetaCall {
  const seen = world.seenBy(plan)
  const isQuery = world.histories(plan).length > 0 && random.percent(55)
  return isQuery ? drawQuery(random, seen, world.uris) : drawMetaCall(random, seen, world.uris)
}

function drawQuery(random: Random, seen: Sightings, uris: readonly string[]): MetaCall {
  const kwargs: Record<string, unknown> = {}
  if (random.percent(35)) kwargs['limit'] = random.pick([1, 1, 2, 3, 10])
  if (random.percent(30)) kwargs['reverse'] = random.percent(80)
  if (random.percent(20)) kwargs['topic'] = random.pick(uris)
  for (let left = random.pick([0, 0, 0, 1, 1, 2]); left > 0; left--) kwargs[random.pick(PUBLICATIONS)] = drawPublication(random, seen)
  for (let left = random.pick([0, 0, 0, 1, 1, 2]); left > 0; left--) kwargs[random.pick(TIMES)] = drawTime(random, seen)
  if (random.percent(4)) kwargs[random.pick(['limit', 'topic', 'from_time'])] = null
  if (random.percent(5)) Object.assign(kwargs, random.pick(BAD))
  const id = random.percent(97) ? (random.pickAny(seen.subscriptions.slice(-8)) ?? 99_999) : random.pick<unknown>(['x', 99_999, 0])
  const isPlain = Object.keys(kwargs).length === 0
  return { procedure: 'wamp.subscription.get_events', args: [id], kwargs: isPlain ? undefined : kwargs }
}

function drawPublication(random: Random, seen: Sightings): number {
  return random.percent(95) ? (random.pickAny(seen.publications.slice(-12)) ?? NOBODYS) : NOBODYS
}

/** A time that the router sent, written in one of the allowed forms. */
function drawTime(random: Random, seen: Sightings): string {
  const time = random.pickAny(seen.times.slice(-12)) ?? '2026-01-01T00:00:00.000Z'
  switch (random.below(4)) {
    case 0:
      return time.replace('Z', '01Z')
    case 1:
      return new Date(Date.parse(time) + 90 * 60_000).toISOString().replace('Z', '+01:30')
    case 2:
      return time.toLowerCase()
    default:
      return time
  }
}
