// What examples/identity/trunkline.yaml promises, tried with the client: logins through each listener, roles, rights, meta API,
// testaments, history, retained events, a subscriber that reads slowly. Changes nothing of the configuration.

import { setImmediate } from 'node:timers/promises'
import type { Session } from '@trunkline/client'
import { history } from '@trunkline/client/history'
import { meta } from '@trunkline/client/meta'
import { addTestament } from '@trunkline/client/testament'
import { Peer } from '../hostile/peer.ts'
import { addressOf } from '../hostile/subject.ts'
import type { Doors } from './doors.ts'
import type { Report } from './report.ts'
import { awaited, refusal, same } from './report.ts'
import type { User } from './users.ts'
import { USERS } from './users.ts'

const NOT_AUTHORIZED = 'wamp.error.not_authorized'
const SMALL_EVENTS = 10_000

/** All that the example promises. */
export async function checkExample(report: Report, doors: Doors): Promise<void> {
  for (const user of [undefined, ...Object.values(USERS)]) await checkLogin(report, doors, user)
  await report.check('limited-user may use interop.allowed.* and nothing else', () => limited(doors))
  await report.check('user and anonymous may use everything, and take a procedure over', () => unlimited(doors))
  await report.check('the whole meta API answers', () => metaApi(doors))
  await report.check('sessions are killed, and their meta events come', () => kill(doors))
  await report.check('a testament is published when its session ends', () => testament(doors))
  await report.check('interop.history.one keeps its last ten events, and no other topic any', () => pastEvents(doors))
  await report.check('events are retained on every topic', () => retained(doors))
  await report.check(`${SMALL_EVENTS} small events wait for a subscriber that does not read`, () => slowSubscriber(doors))
}

/** One user through each listener. */
export async function checkLogin(report: Report, doors: Doors, user: User | undefined): Promise<void> {
  for (const door of doors.all) {
    await report.check(`${user?.authid ?? 'a client without a login'} logs in through ${door.name}`, async () => {
      const session = await doors.join(user, door)
      same(session.details['authrole'], user?.role ?? 'anonymous', 'role')
      same(session.details['authmethod'], user?.auth.name ?? 'anonymous', 'method')
      if (user !== undefined) same(session.details['authid'], user.authid, 'authid')
      await session.leave()
    })
  }
}

async function limited(doors: Doors): Promise<void> {
  const session = await doors.join(USERS.limited)
  const got = awaited()
  await session.register('interop.allowed.a', ({ args: [first] }) => first)
  await session.subscribe('interop.allowed.', ({ args: [first] }) => got.resolve(first), { match: 'prefix' })
  same(await session.call('interop.allowed.a', [7]), 7)
  await session.publish('interop.allowed.b', [8], { acknowledge: true, excludeMe: false })
  same(await got.promise, 8)
  for (const uri of ['interop.allowed', 'interop.allowedx.a', 'interop.other', 'wamp.session.count', 'trunkline.admin.slowest_sessions']) {
    same(await refusal(session.call(uri)), NOT_AUTHORIZED, `call ${uri}`)
    same(await refusal(session.subscribe(uri, () => {})), NOT_AUTHORIZED, `subscribe ${uri}`)
  }
  for (const uri of ['interop.other', 'interop.allowedx']) {
    same(await refusal(session.register(uri, () => {})), NOT_AUTHORIZED, `register ${uri}`)
    same(await refusal(session.publish(uri, [], { acknowledge: true })), NOT_AUTHORIZED, `publish ${uri}`)
  }
  for (const [uri, match] of [
    ['interop.', 'prefix'],
    ['', 'prefix'],
    ['interop..a', 'wildcard'],
    ['..', 'wildcard'],
  ] as const) {
    same(await refusal(session.subscribe(uri, () => {}, { match })), NOT_AUTHORIZED, `subscribe ${match} ${uri}`)
    same(await refusal(session.register(uri, () => {}, { match })), NOT_AUTHORIZED, `register ${match} ${uri}`)
  }
  same(await refusal(session.register('interop.allowed.a', () => {}, { forceReregister: true })), 'wamp.error.option_not_allowed')
  await session.leave()
}

async function unlimited(doors: Doors): Promise<void> {
  const [guest, user] = await Promise.all([doors.join(), doors.join(USERS.cra)])
  for (const [i, session] of [guest, user].entries()) {
    await session.register(`interop.free.${i}`, () => i)
    await session.register('interop.free.taken', () => i, { forceReregister: true })
    await session.subscribe('', () => {}, { match: 'prefix' })
    await session.publish('some.other.place', [], { acknowledge: true })
    same(await session.call('interop.free.taken'), i)
  }
  same(await guest.call('interop.free.1'), 1)
  await Promise.all([guest.leave(), user.leave()])
}

async function metaApi(doors: Doors): Promise<void> {
  const [guest, user] = await Promise.all([doors.join(), doors.join(USERS.ticket)])
  const registration = await user.register('interop.meta.a', () => {})
  const subscription = await user.subscribe('interop.meta.b', () => {})
  const { sessions, registrations, subscriptions } = meta(guest)
  same(await sessions.count(), 2)
  same(new Set(await sessions.list()), new Set([guest.id, user.id]))
  same(await sessions.count(['user']), 1)
  same((await sessions.get(user.id)).authid, 'ticket-user')
  same(await registrations.lookup('interop.meta.a'), registration.id)
  same(await registrations.match('interop.meta.a'), registration.id)
  same((await registrations.list()).exact.includes(registration.id), true)
  same((await registrations.get(registration.id)).uri, 'interop.meta.a')
  same(await registrations.listCallees(registration.id), [user.id])
  same(await registrations.countCallees(registration.id), 1)
  same(await subscriptions.lookup('interop.meta.b'), subscription.id)
  same(await subscriptions.match('interop.meta.b'), [subscription.id])
  same((await subscriptions.list()).exact.includes(subscription.id), true)
  same((await subscriptions.get(subscription.id)).uri, 'interop.meta.b')
  same(await subscriptions.listSubscribers(subscription.id), [user.id])
  same(await subscriptions.countSubscribers(subscription.id), 1)
  same(Array.isArray(await guest.call('trunkline.admin.slowest_sessions')), true)
  await guest.call('wamp.registration.remove_callee', [registration.id, user.id])
  same(await registrations.lookup('interop.meta.a'), undefined)
  await Promise.all([guest.leave(), user.leave()])
}

async function kill(doors: Doors): Promise<void> {
  const watcher = await doors.join()
  const { sessions, on } = meta(watcher)
  const left: number[] = []
  const joined: number[] = []
  await on('leave', ({ session }) => void left.push(session))
  await on('join', ({ session }) => void joined.push(session))
  const killed: Session[] = []
  const victim = async (): Promise<Session> => {
    const session = await doors.join(USERS.ticket)
    killed.push(session)
    return session
  }
  await sessions.kill((await victim()).id, { reason: 'interop.go' })
  same((await killed[0]?.closed)?.reason, 'interop.go')
  const second = await victim()
  same(await sessions.killByAuthid('ticket-user'), [second.id])
  await victim()
  same(await sessions.killByAuthrole('user'), 1)
  await Promise.all(killed.map(({ closed }) => closed))
  await sessions.count() // Events that were due before its answer have come.
  const ids = killed.map(({ id }) => id)
  same(joined, ids, 'joined')
  same(left, ids, 'left')
  await watcher.leave()
}

async function testament(doors: Doors): Promise<void> {
  const [heir, testator] = await Promise.all([doors.join(), doors.join(USERS.scram)])
  const got = awaited()
  await heir.subscribe('interop.testament', ({ args: [first] }) => got.resolve(first))
  await addTestament(testator, 'interop.testament', ['farewell'])
  await testator.leave()
  same(await got.promise, 'farewell')
  await heir.leave()
}

async function pastEvents(doors: Doors): Promise<void> {
  const session = await doors.join()
  for (const topic of ['interop.history.one', 'interop.history.two'])
    for (let n = 1; n <= 12; n++) await session.publish(topic, [n], { acknowledge: true })
  const found: unknown[] = []
  for await (const { args } of history(session, 'interop.history.one')) found.push(args[0])
  same(
    found.toSorted((a, b) => Number(a) - Number(b)),
    [3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
  )
  const { id } = await session.subscribe('interop.history.two', () => {})
  const others = await session.callResult('wamp.subscription.get_events', [id]).then(
    ({ args }) => args.length,
    () => 0,
  )
  same(others, 0, 'history of another topic')
  await session.leave()
}

async function retained(doors: Doors): Promise<void> {
  const publisher = await doors.join(USERS.craSalted)
  for (const topic of ['interop.retained', 'elsewhere']) {
    await publisher.publish(topic, [topic], { acknowledge: true, retain: true })
    const got = awaited()
    const late = await doors.join()
    await late.subscribe(topic, ({ args: [first], details }) => got.resolve([first, details['retained']]), { getRetained: true })
    same(await got.promise, [topic, true])
    await late.leave()
  }
  await publisher.leave()
}

/** The subscriber's socket is not read while everything is published; then all events come, in order. */
async function slowSubscriber(doors: Doors): Promise<void> {
  const publisher = await doors.join()
  const [websocket, rawsocket] = [doors.all[0], doors.all[3]].map((door) => addressOf(door?.url ?? ''))
  if (websocket === undefined || rawsocket === undefined) throw new Error('no doors')
  const slow = await Peer.open({ websocket, rawsocket }, { via: 'rs.msgpack', join: 'realm1' })
  slow.send([32, 1, {}, 'interop.slow'])
  await slow.next()
  slow.pause()
  for (let n = 0; n < SMALL_EVENTS; n++) {
    const mayAwait = n % 500 === 499
    const sent = publisher.publish('interop.slow', [n, 'x'.repeat(200)], { acknowledge: mayAwait })
    if (mayAwait) await sent
    else await setImmediate()
  }
  slow.resume()
  for (let n = 0; n < SMALL_EVENTS; n++) {
    const arrival = await slow.next()
    if (!('message' in arrival)) throw new Error(`after ${n} events came ${JSON.stringify(arrival)}`)
    same((arrival.message[4] as unknown[])[0], n, 'event')
  }
  slow.destroy()
  await publisher.leave()
}
