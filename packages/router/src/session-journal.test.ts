// Shows what an operator finds in the log about clients, and what an access log gets.

import { RecordingLog } from '@trunkline/testing/ports'
import { OPEN_REALM, World } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Visit } from './core/ports/index.ts'
import type { RouterOptions } from './router-options.ts'

const REALM = { ...OPEN_REALM, authentication: { users: { joe: { role: 'anonymous', ticket: 'right' } }, plainTickets: true } }

let world: World
let visits: Visit[]
beforeEach(() => (visits = []))
afterEach(() => world.end())

function open(options: RouterOptions = {}): void {
  world = new World({ realms: { realm1: REALM }, access: (visit) => void visits.push(visit), ...options })
}

/** A connection through a proxy. */
function connect() {
  const peer = world.connect()
  peer.info = { ...peer.info, peer: '10.0.0.1:4711', address: '203.0.113.7', userAgent: 'a browser' }
  return peer
}

function join() {
  const peer = connect()
  peer.say(1, 'realm1', { roles: { caller: {}, callee: {}, subscriber: {}, publisher: {} } })
  return peer.welcomed()
}

const WHERE = { peer: '10.0.0.1:4711', address: '203.0.113.7' }

describe('the log', () => {
  it('tells of a refused login: from where, as whom, and why', () => {
    open()
    const peer = connect()
    peer.say(1, 'realm1', { roles: { caller: {} }, authid: 'joe', authmethods: ['ticket'] })
    peer.say(5, 'wrong', {})
    const reason = 'wamp.error.authentication_denied'
    const fields = { ...WHERE, realm: 'realm1', authid: 'joe', reason, text: expect.any(String) as string }
    expect(world.log.lines).toEqual([{ event: 'login refused', fields: { area: 'logins', ...fields } }])
    expect(visits).toEqual([
      { event: 'refused', ...WHERE, realm: 'realm1', authid: 'joe', transport: 'websocket', userAgent: 'a browser', reason },
    ])
  })

  it('tells of a login that took too long, and of a realm that is not there', () => {
    open()
    connect().say(1, 'realm1', { roles: { caller: {} }, authid: 'joe', authmethods: ['ticket'] })
    connect().say(1, 'typo', { roles: { caller: {} } })
    world.advance(10_000)
    expect(world.log.lines).toMatchObject([
      { event: 'realm refused', fields: { ...WHERE, realm: 'typo', reason: 'wamp.error.no_such_realm' } },
      { event: 'login refused', fields: { ...WHERE, realm: 'realm1', authid: 'joe', text: 'the login took too long' } },
    ])
  })

  it('tells of limits that a client or a session would pass', () => {
    open({ limits: { sessionsPerAddress: 1 }, realms: { realm1: { ...REALM, limits: { subscriptions: 1 } } } })
    const peer = join()
    peer.subscribe('com.example.a')
    peer.say(32, 2, {}, 'com.example.b')
    connect().say(1, 'realm1', { roles: { caller: {} } })
    expect(world.log.lines).toMatchObject([
      { event: 'limit reached', fields: { ...WHERE, session: peer.session, realm: 'realm1', limit: 'subscriptions', value: 1 } },
      { event: 'limit reached', fields: { ...WHERE, realm: 'realm1', text: 'no more than 1 sessions from one address' } },
    ])
  })

  it.each([
    ['silence', 'silence'],
    ['stall', 'stall'],
    ['queue', 'queue'],
    ['kill', 'wamp.close.killed'],
  ])('tells of a session that was ended by %s', (how, reason) => {
    open({ limits: { outboxBytes: 2_000, outboxSoftBytes: 2_000 } })
    const [peer, other] = [join(), world.join()]
    peer.subscribe('com.example.topic')
    peer.stopReading()
    if (how === 'silence') peer.drop('silence')
    if (how === 'stall') other.publish('com.example.topic')
    if (how === 'stall') world.advance(12_000)
    if (how === 'queue') for (let i = 0; i < 3; i++) other.publish('com.example.topic', ['x'.repeat(1_000)])
    if (how === 'queue') world.advance(3_000)
    if (how === 'kill') other.call('wamp.session.kill', [peer.session])
    expect(world.log.lines.filter(({ event }) => event !== 'slow consumer')).toMatchObject([
      {
        event: 'session ended',
        fields: { ...WHERE, session: peer.session, realm: 'realm1', authid: expect.any(String) as string, reason },
      },
    ])
    expect(visits.at(-1)).toMatchObject({ event: 'left', session: peer.session, reason })
  })

  it('tells of clients that come and go where that level of its area is logged', () => {
    const log = new RecordingLog({ debug: true })
    open({ log })
    const peer = join()
    peer.say(6, {}, 'wamp.close.close_realm')
    const who = { area: 'sessions', session: peer.session, realm: 'realm1', authrole: 'anonymous', authmethod: 'anonymous' }
    const fields = { ...who, ...WHERE, transport: 'websocket', userAgent: 'a browser' }
    expect(log.lines).toMatchObject([
      { event: 'session joined', fields },
      { event: 'session left', fields: { ...fields, reason: 'goodbye' } },
    ])
  })

  it('says nothing else of clients that come and go', () => {
    open()
    join().say(6, {}, 'wamp.close.close_realm')
    join().drop()
    expect(world.log.lines).toEqual([])
  })
})

describe('an access log', () => {
  it('is told who joined, and how and after how long they left', () => {
    open()
    const peer = join()
    world.advance(1_500)
    peer.say(6, {}, 'wamp.close.close_realm')
    const who = {
      session: peer.session,
      realm: 'realm1',
      authid: expect.any(String) as string,
      authrole: 'anonymous',
      authmethod: 'anonymous',
    }
    const visit = { ...who, ...WHERE, transport: 'websocket', userAgent: 'a browser' }
    expect(visits).toEqual([
      { event: 'joined', ...visit },
      { event: 'left', ...visit, reason: 'goodbye', durationMs: 1_500 },
    ])
  })
})
