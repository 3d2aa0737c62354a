// Shows subscriptions that are shared by nkey, an extension of ours (docs/adr/0011-sharding.md).

import type { TestPeer } from '@trunkline/testkit'
import { World } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const TOPIC = 'com.example.topic'
const KEYS = Array.from({ length: 200 }, (_, i) => `key-${i}`)

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.end())

/** Publishes once with each key; says for each subscriber which it got. */
function keysBySubscriber(publisher: TestPeer, subscribers: readonly TestPeer[], keys: readonly string[], request = 1): string[][] {
  for (const [i, rkey] of keys.entries()) publisher.say(16, request + i, { rkey }, TOPIC, [rkey])
  return subscribers.map((subscriber) => subscriber.take().map(([, , , , args]) => String((args as unknown[])[0])))
}

describe('a subscription that is shared by nkey', () => {
  it('gives an event with a key to one of its nkeys, always the same, and to all that have none', () => {
    const [a, b, c, plain, publisher] = [world.join(), world.join(), world.join(), world.join(), world.join()]
    for (const [nkey, peer] of Object.entries({ a, b, c })) peer.subscribe(TOPIC, { nkey })
    plain.subscribe(TOPIC)
    const parts = keysBySubscriber(publisher, [a, b, c], KEYS)
    expect(plain.take()).toHaveLength(KEYS.length)
    expect(parts.flat().toSorted()).toEqual(KEYS.toSorted())
    for (const part of parts) expect(part.length).toBeGreaterThan(30)
    expect(keysBySubscriber(publisher, [a, b, c], KEYS, KEYS.length + 1)).toEqual(parts)
  })

  it('gives an event without a key to everybody', () => {
    const [a, b, publisher] = [world.join(), world.join(), world.join()]
    a.subscribe(TOPIC, { nkey: 'a' })
    b.subscribe(TOPIC, { nkey: 'b' })
    publisher.say(16, 1, {}, TOPIC)
    publisher.say(16, 2, { rkey: null }, TOPIC)
    expect([a.take().length, b.take().length]).toEqual([2, 2])
  })

  it('gives an event with a key to everybody where nobody has an nkey', () => {
    const [a, b, publisher] = [world.join(), world.join(), world.join()]
    a.subscribe(TOPIC)
    b.subscribe(TOPIC, { nkey: null })
    publisher.say(16, 1, { rkey: 7 }, TOPIC)
    expect([a.take().length, b.take().length]).toEqual([1, 1])
  })

  it('moves only the keys of an nkey that is gone, and gives them back when it is there again', () => {
    const [a, b, c, publisher] = [world.join(), world.join(), world.join(), world.join()]
    for (const [nkey, peer] of Object.entries({ a, b, c })) peer.subscribe(TOPIC, { nkey })
    const [ofA = [], ofB = [], ofC = []] = keysBySubscriber(publisher, [a, b, c], KEYS)
    b.drop()
    const [restA = [], restC = []] = keysBySubscriber(publisher, [a, c], KEYS, KEYS.length + 1)
    expect(restA.filter((key) => !ofB.includes(key))).toEqual(ofA)
    expect(restC.filter((key) => !ofB.includes(key))).toEqual(ofC)
    const again = world.join()
    again.subscribe(TOPIC, { nkey: 'b' })
    expect(keysBySubscriber(publisher, [a, again, c], KEYS, 2 * KEYS.length + 1)).toEqual([ofA, ofB, ofC])
  })

  it('takes sessions of one nkey for one node: all of them get its events', () => {
    const [first, second, other, publisher] = [world.join(), world.join(), world.join(), world.join()]
    first.subscribe(TOPIC, { nkey: 'a' })
    second.subscribe(TOPIC, { nkey: 'a' })
    other.subscribe(TOPIC, { nkey: 'b' })
    const [ofFirst, ofSecond, ofOther] = keysBySubscriber(publisher, [first, second, other], KEYS)
    expect(ofFirst).toEqual(ofSecond)
    expect([...(ofFirst ?? []), ...(ofOther ?? [])].toSorted()).toEqual(KEYS.toSorted())
  })

  it('chooses among those that may receive: the publisher and who is excluded get none, and no event is lost', () => {
    const [a, b, c, publisher] = [world.join(), world.join(), world.join(), world.join()]
    for (const [nkey, peer] of Object.entries({ a, b, c, publisher })) peer.subscribe(TOPIC, { nkey })
    for (const [i, rkey] of KEYS.entries()) publisher.say(16, 2 + i, { rkey, exclude: [b.session] }, TOPIC, [rkey])
    expect([publisher.take(), b.take()]).toEqual([[], []])
    expect(a.take().length + c.take().length).toBe(KEYS.length)
    for (const [i, rkey] of KEYS.entries()) publisher.say(16, 2 + KEYS.length + i, { rkey, eligible: [b.session] }, TOPIC, [rkey])
    expect([a, b, c, publisher].map((peer) => peer.take().length)).toEqual([0, KEYS.length, 0, 0])
  })

  it('is shared by itself: each pattern and topic has its own nkeys', () => {
    const [a, b, publisher] = [world.join(), world.join(), world.join()]
    a.subscribe(TOPIC, { nkey: 'a' })
    b.subscribe('com.example', { nkey: 'b', match: 'prefix' })
    publisher.say(16, 1, { rkey: 'x' }, TOPIC)
    expect([a.take().length, b.take().length]).toEqual([1, 1])
  })

  it('leaves retained events as they are: each gets them', () => {
    const [a, b, publisher] = [world.join(), world.join(), world.join()]
    publisher.say(16, 1, { rkey: 'x', retain: true }, TOPIC, ['kept'])
    for (const [nkey, peer] of Object.entries({ a, b })) {
      peer.say(32, 1, { nkey, get_retained: true }, TOPIC)
      expect(peer.take().map(([type]) => type)).toEqual([33, 36])
    }
  })

  it('refuses a second nkey of the same session, and answers the same one', () => {
    const peer = world.join()
    peer.subscribe(TOPIC, { nkey: 'a' })
    peer.subscribe(TOPIC, { nkey: 'a' })
    for (const [i, options] of [{ nkey: 'b' }, {}].entries()) {
      peer.say(32, 3 + i, options, TOPIC)
      expect(peer.takeOne()[4]).toBe('wamp.error.invalid_argument')
    }
  })

  it('asks only the one that gets it whether it can hold the payload', () => {
    const [json, cbor, publisher] = [world.join(), world.join({ serializer: 'cbor' }), world.join({ serializer: 'cbor' })]
    json.subscribe(TOPIC, { nkey: 'json' })
    cbor.subscribe(TOPIC, { nkey: 'cbor' })
    for (const [i, rkey] of KEYS.entries()) publisher.say(16, 1 + i, { rkey, acknowledge: true }, TOPIC, [NaN])
    const answers = publisher.take().map(([type]) => type)
    expect(json.take()).toEqual([])
    expect(answers.filter((type) => type === 17)).toHaveLength(cbor.take().length)
    expect(new Set(answers)).toEqual(new Set([8, 17]))
  })

  it.each([1.5, true, ['a'], { a: 1 }])('refuses a PUBLISH with rkey %j', (rkey) => {
    const [subscriber, publisher] = [world.join(), world.join()]
    subscriber.subscribe(TOPIC)
    publisher.say(16, 1, { rkey, acknowledge: true }, TOPIC)
    expect(publisher.take()).toEqual([[8, 16, 1, {}, 'wamp.error.invalid_argument', ['rkey must be a string or an integer']]])
    publisher.say(16, 2, { rkey }, TOPIC)
    expect([publisher.take(), subscriber.take()]).toEqual([[], []])
  })
})
