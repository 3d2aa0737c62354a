// Shows what is copied of a long message that finds no room in the queue of its peer.

import { createCborSerializer, createConverter, createJsonSerializer, createMsgpackSerializer, messageFromArray } from '@trunkline/protocol'
import type { TestPeer } from '@trunkline/testkit'
import { OPEN_REALM, World } from '@trunkline/testkit'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { realmIn } from '../testing/realm-in.ts'
import { longLengthOf } from './encoded-length.ts'

const PROCEDURE = 'com.example.procedure'
const TOPIC = 'com.example.topic'
const LONG = 'x'.repeat(30_000)

describe('the length of a long message', () => {
  const convert = createConverter()
  it.each([createJsonSerializer({ convert }), createMsgpackSerializer({ convert }), createCborSerializer({ convert })])(
    'is that of its octets in $name',
    (serializer) => {
      const from = createMsgpackSerializer()
      for (const tail of [[[LONG]], [[], { LONG }]]) {
        const message = from.decode(from.encode(messageFromArray([68, 1, 2, { procedure: PROCEDURE }, ...tail])))
        expect(longLengthOf(message, serializer)).toBe(serializer.encode(message).length)
      }
      expect(longLengthOf(messageFromArray([68, 1, 2, {}, ['short']]), serializer)).toBeUndefined()
    },
  )
})

describe('a long message without room', () => {
  let world: World
  afterEach(() => world.end())

  /** Counts the octets that are encoded for a peer, and for all with its serializer, from now on. */
  function encodedFor(peer: TestPeer): () => number {
    const format = realmIn(world, 'realm1')?.sessions.get(peer.session)?.link.format
    if (format === undefined) throw new Error('no session')
    const encoded = vi.spyOn(format as unknown as { encode: () => Uint8Array }, 'encode')
    return () => encoded.mock.results.reduce((sum, { value }) => sum + (value as Uint8Array).length, 0)
  }

  it.each(['first', 'last', 'roundrobin', 'random'])('is copied for none of the callees that share %s and have no room', (invoke) => {
    world = new World({ limits: { outboxBytes: 40_000 } })
    const callees = Array.from({ length: 20 }, () => world.join())
    for (const callee of callees) callee.register(PROCEDURE, { invoke })
    const caller = world.join()
    for (const callee of callees) callee.stopReading()
    for (let i = 1; i <= 20; i++) caller.say(48, i, {}, PROCEDURE, [LONG])
    const encoded = encodedFor(caller)
    for (let i = 21; i <= 23; i++) caller.say(48, i, {}, PROCEDURE, [LONG])
    expect(caller.take().map(([, , request]) => request)).toEqual([21, 22, 23])
    expect(encoded()).toBeLessThan(LONG.length)
    for (const callee of callees) callee.resumeReading()
    expect(callees.map((callee) => callee.take().length)).toEqual(callees.map(() => 1))
  })

  it('is copied for no subscriber that has missed events of its subscription', () => {
    world = new World({
      realms: { realm1: { ...OPEN_REALM, slowConsumers: { policy: 'drop_oldest' } } },
      limits: { outboxBytes: 40_000 },
    })
    const publisher = world.join()
    const subscribers = Array.from({ length: 10 }, () => world.join())
    for (const subscriber of subscribers) {
      subscriber.subscribe(TOPIC)
      subscriber.stopReading()
      // Answers, which are never dropped: what they leave is too little for an event.
      for (let i = 2; i <= 120; i++) subscriber.say(48, i, {}, `com.example.missing.${i}`)
    }
    publisher.say(16, 1, {}, TOPIC, [LONG])
    const encoded = encodedFor(publisher)
    for (let i = 2; i <= 4; i++) publisher.say(16, i, {}, TOPIC, [LONG])
    expect(encoded()).toBeLessThan(3 * 2 * LONG.length)
    publisher.say(16, 5, {}, TOPIC, ['short'])
    const [first] = subscribers
    first?.resumeReading()
    expect(first?.take().at(-1)?.[3]).toEqual({ _gap: 4 })
  })
})
