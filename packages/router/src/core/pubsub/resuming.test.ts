// Shows what a subscriber gets that has missed events of durable topics: all of them, in order and once, or the reason why not.

import type { TestPeer } from '@trunkline/testkit'
import { describe, expect, it } from 'vitest'
import type { DurableWorldOptions } from '../../testing/durable-world.ts'
import { DurableWorld } from '../../testing/durable-world.ts'

const ORDERS = 'com.shop.orders'

function publish(peer: TestPeer, value: unknown, topic = ORDERS, options: Record<string, unknown> = {}): void {
  peer.say(16, peer.nextRequest, options, topic, [value])
}

interface Wanted {
  readonly topic?: string
  readonly options?: Record<string, unknown>
}

/** Subscribes with `_resume`; SUBSCRIBED.Details. */
function resume(durable: DurableWorld, peer: TestPeer, asked: unknown, { topic = ORDERS, options = {} }: Wanted = {}): unknown {
  peer.say(32, peer.nextRequest, { _resume: asked, ...options }, topic)
  durable.sync()
  const subscribed = peer.take()
  rest.set(peer, subscribed.slice(1))
  expect(subscribed[0]?.[0]).toBe(33)
  return subscribed[0]?.[3]
}

const rest = new WeakMap<TestPeer, unknown[][]>()

/** What came with and since SUBSCRIBED. */
function eventsOf(peer: TestPeer): unknown[][] {
  const events = [...(rest.get(peer) ?? []), ...peer.take()]
  rest.delete(peer)
  return events
}

function valuesOf(peer: TestPeer): unknown[] {
  return eventsOf(peer).map((message) => {
    const [value] = message[4] as unknown[]
    return value
  })
}

/** A world with ten events. */
function made(options: DurableWorldOptions = {}) {
  const durable = new DurableWorld(options)
  const publisher = durable.world.join()
  const watcher = durable.world.join()
  const { _epoch: epoch } = resume(durable, watcher, {}) as Record<string, unknown>
  for (let i = 1; i <= 10; i++) publish(publisher, i)
  durable.sync()
  return { durable, publisher, watcher, epoch }
}

describe('a subscriber that resumes', () => {
  it('gets what it missed after the place that it names, then live events', () => {
    const { durable, publisher, epoch } = made()
    const peer = durable.world.join()
    expect(resume(durable, peer, { epoch, position: 4 })).toEqual({ _recovered: true, _epoch: epoch, _position: 4 })
    publish(publisher, 11)
    durable.sync()
    expect(valuesOf(peer)).toEqual([5, 6, 7, 8, 9, 10, 11])
  })

  it('does so after the end of the router, which keeps epoch and places', () => {
    const { durable, epoch } = made()
    durable.crash()
    const [publisher, peer] = [durable.world.join(), durable.world.join()]
    expect(resume(durable, peer, { epoch, position: 8 })).toEqual({ _recovered: true, _epoch: epoch, _position: 8 })
    publish(publisher, 11)
    durable.sync()
    const events = eventsOf(peer)
    expect(events.map(([, , , details]) => details)).toEqual([9, 10, 11].map((_position) => ({ _position, _epoch: epoch })))
  })

  it('gets each event once while others are published, whenever the store answers', () => {
    for (let delay = 0; delay < 12; delay++) {
      const { durable, publisher, epoch } = made()
      const peer = durable.world.join()
      peer.say(32, peer.nextRequest, { _resume: { epoch, position: 2 } }, ORDERS)
      for (let step = 0; step < 12; step++) {
        if (step === delay) durable.disk.settle()
        publish(publisher, 11 + step)
      }
      durable.sync()
      publish(publisher, 23)
      durable.sync()
      expect(
        peer
          .take()
          .slice(1)
          .map((message) => (message[4] as unknown[])[0]),
      ).toEqual(Array.from({ length: 21 }, (_, i) => i + 3))
    }
  })

  it('gets many pages, and no further one before it has taken the last', () => {
    const { durable, publisher, epoch } = made()
    for (let i = 11; i <= 2_000; i++) publish(publisher, i)
    durable.sync()
    const peer = durable.world.join()
    peer.stopReading()
    peer.say(32, peer.nextRequest, { _resume: { epoch, position: 0 } }, ORDERS)
    durable.sync()
    const queued = durable.world.router.load.queuedBytes
    expect(queued).toBeGreaterThan(0)
    expect(queued).toBeLessThan(200_000)
    publish(publisher, 2_001)
    durable.sync()
    expect(durable.world.router.load.queuedBytes).toBe(queued)
    peer.resumeReading()
    durable.sync()
    expect(
      peer
        .take()
        .slice(1)
        .map((message) => (message[4] as unknown[])[0]),
    ).toEqual(Array.from({ length: 2_001 }, (_, i) => i + 1))
  })

  it('does not get what its earlier sessions published themselves', () => {
    const { durable, publisher, epoch } = made()
    publish(publisher, 'to all', ORDERS, { exclude_me: false })
    durable.sync()
    const peer = durable.world.join()
    resume(durable, peer, { epoch, position: 8, sessions: [publisher.session] })
    expect(valuesOf(peer)).toEqual(['to all'])
  })

  it('gets only what is for it', () => {
    const { durable, publisher, epoch } = made()
    publish(publisher, 'nobody', ORDERS, { eligible_authrole: ['boss'] })
    publish(publisher, 'all but', ORDERS, { exclude_authrole: ['anonymous'] })
    publish(publisher, 'role', ORDERS, { eligible_authrole: ['anonymous'] })
    durable.sync()
    const peer = durable.world.join()
    resume(durable, peer, { epoch, position: 10 })
    expect(valuesOf(peer)).toEqual(['role'])
  })

  it('with a pattern gets events of its topics only, with their topic', () => {
    const { durable, publisher, epoch } = made()
    publish(publisher, 'other', 'com.shop.prices')
    publish(publisher, 'deep', 'com.shop.a.b')
    durable.sync()
    const [prefix, wildcard] = [durable.world.join(), durable.world.join()]
    resume(durable, prefix, { epoch, position: 9 }, { topic: 'com.shop.', options: { match: 'prefix' } })
    expect(eventsOf(prefix).map((message) => (message[3] as Record<string, unknown>)['topic'])).toEqual([
      ORDERS,
      'com.shop.prices',
      'com.shop.a.b',
    ])
    expect(resume(durable, wildcard, { epoch, position: 9 }, { topic: 'com.shop.', options: { match: 'wildcard' } })).toMatchObject({
      _recovered: true,
    })
    expect(valuesOf(wildcard)).toEqual([10, 'other'])
  })

  it('in another serializer gets the same', () => {
    const { durable, epoch } = made()
    const peer = durable.world.join({ serializer: 'cbor' })
    resume(durable, peer, { epoch, position: 7 })
    expect(valuesOf(peer)).toEqual([8, 9, 10])
  })

  it('gets no retained event besides what it missed', () => {
    const { durable, publisher, epoch } = made()
    publish(publisher, 'kept', ORDERS, { retain: true })
    durable.sync()
    const peer = durable.world.join()
    resume(durable, peer, { epoch, position: 10 }, { topic: ORDERS, options: { get_retained: true } })
    expect(eventsOf(peer).map(([, , , details, args]) => [details, args])).toEqual([[{ _position: 11, _epoch: epoch }, ['kept']]])
  })

  it('counts its catching up until it has all, and takes nothing with it when it leaves before', () => {
    const { durable, epoch } = made()
    const peer = durable.world.join()
    peer.stopReading()
    peer.say(32, peer.nextRequest, { _resume: { epoch, position: 0 } }, ORDERS)
    const { broker } = durable.realm
    expect(broker.catchingUp.size).toBe(1)
    peer.drop()
    durable.sync()
    expect(broker.catchingUp.size).toBe(0)
  })
})

describe('a subscriber that cannot resume is told so', () => {
  it('when the store has dropped what it missed', () => {
    const { durable, publisher, epoch } = made({ keep: { events: 5 } })
    const peer = durable.world.join()
    expect(resume(durable, peer, { epoch, position: 4 })).toEqual({ _recovered: false, _reason: 'expired', _epoch: epoch, _position: 10 })
    expect(resume(durable, durable.world.join(), { epoch, position: 5 })).toMatchObject({ _recovered: true })
    publish(publisher, 11)
    durable.sync()
    expect(valuesOf(peer)).toEqual([11])
  })

  it('when its epoch or place is not of this store', () => {
    const { durable, epoch } = made()
    for (const asked of [
      { epoch: 'other', position: 4 },
      { epoch, position: 11 },
    ]) {
      const peer = durable.world.join()
      expect(resume(durable, peer, asked)).toEqual({ _recovered: false, _reason: 'epoch', _epoch: epoch, _position: 10 })
      expect(eventsOf(peer)).toEqual([])
    }
  })

  it('when its topics are not all durable, or it shares its events', () => {
    const { durable, epoch } = made()
    const peer = durable.world.join()
    const refused = { _recovered: false, _reason: 'not_allowed' }
    expect(resume(durable, peer, { epoch, position: 4 }, { topic: 'com.other' })).toEqual(refused)
    expect(resume(durable, peer, { epoch, position: 4 }, { topic: 'com.', options: { match: 'prefix' } })).toEqual(refused)
    expect(resume(durable, peer, { epoch, position: 4 }, { topic: 'com.shop.x', options: { nkey: 'a' } })).toEqual(refused)
  })

  it('when it has the subscription already', () => {
    const { durable, epoch, watcher } = made()
    watcher.take()
    expect(resume(durable, watcher, { epoch, position: 4 })).toEqual({
      _recovered: false,
      _reason: 'not_allowed',
      _epoch: epoch,
      _position: 10,
    })
    expect(eventsOf(watcher)).toEqual([])
  })

  it('by a gap when the store drops events while it is behind', () => {
    const { durable, publisher, epoch } = made({ keep: { events: 300 } })
    for (let i = 11; i <= 300; i++) publish(publisher, i)
    durable.sync()
    const peer = durable.world.join()
    peer.stopReading()
    peer.say(32, peer.nextRequest, { _resume: { epoch, position: 0 } }, ORDERS)
    durable.sync()
    for (let i = 301; i <= 900; i++) publish(publisher, i)
    durable.sync()
    peer.resumeReading()
    durable.sync()
    const events = peer.take().slice(1)
    const places = events.map((message) => (message[3] as Record<string, number>)['_position'] ?? 0)
    const gaps = events.map((message) => (message[3] as Record<string, number>)['_gap'] ?? 0)
    expect(places.at(-1)).toBe(900)
    expect(gaps.reduce((sum, gap) => sum + gap, 0)).toBeGreaterThanOrEqual(900 - events.length)
    for (const [i, place] of places.entries()) expect(place).toBe((places[i - 1] ?? 0) + (gaps[i] ?? 0) + 1)
  })
})

it('a subscriber without `_resume` gets SUBSCRIBED of three elements, and live events', () => {
  const { durable } = made()
  const peer = durable.world.join()
  peer.say(32, 1, {}, ORDERS)
  expect(peer.takeOne()).toEqual([33, 1, expect.any(Number)])
})

it('`_resume` of another form is refused', () => {
  const { durable } = made()
  const peer = durable.world.join()
  const sessions = Array.from({ length: 17 }, (_, i) => i + 1)
  for (const asked of [true, [], { epoch: 1, position: 2 }, { epoch: 'a' }, { epoch: 'a', position: -1 }, { sessions }]) {
    peer.say(32, peer.nextRequest, { _resume: asked }, ORDERS)
    expect(peer.takeOne()[4]).toBe('wamp.error.invalid_argument')
  }
})
