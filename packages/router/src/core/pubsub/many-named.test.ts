// Shows that a user whose publications name very many receivers is read more slowly when it has had its share of the router's time.

import type { TestPeer } from '@trunkline/testkit'
import { World } from '@trunkline/testkit'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { realmIn } from '../../testing/realm-in.ts'
import type { Realm } from '../realm.ts'

/** What each publication to be retained takes. */
const TAKES_MS = 100
const MANY = Array.from({ length: 3_000 }, (_, i) => `user-${i}`)
const FEW = MANY.slice(0, 100)

let world: World
let paused: Set<string>

beforeEach(() => {
  world = new World()
  paused = new Set()
  const { retained } = (realmIn(world, 'realm1') as Realm).broker
  const keep = retained.keep.bind(retained)
  vi.spyOn(retained, 'keep').mockImplementation((...kept) => {
    world.clock.advance(TAKES_MS)
    return keep(...kept)
  })
})

/** Opens a session of a network, which notes when it is not read. */
function join(name: string, address: string): TestPeer {
  const peer = world.connect('json', { address })
  Object.assign(peer, { pause: () => void paused.add(name), resume: () => void paused.delete(name) })
  peer.say(1, 'realm1', { roles: { publisher: {}, subscriber: {} } })
  return peer.welcomed()
}

/** Publishes as long as it is read. @returns how often */
function publish(name: string, peer: TestPeer, options: Record<string, unknown>, most = 20): number {
  let published = 0
  for (; published < most && !paused.has(name); published++)
    peer.say(16, peer.nextRequest, { retain: true, ...options }, `com.example.${published}`, [published])
  return published
}

describe('a session whose publications name very many receivers', () => {
  it.each(['eligible_authid', 'exclude_authid', 'eligible_authrole', 'exclude_authrole'])(
    'in %s is not read while its user or network has had its share of the time, and goes on in order',
    (list) => {
      const [flooder, same, other] = [join('flooder', '10.0.0.1'), join('same', '10.0.0.1'), join('other', '10.0.0.2')]
      expect(publish('flooder', flooder, { [list]: MANY })).toBe(7)
      expect(publish('same', same, { [list]: MANY })).toBe(1)
      expect(publish('other', other, { [list]: MANY }, 1)).toBe(1)
      expect([...paused]).toEqual(['flooder', 'same'])
      world.advance(2_000)
      expect([...paused]).toEqual([])
      expect(publish('flooder', flooder, { [list]: MANY })).toBeLessThan(7)
      world.end()
    },
  )

  it('by their ids is paced in the same way', () => {
    const ids = MANY.map((_, i) => i + 1)
    expect(publish('one', join('one', '10.0.0.1'), { exclude: ids })).toBe(7)
    world.end()
  })

  it('of few names is read on', () => {
    expect(publish('one', join('one', '10.0.0.1'), { exclude_authid: FEW })).toBe(20)
    world.end()
  })

  it('and ends while it waits leaves nothing', () => {
    const flooder = join('flooder', '10.0.0.1')
    publish('flooder', flooder, { exclude_authid: MANY })
    expect([...paused]).toEqual(['flooder'])
    flooder.drop()
    world.advance(10_000)
    expect(publish('another', join('another', '10.0.0.1'), { exclude_authid: MANY }, 1)).toBe(1)
    expect([...paused]).toEqual(['flooder'])
    world.end()
  })
})
