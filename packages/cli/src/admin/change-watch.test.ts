// Shows what is reported as changed, and that much at once is one short report.

import { OPEN_REALM, World } from '@trunkline/testkit'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { LogLevels } from '../leveled-log.ts'
import { ChangeWatch } from './change-watch.ts'
import { Members } from './members.ts'

let world: World
beforeEach(() => {
  world = new World({ realms: { realm1: OPEN_REALM, realm2: { ...OPEN_REALM, limits: { subscriptions: 1 } } } })
})
afterEach(() => world.end())

const NOTHING = { realms: [], more_realms: 0, removed_realms: [], sessions_opened: 0, sessions_closed: 0, joined: [], left: [], limits: [] }
const LEVELS: LogLevels = { level: 'info', areas: {} }
const REST = { state: 'running', log_level: 'info', log_areas: {}, reloaded: false }

function watchOf(): ChangeWatch {
  const members = new Members()
  world.router.witnesses.changes = (change, realm, by) => members.note(change, realm, by)
  return new ChangeWatch({ router: world.router, log: { levels: LEVELS } }, members)
}

it('reports nothing where nothing has changed, and each change once', () => {
  const watch = watchOf()
  expect(watch.look()).toBe(undefined)
  const peer = world.join({ realm: 'realm2' })
  peer.say(64, 1, {}, 'com.add')
  const realm = { realm: 'realm2', sessions: 1, procedures: 1, topics: 0 }
  const joined = [{ realm: 'realm2', session: expect.any(Number) as number, authid: expect.any(String) as string, authrole: 'anonymous' }]
  expect(watch.look()).toEqual({ ...NOTHING, ...REST, realms: [realm], sessions_opened: 1, joined })
  expect(watch.look()).toBe(undefined)
  peer.say(32, 2, {}, 'com.a')
  peer.say(32, 3, {}, 'com.b')
  const limits = [{ limit: 'subscriptions', hits: 1 }]
  expect(watch.look()).toEqual({ ...NOTHING, ...REST, realms: [{ ...realm, topics: 1 }], limits })
})

it('reports a storm of sessions in one line, and of many realms the first', () => {
  const watch = watchOf()
  for (let i = 0; i < 500; i++) world.join().say(6, {}, 'wamp.close.close_realm')
  const realms = [{ realm: 'realm1', sessions: 0, procedures: 0, topics: 0 }]
  expect(watch.look()).toEqual({ ...NOTHING, ...REST, realms, sessions_opened: 500, sessions_closed: 500 })
  const names = Array.from({ length: 150 }, (_, i) => `com.realm${i}`)
  for (const name of names) world.router.addRealm(name, OPEN_REALM)
  expect(watch.look()).toMatchObject({ realms: { length: 100 }, more_realms: 50, removed_realms: [] })
  for (const name of names) world.router.removeRealm(name)
  expect(watch.look()).toMatchObject({ realms: [], more_realms: 0, removed_realms: names.slice(0, 100) })
})

it('reports a reload, another level of the log and that the router stops', () => {
  const watched = { router: world.router, log: { levels: LEVELS }, live: { config: {} } }
  const watch = new ChangeWatch(watched, new Members())
  watched.live.config = {}
  watched.log.levels = { level: 'warn', areas: { logins: 'off' } }
  expect(watch.look()).toEqual({ ...NOTHING, ...REST, log_level: 'warn', log_areas: { logins: 'off' }, reloaded: true })
  void world.router.drain(0)
  expect(watch.look()).toMatchObject({ state: 'draining', reloaded: false })
})
