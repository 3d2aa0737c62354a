// Shows what the audit of a router gets: each decision about a client's request, once, and nothing else.

import type { Decision, RealmOptions } from '@trunkline/router'
import { RecordingLog } from '@trunkline/testing/ports'
import { World } from '@trunkline/testkit'
import { afterEach, expect, it } from 'vitest'

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c'
const TRACEPARENT = `00-${TRACE_ID}-b7ad6b7169203331-01`
let world: World
let told: Decision[] = []
afterEach(() => world.end())

function start(realm: RealmOptions): void {
  told = []
  world = new World({ realms: { realm1: { anonymousRole: 'user', ...realm } }, audit: (decision) => told.push(decision) })
}

const ROLES: RealmOptions['roles'] = {
  user: [
    { uri: 'com.a.**', allow: ['call', 'publish', 'subscribe', 'register'], disclose: { caller: 'never' } },
    { uri: 'wamp.session.add_testament', allow: ['call'] },
  ],
}

it('each decision is told with realm, subject, action, object and outcome [AP-AUZ-11]', () => {
  start({ roles: ROLES })
  const peer = world.join()
  peer.sayAll(
    [64, 1, { match: 'prefix' }, 'com.a.x'],
    [32, 2, { match: 'wildcard' }, 'com..b'],
    [16, 3, {}, 'com.a.x'],
    [16, 4, {}, 'com.b'],
    [48, 5, {}, 'com.b'],
    [48, 6, { disclose_me: true, _traceparent: TRACEPARENT }, 'com.a.x'],
  )
  expect(told.map(({ traceId }) => traceId)).toEqual([...Array<undefined>(5).fill(undefined), TRACE_ID])
  expect(told.map(({ action, uri, match, refused }) => [action, uri, match, refused])).toEqual([
    ['register', 'com.a.x', 'prefix', undefined],
    ['subscribe', 'com..b', 'wildcard', 'wamp.error.not_authorized'],
    ['publish', 'com.a.x', 'exact', undefined],
    ['publish', 'com.b', 'exact', 'wamp.error.not_authorized'],
    ['call', 'com.b', 'exact', 'wamp.error.not_authorized'],
    ['call', 'com.a.x', 'exact', 'wamp.error.option_disallowed.disclose_me'],
  ])
  for (const { realm, session } of told) {
    expect(realm).toBe('realm1')
    expect(session).toEqual({ id: peer.session, authid: expect.any(String), authrole: 'user', authmethod: 'anonymous' })
  }
})

it('each refusal is in the log too, where that level of its area is logged', () => {
  const log = new RecordingLog({ debug: true })
  world = new World({ realms: { realm1: { anonymousRole: 'user', roles: ROLES } }, log })
  const peer = world.join()
  peer.sayAll([16, 4, { _traceparent: TRACEPARENT }, 'com.b'], [16, 5, {}, 'com.a.x'])
  const fields = { area: 'rights', session: peer.session, realm: 'realm1', authrole: 'user', action: 'publish', uri: 'com.b' }
  expect(log.lines.filter(({ event }) => event === 'request refused')).toMatchObject([
    { fields: { ...fields, reason: 'wamp.error.not_authorized', trace_id: TRACE_ID } },
  ])
})

it('what a procedure of the router does in its caller’s name is told besides the call', () => {
  start({ roles: ROLES })
  const peer = world.join()
  peer.say(48, 1, {}, 'wamp.session.add_testament', ['com.a.gone', [], {}])
  peer.say(48, 2, {}, 'wamp.session.add_testament', ['com.b.gone', [], {}])
  expect(told.map(({ action, uri, refused }) => [action, uri, refused])).toEqual([
    ['call', 'wamp.session.add_testament', undefined],
    ['publish', 'com.a.gone', undefined],
    ['call', 'wamp.session.add_testament', undefined],
    ['publish', 'com.b.gone', 'wamp.error.not_authorized'],
  ])
})

it('an authorizer that answers later, or fails, is told once, when it has answered', () => {
  const waiting: ((verdict: boolean | 'failed') => void)[] = []
  start({ authorizer: { allows: (_request, answer) => void waiting.push(answer) } })
  const peer = world.join()
  peer.sayAll([48, 1, {}, 'com.a'], [48, 2, {}, 'com.b'])
  expect(told).toEqual([])
  waiting[0]?.('failed')
  waiting[1]?.(true)
  expect(told.map(({ uri, refused }) => [uri, refused])).toEqual([
    ['com.a', 'wamp.error.authorization_failed'],
    ['com.b', undefined],
  ])
})
