// Scenarios of events. Each throws an error for what is wrong.

import type { ClientSession, Details, Happened } from '../clients/client.ts'
import type { Stage } from './stage.ts'
import { ids, Inbox, same, valueOf } from './stage.ts'

/** The topic whose events the router keeps. */
const HISTORY = 'interop.history.one'

export async function events(stage: Stage): Promise<void> {
  const [publisher, subscriber] = await stage.pair()
  const inbox = await subscribed(subscriber, stage.uri('topic'))
  const values = { args: [1, 'two'], kwargs: { three: [3] } }
  await publisher.publish(stage.uri('topic'), values)
  const [event] = await inbox.all(1)
  same('the event', { args: event?.args, kwargs: event?.kwargs }, values)
}

export async function patternSubscription(stage: Stage): Promise<void> {
  const [publisher, subscriber] = await stage.pair()
  const prefix = await subscribed(subscriber, stage.uri('prefix'), { match: 'prefix' })
  const wildcard = await subscribed(subscriber, stage.uri('wild..card'), { match: 'wildcard' })
  await publisher.publish(stage.uri('prefix.one'), { args: [1] })
  await publisher.publish(stage.uri('wild.any.card'), { args: [2] })
  const topics = [await prefix.all(1), await wildcard.all(1)].map(([event]) => [event?.args[0], event?.details['topic']])
  same('the events', topics, [
    [1, stage.uri('prefix.one')],
    [2, stage.uri('wild.any.card')],
  ])
}

/** As many as come at once where the subscriber reads slowly. */
const MANY = 100

/** Our client publishes them at once. */
export async function eventOrder(stage: Stage): Promise<void> {
  const [subscriber, publisher] = [await stage.join(), await stage.partner()]
  const inbox = await subscribed(subscriber, stage.uri('topic'))
  const numbers = Array.from({ length: MANY }, (_, i) => i)
  await Promise.all(numbers.map((number) => publisher.publish(stage.uri('topic'), { args: [number] })))
  same('the order', ids((await inbox.all(MANY)).map(({ args }) => args[0])), numbers)
}

/** The event meant for both is published last: a session that was sent one too many has it before, if it keeps their order. */
export async function blackWhiteListing(stage: Stage): Promise<void> {
  const [publisher, one] = await stage.pair()
  const two = await stage.join()
  const uri = stage.uri('topic')
  const inboxes = [await subscribed(one, uri), await subscribed(two, uri)]
  const { authid, authrole } = one.welcome
  await publisher.publish(uri, { args: ['eligible one'] }, { eligible: [one.id] })
  await publisher.publish(uri, { args: ['exclude one'] }, { exclude: [one.id] })
  await publisher.publish(uri, { args: ['eligible authid'] }, { eligible_authid: [authid] })
  await publisher.publish(uri, { args: ['exclude authid'] }, { exclude_authid: [authid] })
  await publisher.publish(uri, { args: ['eligible authrole'] }, { eligible_authrole: [authrole] })
  await publisher.publish(uri, { args: ['exclude authrole'] }, { exclude_authrole: [authrole] })
  await publisher.publish(uri, { args: ['all'] })
  same('what they got', await Promise.all(inboxes.map((inbox) => wordsOf(inbox, 4, 'all'))), [
    ['all', 'eligible authid', 'eligible authrole', 'eligible one'],
    ['all', 'eligible authrole', 'exclude authid', 'exclude one'],
  ])
}

export async function publisherExclusion(stage: Stage): Promise<void> {
  const [session, other] = await stage.pair()
  const inbox = await subscribed(session, stage.uri('topic'))
  await session.publish(stage.uri('topic'), { args: ['not to me'] })
  await session.publish(stage.uri('topic'), { args: ['to me too'] }, { exclude_me: false })
  await other.publish(stage.uri('topic'), { args: ['to all'] })
  same('what came', await wordsOf(inbox, 2, 'to all'), ['to all', 'to me too'])
}

export async function publisherIdentification(stage: Stage): Promise<void> {
  const [publisher, subscriber] = await stage.pair()
  const inbox = await subscribed(subscriber, stage.uri('topic'))
  await publisher.publish(stage.uri('topic'), { args: [1] }, { disclose_me: true })
  const [event] = await inbox.all(1)
  same('the publisher', event?.details['publisher'], publisher.id)
}

export async function eventRetention(stage: Stage): Promise<void> {
  const [publisher, subscriber] = await stage.pair()
  await publisher.publish(stage.uri('topic'), { args: ['kept'] }, { retain: true })
  const inbox = await subscribed(subscriber, stage.uri('topic'), { get_retained: true })
  const [event] = await inbox.all(1)
  same('the event', [event?.args[0], event?.details['retained']], ['kept', true])
}

export async function eventHistory(stage: Stage): Promise<void> {
  const [publisher, subscriber] = await stage.pair()
  const events = new Inbox<Happened>()
  const subscription = await subscriber.subscribe(HISTORY, events.add)
  const published = [await publisher.publish(HISTORY, { args: [1] }), await publisher.publish(HISTORY, { args: [2] })]
  // What has come to a session is in the history of its node.
  await events.all(2)
  const past = await subscriber.call('wamp.subscription.get_events', { args: [subscription], kwargs: { limit: 10 } }).result
  const got = ids(listOf(past.args).map((event) => (event as Details)['publication']))
  same('the last publications', got.slice(-2), published)
}

/** Each event is one positional result; some routers give one list of them. */
function listOf(args: readonly unknown[]): readonly unknown[] {
  return args.length === 1 && Array.isArray(args[0]) ? (args[0] as unknown[]) : args
}

export async function testaments(stage: Stage): Promise<void> {
  const subscriber = await stage.join()
  const inbox = await subscribed(subscriber, stage.uri('last.will'))
  const dying = await stage.joinForAWhile()
  await dying.call('wamp.session.add_testament', { args: [stage.uri('last.will'), ['gone'], {}] }).result
  await dying.close()
  const [event] = await inbox.all(1)
  same('the testament', event?.args[0], 'gone')
}

export async function payloadPassthru(stage: Stage): Promise<void> {
  const { passthru } = stage.client
  if (passthru === undefined) throw new Error('the library has no such mode')
  const [publisher, subscriber] = await stage.pair()
  const inbox = await subscribed(subscriber, stage.uri('topic'))
  await subscriber.register(stage.uri('echo'), ({ args, kwargs }) => ({ args: [args, kwargs], kwargs: {} }))
  await publisher.publish(stage.uri('topic'), passthru.values, passthru.options)
  const [event] = await inbox.all(1)
  same('the event', { args: event?.args, kwargs: event?.kwargs }, passthru.values)
  same('its scheme', event?.details['ppt_scheme'], passthru.options['ppt_scheme'])
  const echoed = publisher.call(stage.uri('echo'), passthru.values, passthru.options).result
  same('the arguments', await valueOf(echoed), passthru.values.args)
}

/** The words of all events, sorted: their order is for another scenario. Waits for `count`, and for the one that was published last. */
async function wordsOf(inbox: Inbox<Happened>, count: number, last: string): Promise<readonly string[]> {
  await inbox.first(({ args }) => args[0] === last)
  const events = await inbox.all(count)
  return events.map(({ args }) => String(args[0])).toSorted((one, other) => (one < other ? -1 : 1))
}

async function subscribed(session: ClientSession, topic: string, options?: Details): Promise<Inbox<Happened>> {
  const inbox = new Inbox<Happened>()
  await session.subscribe(topic, inbox.add, options)
  return inbox
}
