// Shows what one client can have a router keep that makes realms on demand: no more by many realms than the bounds of all together.

import type { TestPeer } from '@trunkline/testkit'
import { OPEN_REALM, World } from '@trunkline/testkit'
import { afterEach, describe, expect, it } from 'vitest'

const MEBIBYTES_4 = 'x'.repeat(4 * 1024 * 1024 - 2_000)
const LIMIT = 'octets of retained events in all realms'

describe('of one client in many realms', () => {
  let world: World
  afterEach(() => world.end())

  function retain(peer: TestPeer, topic: string, text = MEBIBYTES_4): unknown[] {
    peer.say(16, peer.nextRequest, { acknowledge: true, retain: true }, topic, [text])
    return peer.takeOne()
  }

  it('retained events take 64 MiB in all, and what is dropped, or was in a realm that ends, leaves room for others', () => {
    world = new World({ onDemand: { realm: OPEN_REALM, most: 10 } })
    const peers = Array.from({ length: 5 }, (_, i) => world.join({ realm: `com.realm${i}`, serializer: 'msgpack' }))
    for (const peer of peers.slice(0, 4)) for (const topic of ['a', 'b', 'c', 'd']) expect(retain(peer, topic)[0]).toBe(17)
    const [first, , , , last] = peers as [TestPeer, TestPeer, TestPeer, TestPeer, TestPeer]
    expect(retain(last, 'a').slice(3, 5)).toEqual([{ limit: LIMIT, value: 67_108_864 }, 'trunkline.error.limit_exceeded'])
    expect(retain(first, 'a')[0]).toBe(17)
    expect(retain(first, 'a', 'short')[0]).toBe(17)
    expect(retain(last, 'a')[0]).toBe(17)
    expect(retain(last, 'b')[0]).toBe(8)
    world.router.removeRealm('com.realm1')
    world.settle()
    for (const topic of ['b', 'c', 'd']) expect(retain(last, topic)[0]).toBe(17)
  })

  it('retained events count by themselves in a realm that may have more than others by its configuration', () => {
    const large = { ...OPEN_REALM, limits: { retainedBytes: 256 * 1024 * 1024 } }
    world = new World({ realms: { realm1: OPEN_REALM, large } })
    const [inLarge, other] = [world.join({ realm: 'large', serializer: 'msgpack' }), world.join({ serializer: 'msgpack' })]
    for (let i = 0; i < 18; i++) expect(retain(inLarge, `com.${i}`)[0]).toBe(17)
    expect(retain(other, 'com.a')[0]).toBe(17)
  })
})
