// Shows the limits on how many messages a session may send, and how many sessions there may be.

import { createConverter, createJsonSerializer } from '@trunkline/protocol'
import type { RealmOptions, RouterOptions, TransportInfo } from '@trunkline/router'
import { ALLOW_ALL, TestPeer, World } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { realmIn } from './testing/realm-in.ts'

let world: World
const patient: PatientPeer[] = []
afterEach(() => {
  for (const peer of patient.splice(0)) peer.drop()
  world.end()
})

function start(limits: RealmOptions['limits'], more: Partial<RouterOptions> = {}): void {
  const realm: RealmOptions = { anonymousRole: 'anonymous', roles: { anonymous: ALLOW_ALL }, ...(limits && { limits }) }
  world = new World({ realms: { realm1: realm }, ...more })
}

/** A peer whose transport can wait. */
class PatientPeer extends TestPeer {
  isPaused = false

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
  }

  static join(address?: string, more: Partial<TransportInfo> = {}): PatientPeer {
    const peer = new PatientPeer(createJsonSerializer({ convert: createConverter() }), () => world.settle(), 'patient')
    if (address !== undefined) Object.assign(peer, { info: { ...peer.info, address, ...more } })
    peer.opened(world.router.accept(peer))
    patient.push(peer)
    peer.say(1, 'realm1', { roles: { publisher: {}, subscriber: {} } })
    return peer
  }
}

/** Publishes to itself as many messages; how many came back. */
function echoes(peer: TestPeer, from: number, count: number): number {
  for (let i = 0; i < count; i++) peer.say(16, from + i, { exclude_me: false }, 'com.a')
  return peer.take().filter(([type]) => type === 36).length
}

describe('more messages than a session may send', () => {
  const RATE = { messageRate: { perSecond: 10, burst: 5 } }

  it('are read later: nothing is lost, and the transport waits only as long as need be', () => {
    start(RATE)
    const peer = PatientPeer.join()
    peer.say(32, 1, {}, 'com.a')
    peer.take()
    expect([echoes(peer, 2, 4), peer.isPaused]).toEqual([4, false])
    // What had come already is still done, and has to be made up for.
    expect([echoes(peer, 6, 10), peer.isPaused]).toEqual([10, true])
    expect(world.router.counters.sessionsThrottled).toBe(1)
    world.advance(1_000)
    expect(peer.isPaused).toBe(true)
    world.advance(1_000)
    expect(peer.isPaused).toBe(false)
    expect(echoes(peer, 16, 1)).toBe(1)
  })

  it('do not delay another session', () => {
    start(RATE)
    const [loud, quiet] = [PatientPeer.join(), PatientPeer.join()]
    for (const peer of [loud, quiet]) peer.say(32, 1, {}, `com.${peer === loud}`)
    echoes(loud, 2, 30)
    quiet.take()
    quiet.say(16, 2, { acknowledge: true }, 'com.b')
    expect(quiet.takeOne()[0]).toBe(17)
    expect([loud.isPaused, quiet.isPaused]).toEqual([true, false])
  })

  it('end the session where the transport cannot wait', () => {
    start(RATE)
    const peer = world.join()
    peer.say(32, 1, {}, 'com.a')
    echoes(peer, 2, 4)
    peer.say(16, 6, {}, 'com.a')
    expect(peer.takeOne()).toEqual([
      3,
      { message: 'the session sent more messages than messageRate allows' },
      'trunkline.error.limit_exceeded',
    ])
  })

  it('end no session whose allowance has grown again, where the transport cannot wait', () => {
    start(RATE)
    const peer = world.join()
    peer.say(32, 1, {}, 'com.a')
    peer.take()
    expect(echoes(peer, 2, 4)).toBe(4)
    for (let i = 0; i < 20; i++) {
      world.advance(100)
      expect([echoes(peer, 6 + i, 1), peer.isClosed]).toEqual([1, false])
    }
    world.advance(60_000)
    expect([echoes(peer, 26, 5), peer.isClosed]).toEqual([5, false])
    peer.say(16, 31, {}, 'com.a')
    expect(peer.takeOne()[2]).toBe('trunkline.error.limit_exceeded')
  })

  /** Leaves and joins again on the same transport, which may not be read for now. */
  function leaveAndJoin(peer: PatientPeer, realm = 'realm1'): void {
    peer.sayAll([6, {}, 'wamp.close.close_realm'], [1, realm, { roles: { publisher: {}, subscriber: {} } }])
  }

  it('stay spent when the session leaves and joins again on the same connection', () => {
    start(RATE)
    const peer = PatientPeer.join()
    peer.sayAll(...Array.from({ length: 8 }, (_, i) => [16, i + 1, {}, 'com.a']))
    expect(peer.isPaused).toBe(true)
    leaveAndJoin(peer)
    expect(peer.take().map(([type]) => type)).toEqual([2, 6, 2])
    expect(peer.isPaused).toBe(true)
    // Ten messages came, GOODBYE and HELLO among them, and five may: the sixth may come again when six have grown anew.
    world.advance(500)
    expect(peer.isPaused).toBe(true)
    world.advance(1_000)
    expect(peer.isPaused).toBe(false)
  })

  it('are sessions too: to leave and to join again and again is held back like any other message', () => {
    start(RATE)
    const peer = PatientPeer.join()
    for (let i = 0; i < 2; i++) leaveAndJoin(peer)
    expect(peer.isPaused).toBe(false)
    leaveAndJoin(peer)
    expect(peer.isPaused).toBe(true)
    peer.drop()
    expect(peer.isPaused).toBe(false)
  })

  it('stay spent through a realm without a limit, and where its limit is another', () => {
    start(RATE)
    world.router.addRealm('free', { anonymousRole: 'anonymous', roles: { anonymous: ALLOW_ALL } })
    const open = { anonymousRole: 'anonymous', roles: { anonymous: ALLOW_ALL }, limits: { messageRate: { perSecond: 10, burst: 1_000 } } }
    world.router.addRealm('generous', open)
    const peer = PatientPeer.join()
    peer.sayAll(...Array.from({ length: 4 }, (_, i) => [16, i + 1, {}, 'com.a']))
    leaveAndJoin(peer, 'free')
    world.advance(200)
    peer.sayAll(...Array.from({ length: 50 }, (_, i) => [16, i + 1, {}, 'com.a']))
    expect(peer.isPaused).toBe(false)
    leaveAndJoin(peer, 'generous')
    peer.sayAll([16, 1, {}, 'com.a'])
    expect(peer.isPaused).toBe(true)
  })

  it('do not keep a session from the GOODBYE of the router', () => {
    start(RATE)
    const peer = PatientPeer.join()
    peer.sayAll(...Array.from({ length: 8 }, (_, i) => [16, i + 1, {}, 'com.a']))
    expect(peer.isPaused).toBe(true)
    world.router.removeRealm('realm1')
    expect(peer.isPaused).toBe(false)
    peer.say(6, {}, 'wamp.close.goodbye_and_out')
    expect(peer.isClosed).toBe(true)
  })

  it('are no matter without a limit', () => {
    start(undefined)
    const peer = PatientPeer.join()
    peer.say(32, 1, {}, 'com.a')
    peer.take()
    expect([echoes(peer, 2, 500), peer.isPaused]).toEqual([500, false])
  })
})

describe('more sessions than there may be', () => {
  it('in a realm are refused until one leaves', () => {
    start({ sessions: 2 })
    const [first] = [world.join(), world.join()]
    const third = world.connect()
    third.say(1, 'realm1', { roles: { caller: {} } })
    const details = { message: 'no more than 2 sessions in the realm', limit: 'sessions in the realm', value: 2 }
    expect(third.takeOne()).toEqual([3, details, 'trunkline.error.limit_exceeded'])
    expect([third.closeCause, world.router.counters.limitsHit]).toEqual(['policy', 1])
    first?.say(6, {}, 'wamp.close.close_realm')
    expect(world.join().isClosed).toBe(false)
  })

  it('from one address are refused until one of them leaves; others come in', () => {
    start(undefined, { limits: { sessionsPerAddress: 1 } })
    const first = PatientPeer.join('192.0.2.1')
    const second = PatientPeer.join('192.0.2.1')
    const other = PatientPeer.join('192.0.2.2')
    expect([first, second, other].map((peer) => peer.take()[0]?.[0])).toEqual([2, 3, 2])
    first.drop()
    const again = PatientPeer.join('192.0.2.1')
    expect(again.take()[0]?.[0]).toBe(2)
  })

  it.each([
    ['its ABORT', (peer: PatientPeer): void => peer.say(3, {}, 'wamp.close.normal')],
    ['a protocol error', (peer: PatientPeer): void => peer.say(50, 1, {})],
    ['its GOODBYE', (peer: PatientPeer): void => peer.say(6, {}, 'wamp.close.close_realm')],
    [
      'the GOODBYE of the router',
      (peer: PatientPeer): void => realmIn(world, 'realm1')?.sessions.get(peer.session)?.link.goodbye('com.a', undefined),
    ],
    ['its silence', (peer: PatientPeer): void => peer.isSilent()],
  ])('count out once a session that %s ended, when its connection ends as well', (_, end) => {
    start(undefined, { limits: { sessionsPerAddress: 2 } })
    const [first] = [PatientPeer.join('192.0.2.1'), PatientPeer.join('192.0.2.1')]
    first.welcomed()
    end(first)
    first.drop()
    const [third, fourth] = [PatientPeer.join('192.0.2.1'), PatientPeer.join('192.0.2.1')]
    expect([third, fourth].map((peer) => peer.take()[0]?.[0])).toEqual([2, 3])
  })

  it('count a session once that leaves and joins again on the same connection', () => {
    start(undefined, { limits: { sessionsPerAddress: 2 } })
    const [first] = [PatientPeer.join('192.0.2.1'), PatientPeer.join('192.0.2.1')]
    const [goodbye, hello] = [
      [6, {}, 'wamp.close.close_realm'],
      [1, 'realm1', { roles: { caller: {} } }],
    ]
    for (let i = 0; i < 3; i++) first.sayAll(goodbye, hello)
    expect(PatientPeer.join('192.0.2.1').take()[0]?.[0]).toBe(3)
    first.sayAll(goodbye)
    first.drop()
    expect([1, 2].map(() => PatientPeer.join('192.0.2.1').take()[0]?.[0])).toEqual([2, 3])
  })

  it('with long cookies are refused beyond 64 MiB of these from one network; others come in', () => {
    start(undefined)
    const long = (address: string): PatientPeer => PatientPeer.join(address, { cookie: 'c'.repeat(2 * 1024 * 1024) })
    const answers = (...peers: PatientPeer[]): unknown[] => peers.map((peer) => peer.takeOne()[0])
    const first = long('192.0.2.1')
    const rest = Array.from({ length: 31 }, () => long('192.0.2.1'))
    expect(answers(first, ...rest)).toEqual(Array.from({ length: 32 }, () => 2))
    expect(answers(long('192.0.2.1'), long('192.0.2.2'), PatientPeer.join('192.0.2.1', { cookie: 'c'.repeat(2_000) }))).toEqual([3, 2, 2])
    first.say(6, {}, 'wamp.close.close_realm')
    expect(answers(long('192.0.2.1'), long('192.0.2.1'))).toEqual([2, 3])
  })

  it('do not count those that were refused', () => {
    start({ sessions: 1 }, { limits: { sessionsPerAddress: 2 } })
    const first = PatientPeer.join('192.0.2.1')
    for (let i = 0; i < 3; i++) PatientPeer.join('192.0.2.1')
    first.drop()
    const later = PatientPeer.join('192.0.2.1')
    expect(later.take()[0]?.[0]).toBe(2)
  })
})

describe('setLimits', () => {
  const kilobyte = 'x'.repeat(1_000)
  const published = (count: number): void => {
    for (let i = 0; i < count; i++) publisher.say(16, publisher.nextRequest, {}, 'com.a', [kilobyte])
  }
  let slow: TestPeer
  let publisher: TestPeer
  beforeEach(() => {
    start(undefined, { limits: { outboxBytes: 100_000 } })
    ;[slow, publisher] = [world.join(), world.join()]
    slow.say(32, 1, {}, 'com.a')
    slow.take()
    slow.stopReading()
  })

  it('bounds at once what waits for a session that is open', () => {
    world.router.setLimits({ outboxBytes: 10_000 })
    published(9)
    expect(world.router.counters.slowConsumersClosed).toBe(0)
    world.advance(3_000)
    expect(world.router.counters.slowConsumersClosed).toBe(0)
    published(2)
    expect(world.router.counters.slowConsumersClosed).toBe(1)
  })

  it('changes at once from when on a session counts as slow', () => {
    world.router.setLimits({ outboxBytes: 100_000, outboxSoftBytes: 3_500 })
    published(3)
    expect(world.router.counters.slowConsumersWarned).toBe(0)
    published(1)
    expect(world.router.counters.slowConsumersWarned).toBe(1)
  })

  it('bounds at once what waits for all sessions together', () => {
    published(9)
    world.router.setLimits({ outboxBytes: 100_000, outboxTotalBytes: 10_500 })
    published(1)
    expect(world.router.counters.slowConsumersClosed).toBe(0)
    published(1)
    expect(world.router.counters.slowConsumersClosed).toBe(1)
  })

  it('makes the limits that are absent what they are by default', () => {
    world.router.setLimits({})
    published(200)
    expect(world.router.counters).toMatchObject({ slowConsumersClosed: 0, slowConsumersWarned: 0 })
  })
})
