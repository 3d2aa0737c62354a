// Shows the bounds on connections before login and on what they send: no client is kept out by others, and one that comes again gets in.

import { OPEN_REALM, World } from '@trunkline/testkit'
import type { TestPeer } from '@trunkline/testkit'
import { afterEach, describe, expect, it, vi } from 'vitest'
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

  it('of a socket without an address have the share of that socket again after a session', () => {
    const openings = new Openings(LIMITS, new Counters())
    const place = openings.arrive('unix')
    if ('limit' in place) throw new Error('no room')
    place.connect(undefined)
    const world = new World({
      realms: { realm1: { ...OPEN_REALM, authentication: { users: { joe: { role: 'anonymous', ticket: 't' } } } } },
    })
    const accept = world.router.accept.bind(world.router)
    vi.spyOn(world.router, 'accept').mockImplementationOnce((transport) => accept(transport, place))
    const peer = world.connect()
    peer.say(1, 'realm1', ROLES)
    peer.welcomed()
    expect([openings.addresses, openings.size]).toEqual([0, 0])
    peer.say(6, {}, 'wamp.close.close_realm')
    // The login is not complete: the connection has a place, and counts to the socket.
    peer.say(1, 'realm1', { ...ROLES, authmethods: ['ticket'], authid: 'joe' })
    expect([openings.addresses, openings.size]).toEqual([1, 1])
    world.end()
    expect([openings.addresses, openings.size]).toEqual([0, 0])
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
    // The other holds more, and nothing would end it.
    expect(b.take(1)).toEqual({ limit: 'octets before login', value: 1_000 })
    expect(c.take(499)).toBe(undefined)
    a.leave()
    expect(b.take(1)).toBe(undefined)
  })
})

describe('connections before login that would leave nothing to others', () => {
  const ended: string[] = []
  afterEach(() => void ended.splice(0))

  function enter(openings: Openings, name: string, address = name): Place {
    const place = openings.enter(address)
    if ('limit' in place) throw new Error(`no room for ${name}`)
    place.yieldBy(({ limit }) => void ended.push(`${name}: ${limit}`))
    return place
  }

  /** As many networks with as many connections as there is room for: each has half of what is left. */
  function fill(openings: Openings): void {
    for (const [network, count] of [8, 4, 2, 1, 1].entries()) {
      for (let i = 0; i < count; i++) enter(openings, `${network}.${i}`, `192.0.2.${network}`)
    }
  }

  it('give way where the house is full: who has waited longest in a network with most', () => {
    const counters = new Counters()
    const openings = new Openings({ ...LIMITS, connectionsBeforeLogin: 16 }, counters)
    fill(openings)
    expect([openings.size, openings.refusal('192.0.2.9'), ended]).toEqual([16, undefined, []])
    enter(openings, 'new', '192.0.2.9')
    expect(ended).toEqual(['0.0: connections before login'])
    // Then others of those that have about as many.
    for (let i = 0; i < 2; i++) enter(openings, 'new', '192.0.2.9')
    expect([openings.size, ended.length, counters.connectionsRefused]).toEqual([16, 3, 3])
  })

  it('stay where the newcomer has as many, where its address has all that it may have, and where nothing would end them', () => {
    const openings = new Openings({ ...LIMITS, connectionsBeforeLogin: 4, connectionsBeforeLoginPerAddress: 2 }, new Counters())
    for (const name of ['a', 'b', 'c', 'd']) enter(openings, name)
    expect([openings.refusal('e')?.limit, come(openings, 'e', 1)]).toEqual(['connections before login', 0])
    const limited = new Openings({ ...LIMITS, connectionsBeforeLogin: 16, connectionsBeforeLoginPerAddress: 2 }, new Counters())
    for (let i = 0; i < 2; i++) enter(limited, 'a')
    expect(limited.refusal('a')?.limit).toBe('connections before login from one address')
    const settled = new Openings({ ...LIMITS, connectionsBeforeLogin: 16 }, new Counters())
    for (const [network, count] of [8, 4, 2, 1, 1].entries()) {
      for (let i = 0; i < count; i++) enter(settled, '', `192.0.2.${network}`).yieldBy(undefined)
    }
    expect(settled.refusal('b')?.limit).toBe('connections before login')
    expect(ended).toEqual([])
  })

  it('stay where the network with most has hardly more, of very many places', () => {
    const openings = new Openings({ ...LIMITS, connectionsBeforeLogin: 8_000 }, new Counters())
    for (let i = 0; i < 990; i++) for (let each = 0; each < 8; each++) enter(openings, '', `network ${i}`)
    expect(come(openings, undefined, 81)).toBe(80)
    expect(openings.refusal('other')?.limit).toBe('connections before login')
    expect(ended).toEqual([])
  })

  it('give way where the networks of one IPv6 site have many more together, each as few as others', () => {
    const openings = new Openings({ ...LIMITS, connectionsBeforeLogin: 40 }, new Counters())
    for (let i = 0; i < 40; i++) enter(openings, `site.${i}`, `2001:db8:0:${i.toString(16)}::1`)
    expect(openings.refusal('2001:db8:0:ffff::1')?.limit).toBe('connections before login')
    enter(openings, 'a', '192.0.2.1')
    enter(openings, 'b', '2001:db8:1::1')
    expect(ended).toEqual([0, 1].map((i) => `site.${i}: connections before login`))
  })

  it('give way as sockets and as TLS connections too', () => {
    const openings = new Openings({ ...LIMITS, connectionsBeforeLogin: 20 }, new Counters())
    const arrive = (address: string): Place => {
      const place = openings.arrive(address)
      if ('limit' in place) throw new Error('no room')
      place.yieldBy(({ limit }) => void ended.push(`${address}: ${limit}`))
      return place
    }
    for (const address of ['a', 'a', 'b', 'c']) expect(arrive(address).beginTls()).toBe(undefined)
    expect(arrive('d').beginTls()).toBe(undefined)
    expect(ended).toEqual(['a: TLS connections before login'])
  })

  it('give way where they hold most octets of the network that holds most, so that one with a few octets is let in', () => {
    const counters = new Counters()
    const openings = new Openings(LIMITS, counters)
    enter(openings, 'a0', 'a').take(100)
    enter(openings, 'a1', 'a').take(400)
    enter(openings, 'b0', 'b').take(480)
    expect(enter(openings, 'c').take(30)).toBe(undefined)
    expect([ended, counters.connectionsRefused]).toEqual([['a1: octets before login'], 1])
    const place = enter(openings, 'd')
    expect([place.take(250), place.take(300)?.limit]).toEqual([undefined, 'octets before login'])
    expect(ended.length).toBe(1)
  })

  it('give way in their own network as well', () => {
    const openings = new Openings(LIMITS, new Counters())
    enter(openings, 'a0', 'a').take(450)
    expect(enter(openings, 'a1', 'a').take(60)).toBe(undefined)
    expect(ended).toEqual(['a0: octets before login'])
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

  it('moves to the share of a client with what it holds, also beyond TLS, and not beyond what that may have', () => {
    const openings = new Openings({ ...LIMITS, connectionsBeforeLogin: 20 }, new Counters())
    const [first, second, third] = [1, 2, 3].map(() => placed(openings, '192.0.2.1'))
    first?.take(400)
    for (const each of [first, second]) expect([each?.beginTls(), each?.moveTo('192.0.2.9')]).toEqual([undefined, undefined])
    // What the first holds counts to the client now.
    expect([second?.take(101)?.limit, third?.take(400)]).toEqual(['octets before login', undefined])
    expect([third?.beginTls(), third?.moveTo('192.0.2.9')?.limit]).toEqual([undefined, 'TLS connections before login from one address'])
    expect([openings.arrivals, openings.addresses]).toEqual([3, 2])
    for (const each of [first, second, third]) each?.leave()
    expect([openings.arrivals, openings.addresses]).toEqual([0, 0])
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

  it('ends a connection that gives way, with ABORT', () => {
    world = new World({ limits: { connectionsBeforeLogin: 4 } })
    const [first] = ['192.0.2.1', '192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4'].map((address) => world.connect('json', { address }))
    expect(first?.takeOne()[2]).toBe('trunkline.error.limit_exceeded')
    expect([first?.isClosed, world.router.load.connectionsBeforeLogin]).toEqual([true, 4])
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
