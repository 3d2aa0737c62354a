// Publications: one topic and many subscribers, subscribers with another serializer, and many pattern subscriptions.

import type { Bench, LoadResult } from './measure.ts'
import { Flow, openSubscribers, Publisher, Subscriber } from './fanout.ts'
import { openSessions } from './session.ts'

const TOPIC = 'bench.topic'
const PATTERN_SUBSCRIBERS = 20
const PATTERN_TOPICS = 64

/** One publisher, `sessions` subscribers of its topic. Figure: deliveries by a second of the router's processor time. */
export async function pubsub(bench: Bench): Promise<LoadResult> {
  await openSubscribers(bench, bench.context(), bench.options.sessions, TOPIC)
  return publishToAll(bench)
}

/** The same with a publisher in JSON and subscribers in MessagePack: the router converts each payload once. */
export async function transcode(bench: Bench): Promise<LoadResult> {
  await openSubscribers(bench, bench.context('msgpack'), bench.options.sessions, TOPIC)
  return publishToAll(bench)
}

/** Like `pubsub`, with a topic of which the router keeps `kept` publications, and publications that are to be retained. */
export async function kept(bench: Bench): Promise<LoadResult> {
  const { kept: count, retain, sessions } = bench.options
  const topic = count === 0 ? TOPIC : `bench.kept${count}`
  await openSubscribers(bench, bench.context(), sessions, topic)
  return measureFlow(bench, await Publisher.open(bench, [topic], retain ? { retain } : {}), sessions)
}

/**
 * `patterns` pattern subscriptions over 20 sessions; each publication goes to 1 of 64 topics and matches just one of them.
 * Figure: deliveries by a second of the router's processor time.
 */
export async function patterns(bench: Bench): Promise<LoadResult> {
  const { patterns: count, match } = bench.options
  const topics = Math.min(PATTERN_TOPICS, count)
  // The pattern that topic i matches, spread over all of them.
  const patternOf = Array.from({ length: topics }, (_, i) => Math.floor((i * count) / topics))
  const sessions = await openSessions(bench.context(), PATTERN_SUBSCRIBERS)
  for (const [s, session] of sessions.entries()) {
    const mine = patternOf.map((pattern) => pattern % PATTERN_SUBSCRIBERS === s)
    const subscriber = new Subscriber(bench, session, stepsBetween(mine), 1 + firstAfter(mine, 1))
    const wishes = Array.from({ length: Math.ceil((count - s) / PATTERN_SUBSCRIBERS) }, (_, k) =>
      patternUri(s + k * PATTERN_SUBSCRIBERS, match),
    )
    await subscriber.subscribe(wishes.map((topic) => ({ topic, match })))
  }
  const publisher = await Publisher.open(
    bench,
    patternOf.map((pattern) => `bench.p${pattern}.a.c`),
  )
  return measureFlow(bench, publisher, 1)
}

async function publishToAll(bench: Bench): Promise<LoadResult> {
  return measureFlow(bench, await Publisher.open(bench, [TOPIC]), bench.options.sessions)
}

async function measureFlow(bench: Bench, publisher: Publisher, deliveries: number): Promise<LoadResult> {
  const flow = new Flow(bench, publisher, deliveries)
  const result = await bench.measure()
  await flow.stop()
  return result
}

function patternUri(i: number, match: 'prefix' | 'wildcard'): string {
  return match === 'prefix' ? `bench.p${i}.a` : `bench.p${i}..c`
}

/** From each topic of the round, how many publications until the next one for this subscriber. */
function stepsBetween(mine: readonly boolean[]): number[] {
  return mine.map((_, i) => 1 + firstAfter(mine, i + 1))
}

/** How many topics from `start` on, going round, come before one of this subscriber. */
function firstAfter(mine: readonly boolean[], start: number): number {
  for (let k = 0; k < mine.length; k++) if (mine[(start + k) % mine.length] === true) return k
  return 0
}
