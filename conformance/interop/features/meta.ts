// Scenarios of the meta API. Each throws an error for what is wrong.

import type { ClientSession, Details, Happened } from '../clients/client.ts'
import type { Stage } from './stage.ts'
import { holds, ids, Inbox, rejects, same, valueOf } from './stage.ts'

export async function sessionMeta(stage: Stage): Promise<void> {
  const session = await stage.join()
  const joins = await events(session, 'wamp.session.on_join')
  const leaves = await events(session, 'wamp.session.on_leave')
  // Some libraries forget the id when the session ends.
  const { id: other } = await stage.joinForAWhile()
  await joins.first(({ args }) => Number((args[0] as Details)['session']) === other)
  holds('the count is two at least', Number(await ask(session, 'session.count')) >= 2)
  const listed = ids(await ask(session, 'session.list'))
  holds('the list has both', listed.includes(session.id) && listed.includes(other))
  same('its details', ((await ask(session, 'session.get', other)) as Details)['session'], other)
  await ask(session, 'session.kill', other)
  await leaves.first(({ args }) => Number(args[0]) === other)
  await rejects('a session that is gone', session.call('wamp.session.get', { args: [other] }).result, 'wamp.error.no_such_session')
}

export async function registrationMeta(stage: Stage): Promise<void> {
  const [session, callee] = await stage.pair()
  const uri = stage.uri('procedure')
  const created = await events(session, 'wamp.registration.on_create')
  const registered = await events(session, 'wamp.registration.on_register')
  const { id } = await callee.register(uri, () => ({ args: [], kwargs: {} }))
  const isOurs = ({ args }: Happened): boolean => Number(args[0]) === callee.id
  same('what was created', ((await created.first(isOurs)).args[1] as Details)['uri'], uri)
  same('what was registered', (await registered.first(isOurs)).args[1], id)
  same('the lookup', await ask(session, 'registration.lookup', uri), id)
  same('the match', await ask(session, 'registration.match', uri), id)
  same('its URI', ((await ask(session, 'registration.get', id)) as Details)['uri'], uri)
  same('its callees', await ask(session, 'registration.list_callees', id), [callee.id])
  same('their number', await ask(session, 'registration.count_callees', id), 1)
  holds('it is in the list', ids(((await ask(session, 'registration.list')) as Details)['exact']).includes(id))
}

export async function subscriptionMeta(stage: Stage): Promise<void> {
  const [session, subscriber] = await stage.pair()
  const uri = stage.uri('topic')
  const created = await events(session, 'wamp.subscription.on_create')
  const subscribed = await events(session, 'wamp.subscription.on_subscribe')
  const id = await subscriber.subscribe(uri, () => undefined)
  const isOurs = ({ args }: Happened): boolean => Number(args[0]) === subscriber.id
  same('what was created', ((await created.first(isOurs)).args[1] as Details)['uri'], uri)
  same('what was subscribed', (await subscribed.first(isOurs)).args[1], id)
  same('the lookup', await ask(session, 'subscription.lookup', uri), id)
  same('the match', await ask(session, 'subscription.match', uri), [id])
  same('its URI', ((await ask(session, 'subscription.get', id)) as Details)['uri'], uri)
  same('its subscribers', await ask(session, 'subscription.list_subscribers', id), [subscriber.id])
  same('their number', await ask(session, 'subscription.count_subscribers', id), 1)
  holds('it is in the list', ids(((await ask(session, 'subscription.list')) as Details)['exact']).includes(id))
}

function ask(session: ClientSession, procedure: string, ...args: readonly unknown[]): Promise<unknown> {
  return valueOf(session.call(`wamp.${procedure}`, { args }).result)
}

async function events(session: ClientSession, topic: string): Promise<Inbox<Happened>> {
  const inbox = new Inbox<Happened>()
  await session.subscribe(topic, inbox.add)
  return inbox
}
