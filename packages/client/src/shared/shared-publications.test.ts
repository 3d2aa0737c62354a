// Shows whom the publications of several peers of a shared session reach.

import { beforeEach, describe, expect, it } from 'vitest'
import { WELCOME_DETAILS } from '../testing/scripted-router.ts'
import { SharedWorld } from '../testing/shared-world.ts'

let world: SharedWorld
beforeEach(() => {
  world = new SharedWorld()
})

describe('publications', () => {
  const REACHED: readonly (readonly [string, string, string])[] = [
    ['exact', 'com.example.said', 'com.example.said'],
    ['prefix', 'com.exam', 'com.example.said'],
    ['wildcard', 'com..said', 'com.example.said'],
  ]

  it.each(REACHED)('that match an %s subscription of another peer reach it, also while it is in flight', (match, pattern, topic) => {
    world.asks(world.b, 32, 1, { match }, pattern)
    world.takeSent()
    world.asks(world.a, 16, 1, {}, topic)
    world.asks(world.a, 16, 2, {}, 'com.other.place.said')
    world.asks(world.a, 16, 3, { exclude_me: false, acknowledge: true }, topic)
    expect(world.takeSent().map(([, , options]) => options)).toEqual([
      { acknowledge: true, exclude_me: false },
      {},
      { exclude_me: false, acknowledge: true },
    ])
  })

  it('reach no other peer where the router always excludes the publisher', () => {
    world = new SharedWorld({ roles: { broker: {}, dealer: {} } })
    world.asks(world.b, 32, 1, {}, 'com.example.said')
    world.takeSent()
    world.asks(world.a, 16, 1, { acknowledge: true }, 'com.example.said')
    expect(world.takeSent()).toEqual([[16, 2, { acknowledge: true }, 'com.example.said']])
    world.says(17, 2, 1000)
    expect(world.a.take()).toEqual([[17, 1, 1000]])
  })

  it('spare every subscription of their publisher, and are answered only if it asked', () => {
    world.asks(world.a, 32, 1, {}, 'com.example.said')
    world.asks(world.a, 32, 2, { match: 'prefix' }, 'com.')
    world.asks(world.b, 32, 1, {}, 'com.example.said')
    world.says(33, 1, 77)
    world.says(33, 2, 78)
    world.says(33, 3, 77)
    world.asks(world.a, 16, 3, {}, 'com.example.said')
    world.asks(world.a, 16, 4, { acknowledge: true }, 'com.example.said')
    world.a.take()
    world.b.take()
    world.says(17, 4, 1000)
    world.says(17, 5, 1001)
    for (const [subscription, publication] of [
      [77, 1000],
      [78, 1000],
      [78, 1001],
      [77, 1002],
    ]) {
      world.says(36, subscription, publication, {})
    }
    expect(world.a.take()).toEqual([
      [17, 4, 1001],
      [36, 77, 1002, {}],
    ])
    expect(world.b.take()).toEqual([
      [36, 77, 1000, {}],
      [36, 77, 1002, {}],
    ])
  })
})

describe('a router that may send an event before PUBLISHED', () => {
  beforeEach(() => {
    for (const peer of [world.a, world.b]) world.asks(peer, 32, 1, {}, 'com.example.said')
    world.says(33, 1, 77)
    world.says(33, 2, 77)
    world.a.take()
    world.b.take()
  })

  it('has the events of a publisher held until it is known which are its own', () => {
    world.asks(world.a, 16, 2, {}, 'com.example.said')
    world.asks(world.a, 16, 3, {}, 'com.example.said')
    world.says(36, 77, 1000, {})
    world.says(36, 77, 2000, {})
    world.says(17, 3, 1000)
    world.asks(world.a, 16, 4, {}, 'com.example.said')
    world.says(36, 77, 2001, {})
    world.says(36, 77, 1001, {})
    expect(world.a.take()).toEqual([])
    world.says(8, 16, 4, {}, 'wamp.error.not_authorized')
    expect(world.a.take()).toEqual([[36, 77, 2000, {}]])
    world.says(17, 5, 1001)
    expect(world.a.take()).toEqual([[36, 77, 2001, {}]])
    expect(world.b.take().map(([, , publication]) => publication)).toEqual([1000, 2000, 2001, 1001])
  })

  it('is waited for only by a tab that has just published', () => {
    world.asks(world.a, 16, 2, {}, 'com.example.said')
    world.says(17, 3, 1000)
    world.says(36, 77, 2000, {})
    expect(world.a.take()).toEqual([[36, 77, 2000, {}]])
  })

  it('is not a router of ours, whose events go on at once', () => {
    world = new SharedWorld({ ...WELCOME_DETAILS, _limits: {} })
    for (const peer of [world.a, world.b]) world.asks(peer, 32, 1, {}, 'com.example.said')
    world.says(33, 1, 77)
    world.says(33, 2, 77)
    world.asks(world.a, 16, 2, {}, 'com.example.said')
    world.a.take()
    world.says(36, 77, 2000, {})
    world.says(17, 3, 1000)
    world.says(36, 77, 1000, {})
    expect(world.a.take()).toEqual([[36, 77, 2000, {}]])
  })
})
