// Shows what a shared session sends and passes on, message by message, where answers and requests of several peers cross.

import { PayloadError } from '@trunkline/protocol'
import { beforeEach, describe, expect, it } from 'vitest'
import { turn } from '../testing/scripted-router.ts'
import type { FakePeer } from '../testing/shared-world.ts'
import { SharedWorld } from '../testing/shared-world.ts'

let world: SharedWorld
beforeEach(() => {
  world = new SharedWorld()
})

describe('requests of several peers', () => {
  it('get ids of the session, without gaps, and their answers the ids of the peer', () => {
    world.asks(world.a, 48, 1, {}, 'com.example.add')
    world.asks(world.b, 48, 1, {}, 'com.example.add')
    world.refusal = new PayloadError('no')
    expect(() => world.asks(world.b, 48, 2, {}, 'com.example.add')).toThrow('no')
    world.refusal = undefined
    world.asks(world.b, 16, 3, {}, 'com.example.said')
    world.asks(world.a, 48, 2, {}, 'com.example.add')
    expect(world.takeSent().map(([, request]) => request)).toEqual([1, 2, 3, 4])
    expect(world.says(50, 2, {}, ['b'])).toBe(true)
    expect(world.says(8, 48, 1, {}, 'com.example.error')).toBe(true)
    expect(world.says(50, 2, {}, ['again'])).toBe(false)
    expect([world.a.take(), world.b.take()]).toEqual([[[8, 48, 1, {}, 'com.example.error']], [[50, 1, {}, ['b']]]])
  })

  it('of calls take their chunks and CANCEL along, and nothing after their end', () => {
    world.asks(world.a, 48, 5, { progress: true }, 'com.example.sum', [1])
    world.asks(world.a, 48, 5, { progress: true }, 'com.example.sum', [2])
    world.says(50, 1, { progress: true }, [1])
    world.says(50, 1, {}, [3])
    world.asks(world.a, 48, 5, {}, 'com.example.sum', [3])
    world.asks(world.a, 49, 5, {})
    expect(world.takeSent()).toEqual([
      [48, 1, { progress: true }, 'com.example.sum', [1]],
      [48, 1, { progress: true }, 'com.example.sum', [2]],
    ])
    expect(world.a.take()).toEqual([
      [50, 5, { progress: true }, [1]],
      [50, 5, {}, [3]],
    ])
  })
})

describe('subscriptions', () => {
  it('are not ended while another SUBSCRIBE is in flight, which is answered with the same id', async () => {
    world.asks(world.a, 32, 1, {}, 'com.example.said')
    world.says(33, 1, 77)
    world.asks(world.b, 32, 1, {}, 'com.example.said')
    world.asks(world.a, 34, 2, 77)
    expect(world.takeSent()).toHaveLength(2)
    await turn()
    expect(world.a.take()).toEqual([
      [33, 1, 77],
      [35, 2],
    ])
    world.says(33, 2, 77)
    world.says(36, 77, 1000, {})
    expect([world.a.take(), world.b.take()]).toEqual([
      [],
      [
        [33, 1, 77],
        [36, 77, 1000, {}],
      ],
    ])
    expect(world.takeSent()).toEqual([])
    world.asks(world.b, 34, 2, 77)
    expect(world.takeSent()).toEqual([[34, 3, 77]])
  })

  it('are ended when that SUBSCRIBE is refused', async () => {
    world.asks(world.a, 32, 1, {}, 'com.example.said')
    world.says(33, 1, 77)
    world.asks(world.b, 32, 1, { get_retained: true }, 'com.example.said')
    world.asks(world.a, 34, 2, 77)
    world.takeSent()
    world.says(8, 32, 2, {}, 'wamp.error.not_authorized')
    expect(world.takeSent()).toEqual([[34, 3, 77]])
    world.says(35, 3)
    await turn()
    expect([world.a.take(), world.b.take()]).toEqual([
      [
        [33, 1, 77],
        [35, 2],
      ],
      [[8, 32, 1, {}, 'wamp.error.not_authorized']],
    ])
  })

  it('that are granted to a peer that has left are ended', () => {
    world.asks(world.a, 32, 1, {}, 'com.example.said')
    world.asks(world.a, 64, 2, {}, 'com.example.add')
    world.session.leave(world.a)
    world.says(33, 1, 77)
    world.says(65, 2, 88)
    expect(world.takeSent().slice(2)).toEqual([
      [34, 3, 77],
      [66, 4, 88],
    ])
    expect(world.a.take()).toEqual([])
  })

  it('can be asked for again while they end', () => {
    world.asks(world.a, 32, 1, {}, 'com.example.said')
    world.says(33, 1, 77)
    world.asks(world.a, 34, 2, 77)
    world.asks(world.b, 32, 1, {}, 'com.example.said')
    world.says(35, 2)
    world.says(33, 3, 77)
    world.says(36, 77, 1000, {})
    expect(world.b.take()).toEqual([
      [33, 1, 77],
      [36, 77, 1000, {}],
    ])
  })

  it('that the router revokes end for all who hold them; others cannot be ended', async () => {
    world.asks(world.a, 32, 1, {}, 'com.example.said')
    world.asks(world.b, 32, 1, {}, 'com.example.said')
    world.says(33, 1, 77)
    world.says(33, 2, 77)
    expect(world.says(35, 0, { subscription: 77 })).toBe(true)
    world.asks(world.a, 34, 2, 77)
    world.asks(world.b, 66, 3, 88)
    await turn()
    expect(world.a.take().slice(1)).toEqual([
      [35, 0, { subscription: 77 }],
      [8, 34, 2, {}, 'wamp.error.no_such_subscription'],
    ])
    expect(world.b.take().slice(1)).toEqual([
      [35, 0, { subscription: 77 }],
      [8, 66, 3, {}, 'wamp.error.no_such_registration'],
    ])
    expect(world.says(35, 0, { subscription: 77 })).toBe(false)
    expect(world.takeSent()).toHaveLength(2)
  })

  it('take each retained event once, anew when they are asked for anew', () => {
    world.asks(world.a, 32, 1, { get_retained: true }, 'com.example.state')
    world.says(33, 1, 77)
    world.says(36, 77, 1000, { retained: true })
    world.asks(world.b, 32, 1, { get_retained: true }, 'com.example.state')
    world.says(33, 2, 77)
    world.says(36, 77, 1000, { retained: true })
    world.asks(world.a, 32, 2, { get_retained: true }, 'com.example.state')
    world.says(33, 3, 77)
    world.says(36, 77, 1000, { retained: true })
    const events = (peer: FakePeer): unknown[] => peer.take().filter(([type]) => type === 36)
    expect([events(world.a).length, events(world.b).length]).toEqual([2, 1])
  })
})

describe('invocations', () => {
  beforeEach(() => {
    world.asks(world.a, 64, 1, { invoke: 'roundrobin' }, 'com.example.add')
    world.asks(world.b, 64, 1, { invoke: 'roundrobin' }, 'com.example.add')
    world.says(65, 1, 88)
    world.says(65, 2, 88)
    world.a.take()
    world.b.take()
    world.takeSent()
  })

  it('go to the peers in turn, with all their chunks and INTERRUPT, and only their callee answers', () => {
    world.says(68, 1, 88, { progress: true })
    world.says(68, 2, 88, {})
    world.says(68, 1, 88, {})
    world.says(69, 2, { mode: 'kill' })
    world.asks(world.b, 70, 1, {})
    world.asks(world.a, 70, 1, { progress: true })
    world.asks(world.a, 70, 1, {})
    world.asks(world.a, 70, 1, {})
    world.asks(world.b, 8, 68, 2, {}, 'wamp.error.canceled')
    expect(world.a.take().map(([type, request]) => [type, request])).toEqual([
      [68, 1],
      [68, 1],
    ])
    expect(world.b.take().map(([type, request]) => [type, request])).toEqual([
      [68, 2],
      [69, 2],
    ])
    expect(world.takeSent()).toEqual([
      [70, 1, { progress: true }],
      [70, 1, {}],
      [8, 68, 2, {}, 'wamp.error.canceled'],
    ])
  })

  it('of a peer that leaves are answered, and their later chunks begin nothing', () => {
    world.says(68, 1, 88, { progress: true })
    world.session.leave(world.a)
    world.says(68, 1, 88, { progress: true })
    world.says(68, 1, 88, {})
    world.says(68, 2, 88, {})
    expect(world.takeSent()).toEqual([[8, 68, 1, {}, 'wamp.error.canceled', ['the callee left before it answered']]])
    expect(world.b.take().map(([type, request]) => [type, request])).toEqual([[68, 2]])
    world.says(68, 3, 89, {})
    expect(world.takeSent()).toEqual([[8, 68, 3, {}, 'wamp.error.no_such_registration', ['the callee has just left']]])
  })

  it('that nobody waits for any more take no answer', () => {
    world.says(68, 1, 88, {})
    expect(world.says(69, 1, { mode: 'killnowait' })).toBe(true)
    expect(world.says(69, 1, { mode: 'killnowait' })).toBe(false)
    world.asks(world.a, 70, 1, {})
    expect(world.takeSent()).toEqual([])
  })

  it.each(['first', 'last'])('go to the %s peer where the registration says so', (invoke) => {
    world = new SharedWorld()
    for (const peer of [world.a, world.b]) world.asks(peer, 64, 1, { invoke }, 'com.example.add')
    world.says(65, 1, 88)
    world.says(65, 2, 88)
    world.says(68, 1, 88, {})
    world.says(68, 2, 88, {})
    const calls = (peer: FakePeer): number => peer.take().filter(([type]) => type === 68).length
    expect([calls(world.a), calls(world.b)]).toEqual(invoke === 'first' ? [2, 0] : [0, 2])
  })

  it('end with the registration when the last peer unregisters', async () => {
    world.asks(world.a, 66, 2, 88)
    await turn()
    expect(world.a.take()).toEqual([[67, 2]])
    world.asks(world.b, 66, 2, 88)
    world.says(68, 1, 88, {})
    world.says(67, 3)
    expect(world.takeSent()).toEqual([[66, 3, 88]])
    expect(world.b.take().map(([type]) => type)).toEqual([68, 67])
    world.says(68, 2, 88, {})
    expect(world.takeSent()[0]?.slice(0, 5)).toEqual([8, 68, 2, {}, 'wamp.error.no_such_registration'])
  })
})

describe('a peer that leaves', () => {
  it('cancels its calls, and hears nothing more', () => {
    world.asks(world.a, 48, 1, {}, 'com.example.slow')
    world.asks(world.b, 48, 1, {}, 'com.example.slow')
    world.session.leave(world.a)
    world.session.leave(world.a)
    world.says(8, 48, 1, {}, 'wamp.error.canceled')
    world.asks(world.a, 48, 2, {}, 'com.example.slow')
    expect(world.takeSent().slice(2)).toEqual([[49, 1, { mode: 'killnowait' }]])
    expect(world.a.take()).toEqual([])
    expect(world.session.isCalling(world.b, 1)).toBe(true)
  })

  it('leaves its calls to a router that cannot cancel them', () => {
    world = new SharedWorld({ roles: { broker: {}, dealer: {} } })
    world.asks(world.a, 48, 1, {}, 'com.example.slow')
    world.session.leave(world.a)
    expect(world.takeSent()).toHaveLength(1)
    expect(world.says(50, 1, {}, ['late'])).toBe(true)
    expect(world.a.take()).toEqual([])
  })
})
