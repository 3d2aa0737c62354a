// One subscriber that stops reading while publications continue: what the router queues for it, and how the others are affected.

import type { Bench, LoadResult } from './measure.ts'
import { sleep, until } from './measure.ts'
import { openSubscribers, Publisher, settle } from './fanout.ts'

const TOPIC = 'bench.topic'
const TICK_SECONDS = 0.005
const SAMPLE_SECONDS = 0.25
const DRAIN_SECONDS = 5

/**
 * `sessions` subscribers and a stopped one, `rate` publications a second. Figure: by how many MiB the peak of the router's resident
 * memory exceeds that of the same load while all of them read: memory of the load itself, with garbage that is not yet
 * collected, does not count for the stopped one. A loss of a healthy one is a fault; so is a loss of the stopped one
 * without a sign of it.
 */
export async function slow(bench: Bench): Promise<LoadResult> {
  const { options, account } = bench
  const [stopped, ...healthy] = await openSubscribers(bench, bench.context(), options.sessions + 1, TOPIC)
  if (stopped === undefined) throw new Error('no session for the stopped subscriber')
  let farewell = ''
  stopped.session.onGone = (reason) => (farewell = reason)
  stopped.onEvent = () => undefined
  const publisher = await Publisher.open(bench, [TOPIC])

  await publishFor(bench, publisher, options.warmupSeconds)
  await until(() => stopped.received === publisher.published, DRAIN_SECONDS)
  const before = await peakWhilePublishing(bench, publisher)
  await until(() => stopped.received === publisher.published, DRAIN_SECONDS)
  stopped.session.pause()
  const peak = await peakWhilePublishing(bench, publisher)
  await settle(bench, publisher, healthy.length)

  stopped.session.resume()
  await until(() => farewell !== '' || stopped.received === publisher.published, DRAIN_SECONDS)
  const missed = publisher.published - stopped.received
  if (farewell === '' && missed > 0) account.bad(`the stopped subscriber misses ${missed} events and was not notified`)
  else if (missed === 0) account.error('the stopped subscriber was never behind: publish more')
  else account.note(`the stopped subscriber got ${stopped.received} of ${publisher.published}, then: ${farewell}`)
  return bench.result((peak - before) / 2 ** 20)
}

/** The peak of the router's resident memory meanwhile, in octets. */
async function peakWhilePublishing(bench: Bench, publisher: Publisher): Promise<number> {
  let peak = 0
  const look = async (): Promise<void> => {
    peak = Math.max(peak, (await bench.usage()).residentBytes)
  }
  const sampler = setInterval(() => void look(), SAMPLE_SECONDS * 1000)
  await publishFor(bench, publisher, bench.options.seconds)
  clearInterval(sampler)
  await look()
  return peak
}

/** Publishes at a fixed rate, whatever comes back. */
async function publishFor(bench: Bench, publisher: Publisher, seconds: number): Promise<void> {
  const [start, first] = [performance.now(), publisher.published]
  for (let passed = 0; passed < seconds; passed = (performance.now() - start) / 1000) {
    const due = first + Math.floor(passed * bench.options.rate)
    while (publisher.published < due) publisher.publish()
    await sleep(TICK_SECONDS)
  }
}
