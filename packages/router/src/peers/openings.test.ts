// Shows the bounds on connections before login and on what they send: no client is kept out by others, and one that comes again gets in.

import { OPEN_REALM, World } from '@trunkline/testkit'
import type { TestPeer } from '@trunkline/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { Counters } from '../core/index.ts'
import type { Place } from '../core/ports/index.ts'
import type { OpeningLimits } from './openings.ts'
import { Openings } from './openings.ts'

const LIMITS: OpeningLimits = { connectionsBeforeLogin: 20_000, connectionsBeforeLoginPerAddress: 10_000, beforeLoginTotalBytes: 1_000 }
const ROLES = { roles: { caller: {} } }

/** How many of a number of connections from an address find room. */
function come(openings: Openings, address: string | undefined, count: number): number {
  let found = 0
  for (let i = 0; i < count; i++) if (!('limit' in openings.enter(address))) found++
  return found
}

describe('connections before login', () => {
  it('find room when ten thousand clients behind one address come back at once', () => {
    const openings = new Openings(LIMITS, new Counters())
    expect(come(openings, '192.0.2.1', 10_001)).toBe(10_000)
  })

  it('an address has no more than are left for others, who find room', () => {
    const openings = new Openings({ ...LIMITS, connectionsBeforeLogin: 100 }, new Counters())
    expect(come(openings, '192.0.2.1', 100)).toBe(50)
    expect(come(openings, '192.0.2.2', 100)).toBe(25)
    expect(come(openings, '2001:db8::1', 1) + come(openings, '2001:db8:0:0:1::', 100)).toBe(13)
    expect(come(openings, '192.0.2.3', 1)).toBe(1)
    // Without an address, as of a proxy that has named no client, there is no share.
    expect(come(openings, undefined, 100)).toBe(11)
  })

  it('are no more than a quarter of the file descriptors, nor are the sockets', () => {
    const openings = new Openings(LIMITS, new Counters())
    openings.limitTo(1_024)
    expect(come(openings, undefined, 1_000)).toBe(256)
    const arrived = Array.from({ length: 1_000 }, () => openings.arrive(undefined)).filter((place) => !('limit' in place))
    expect([arrived.length, openings.refusal(undefined)]).toEqual([256, { limit: 'connections before login', value: 256 }])
    openings.limitTo(undefined)
    expect(come(openings, undefined, 1)).toBe(1)
  })

  it('are forgotten when they log in or go', () => {
    const counters = new Counters()
    const openings = new Openings({ ...LIMITS, connectionsBeforeLogin: 2 }, counters)
    const opening = openings.enter('192.0.2.1')
    expect(openings.refusal('192.0.2.1')).toEqual({ limit: 'connections before login from one address', value: 1 })
    if ('limit' in opening) throw new Error('no room')
    opening.leave()
    opening.leave()
    expect([openings.size, openings.addresses, counters.connectionsRefused]).toEqual([0, 0, 1])
    expect(openings.refusal('192.0.2.1')).toBe(undefined)
  })

  it('what all have sent is bounded, and an address has half of it', () => {
    const openings = new Openings(LIMITS, new Counters())
    const [a, b, c] = ['192.0.2.1', '192.0.2.1', '192.0.2.2'].map((address) => openings.enter(address))
    if (a === undefined || 'limit' in a || b === undefined || 'limit' in b || c === undefined || 'limit' in c) throw new Error('no room')
    expect([a.take(400), b.take(100)]).toEqual([undefined, undefined])
    expect(b.take(1)).toEqual({ limit: 'octets before login', value: 1_000 })
    expect(c.take(499)).toBe(undefined)
    a.leave()
    expect(b.take(1)).toBe(undefined)
  })
})

describe('the place of a socket', () => {
  const placed = (openings: Openings, address: string): Place => {
    const place = openings.arrive(address)
    if ('limit' in place) throw new Error('no room')
    return place
  }

  it('becomes that of its connection, for which what it sent does not count any more', () => {
    const openings = new Openings(LIMITS, new Counters())
    const place = placed(openings, '192.0.2.1')
    expect([place.take(500), openings.arrivals, openings.size]).toEqual([undefined, 1, 0])
    expect([place.connect('192.0.2.1'), openings.arrivals, openings.size]).toEqual([undefined, 0, 1])
    expect([place.take(500), place.take(1)?.limit]).toEqual([undefined, 'octets before login'])
    place.leave()
    place.leave()
    expect([openings.arrivals, openings.size, openings.addresses, place.take(1_000)]).toEqual([0, 0, 0, undefined])
    expect(placed(openings, '192.0.2.1').take(500)).toBe(undefined)
  })

  it('goes to the share of the address that a proxy names', () => {
    const openings = new Openings({ ...LIMITS, connectionsBeforeLogin: 4 }, new Counters())
    expect(placed(openings, '192.0.2.1').connect('192.0.2.9')).toBe(undefined)
    expect(openings.addresses).toBe(1)
    expect(openings.refusal('192.0.2.1')).toBe(undefined)
    expect(placed(openings, '192.0.2.2').connect('192.0.2.9')).toBe(undefined)
    expect(openings.refusal('192.0.2.9')).toEqual({ limit: 'connections before login from one address', value: 2 })
  })

  it('is one of fewer once it begins TLS, until its connection logs in or goes', () => {
    const openings = new Openings({ ...LIMITS, connectionsBeforeLogin: 20 }, new Counters())
    const [a, b, c, d] = ['192.0.2.1', '192.0.2.1', '192.0.2.1', '192.0.2.2'].map((address) => placed(openings, address))
    expect([a?.beginTls(), a?.beginTls(), b?.beginTls()]).toEqual([undefined, undefined, undefined])
    expect(c?.beginTls()).toEqual({ limit: 'TLS connections before login from one address', value: 2 })
    expect(d?.beginTls()).toBe(undefined)
    // A connection is counted for the client that its proxy names.
    expect(a?.connect('192.0.2.9')).toBe(undefined)
    b?.leave()
    expect([c?.beginTls(), placed(openings, '192.0.2.3').beginTls()]).toEqual([undefined, undefined])
    expect(placed(openings, '192.0.2.4').beginTls()).toEqual({ limit: 'TLS connections before login', value: 4 })
    for (const each of [a, b, c, d]) each?.leave()
    expect(placed(openings, '192.0.2.3').beginTls()).toBe(undefined)
  })

  it('stays what it was where no connection finds room', () => {
    const counters = new Counters()
    const openings = new Openings({ ...LIMITS, connectionsBeforeLogin: 2 }, counters)
    const [first, second] = [placed(openings, '192.0.2.1'), placed(openings, '192.0.2.2')]
    expect(first.connect('192.0.2.1')).toBe(undefined)
    second.take(400)
    expect(second.connect('192.0.2.1')).toEqual({ limit: 'connections before login from one address', value: 1 })
    expect([openings.arrivals, openings.size, counters.connectionsRefused]).toEqual([1, 1, 1])
    expect(second.take(101)?.limit).toBe('octets before login')
    second.leave()
    expect([openings.arrivals, openings.size, openings.addresses]).toEqual([0, 1, 1])
  })
})

describe('a router', () => {
  let world: World
  afterEach(() => world.end())

  const at = (peer: TestPeer, address: string): TestPeer => Object.assign(peer, { info: { ...peer.info, address } })

  it('beyond the bound a connection gets ABORT, and is counted', () => {
    world = new World({ limits: { connectionsBeforeLogin: 2 } })
    const [first, second, third] = [world.connect(), world.connect(), world.connect()]
    const message = 'no more than 2 connections before login'
    expect(third.takeOne()).toEqual([3, { message, limit: 'connections before login', value: 2 }, 'trunkline.error.limit_exceeded'])
    expect([third.closeCause, world.router.counters.connectionsRefused]).toEqual(['policy', 1])
    for (const peer of [first, second]) peer.say(1, 'realm1', ROLES)
    for (const peer of [first, second]) peer.welcomed()
    expect(world.connect().isClosed).toBe(false)
  })

  it('counts a connection again that leaves its session and asks for another', () => {
    world = new World({ limits: { connectionsBeforeLogin: 1 } })
    const peer = world.join()
    peer.say(6, {}, 'wamp.close.close_realm')
    const other = world.connect()
    peer.take()
    peer.say(1, 'realm1', ROLES)
    expect(peer.takeOne()[2]).toBe('trunkline.error.limit_exceeded')
    other.say(1, 'realm1', ROLES)
    other.welcomed()
  })

  it('counts what a HELLO takes in memory while its login lasts', () => {
    const waiting: (() => void)[] = []
    const realm = {
      ...OPEN_REALM,
      authenticate: (_request: unknown, _info: unknown, next: unknown) => void waiting.push(next as () => void),
    }
    world = new World({ realms: { realm1: realm }, limits: { beforeLoginTotalBytes: 300_000 } })
    const hello = [1, 'realm1', { ...ROLES, authextra: { values: Array.from({ length: 990 }, (_, i) => i) } }]
    const peers = [1, 2, 3].map(() => world.connect())
    for (const peer of peers) peer.say(...hello)
    expect(peers.map(({ isClosed }) => isClosed)).toEqual([false, false, true])
    expect(peers[2]?.takeOne()[2]).toBe('trunkline.error.limit_exceeded')
    expect(waiting.length).toBe(2)
    peers[0]?.drop()
    const other = at(world.connect(), '192.0.2.1')
    other.say(...hello)
    expect(other.isClosed).toBe(false)
  })
})
