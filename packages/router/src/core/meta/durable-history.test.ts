// Shows the history of durable topics: it is in the store, and survives the end of the router.

import { describe, expect, it } from 'vitest'
import { DurableWorld } from '../../testing/durable-world.ts'
import { GET_EVENTS } from '../../testing/history.ts'
import type { TestPeer } from '@trunkline/testkit'

const ORDERS = 'com.shop.orders'
const ACTIONS = ['call', 'publish', 'subscribe'] as const

/** A world with events `1` to `count` of one topic; the ids of their publications. */
function made(count: number) {
  const rules = ['**', 'wamp.**', 'trunkline.**'].map((uri) => ({ uri, allow: ACTIONS }))
  const durable = new DurableWorld({ realm: { roles: { anonymous: rules } } })
  const publisher = durable.world.join()
  const watcher = durable.world.join()
  watcher.subscribe('com.shop.', { match: 'prefix' })
  for (let i = 1; i <= count; i++) publisher.say(16, publisher.nextRequest, {}, ORDERS, [i])
  durable.sync()
  return { durable, publisher, ids: watcher.take().map(([, , id]) => id as number) }
}

/** The first arguments of the events that answer a query, and whether there are more. */
function ask(durable: DurableWorld, peer: TestPeer, id: number, kwargs: Record<string, unknown> = {}): unknown[] {
  peer.say(48, peer.nextRequest, {}, GET_EVENTS, [id], kwargs)
  durable.sync()
  const [type, , , events, more] = peer.takeOne() as [number, number, unknown, { args: unknown[] }[], Record<string, unknown>]
  expect(type).toBe(50)
  return [...events.map(({ args }) => args[0]), ...(more['is_limit_reached'] === true ? ['more'] : [])]
}

describe('the history of durable topics', () => {
  it('is kept without another rule, and survives the end of the router', () => {
    const { durable } = made(5)
    durable.crash()
    const peer = durable.world.join()
    const watcher = durable.world.join()
    const id = watcher.subscribe(ORDERS)
    expect(ask(durable, peer, id)).toEqual([1, 2, 3, 4, 5])
    expect(ask(durable, peer, id, { limit: 2 })).toEqual([1, 2, 'more'])
    expect(ask(durable, peer, id, { limit: 2, reverse: true })).toEqual([5, 4, 'more'])
  })

  it('can be read by the subscription of its rule, which needs no subscriber', () => {
    const { durable } = made(3)
    const peer = durable.world.join()
    const [, , , [ids]] = peer.call('wamp.subscription.match', [ORDERS]) as [number, number, unknown, number[][]]
    expect(ids).toHaveLength(1)
    expect(ask(durable, peer, ids?.[0] ?? 0)).toEqual([1, 2, 3])
  })

  it('is searched by publications on either side, over many pages', () => {
    const { durable, ids } = made(1_000)
    const peer = durable.world.join()
    const id = durable.world.join().subscribe(ORDERS)
    const at = (place: number): number | undefined => ids[place - 1]
    expect(ask(durable, peer, id, { from_publication: at(600), limit: 2 })).toEqual([600, 601, 'more'])
    expect(ask(durable, peer, id, { after_publication: at(600), limit: 2 })).toEqual([601, 602, 'more'])
    expect(ask(durable, peer, id, { after_publication: at(997) })).toEqual([998, 999, 1000])
    expect(ask(durable, peer, id, { before_publication: at(600), limit: 2, reverse: true })).toEqual([599, 598, 'more'])
    expect(ask(durable, peer, id, { until_publication: at(3) })).toEqual([1, 2, 3])
    expect(ask(durable, peer, id, { after_publication: at(10), before_publication: at(13), reverse: true })).toEqual([12, 11])
    expect(ask(durable, peer, id, { until_publication: 12_345 })).toEqual([])
  })

  it('shows a reader only what is for it', () => {
    const { durable, publisher } = made(1)
    publisher.say(16, publisher.nextRequest, { eligible_authrole: ['boss'] }, ORDERS, ['secret'])
    publisher.say(16, publisher.nextRequest, { eligible_authrole: ['anonymous'] }, ORDERS, ['open'])
    durable.sync()
    expect(ask(durable, durable.world.join(), durable.world.join().subscribe(ORDERS))).toEqual([1, 'open'])
  })

  it('does not show what the store has, and nobody has been told of', () => {
    const { durable, publisher } = made(1)
    const [peer, id] = [durable.world.join(), durable.world.join().subscribe(ORDERS)]
    peer.say(48, peer.nextRequest, {}, GET_EVENTS, [id])
    publisher.say(16, publisher.nextRequest, {}, ORDERS, ['later'])
    durable.sync()
    const [, , , events] = peer.takeOne() as [number, number, unknown, { args: unknown[] }[]]
    expect(events.map(({ args }) => args[0]).slice(0, 1)).toEqual([1])
  })
})

describe('retained events of durable topics', () => {
  it('survive the end of the router, the newest of each topic, until they are cleared', () => {
    const { durable, publisher } = made(1)
    publisher.say(16, publisher.nextRequest, { retain: true }, ORDERS, ['old'])
    publisher.say(16, publisher.nextRequest, { retain: true }, ORDERS, ['new'])
    publisher.say(16, publisher.nextRequest, { retain: true }, 'com.shop.prices', ['price'])
    durable.sync()
    const seen = (): unknown[] => {
      const peer = durable.world.join()
      peer.say(32, peer.nextRequest, { match: 'prefix', get_retained: true }, 'com.shop.')
      durable.sync()
      const [, ...events] = peer.take()
      return events.map(([, , , details, args]) => [(details as Record<string, unknown>)['retained'], ...(args as unknown[])])
    }
    const retained = [
      [true, 'new'],
      [true, 'price'],
    ]
    expect(seen()).toEqual(retained)
    durable.crash()
    expect(seen()).toEqual(retained)
    const peer = durable.world.join()
    peer.say(48, peer.nextRequest, {}, 'trunkline.admin.clear_retained', [ORDERS])
    durable.sync()
    expect(peer.takeOne()[3]).toEqual([1])
    expect(seen()).toEqual([[true, 'price']])
    durable.crash()
    expect(seen()).toEqual([[true, 'price']])
  })

  it('are waited for by a subscriber that comes first', () => {
    const { durable, publisher } = made(1)
    publisher.say(16, publisher.nextRequest, { retain: true }, ORDERS, ['kept'])
    durable.sync()
    durable.crash(false)
    const peer = durable.world.join()
    peer.say(32, peer.nextRequest, { get_retained: true }, ORDERS)
    expect(peer.take()).toEqual([])
    durable.sync()
    expect(peer.take().map(([type]) => type)).toEqual([33, 36])
  })
})
