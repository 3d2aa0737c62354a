// Shows that searches of the history of durable topics take turns by owner, end with their calls and sessions, and are bounded.

import type { TestPeer } from '@trunkline/testkit'
import { ALLOW_ALL, OPEN_REALM } from '@trunkline/testkit'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { DurableNames, ORDERS } from '../../testing/durable-names.ts'
import { GET_EVENTS } from '../../testing/history.ts'
import type { EventQuery, RealmStore } from '../ports/event-store.ts'

/** As many as one owner may have open. */
const MOST = 32
/** Pages that it takes to look through all events. */
const PAGES = 4

let durable: DurableNames
let [all, orders] = [0, 0]
/** The pages that were asked for. */
let pages: EventQuery[] = []
let store: RealmStore

beforeEach(() => {
  const roles = { anonymous: [...ALLOW_ALL, { uri: 'trunkline.durable.**', allow: ['call'] as const }] }
  durable = DurableNames.of({ realm: { ...OPEN_REALM, roles } })
  durable.publish(...Array.from({ length: 256 * (PAGES - 1) + 1 }, (_, i) => i))
  const subscriber = durable.world.join()
  all = subscriber.subscribe('com.shop.', { match: 'prefix' })
  orders = subscriber.subscribe(ORDERS)
  pages = []
  store = durable.realm.broker.durable.store as RealmStore
  const read = store.read.bind(store)
  vi.spyOn(store, 'read').mockImplementation((query, done) => {
    pages.push(query)
    read(query, done)
  })
})

/** Asks for what is not there: a search looks through everything. */
function search(peer: TestPeer, subscription = all, options = {}): number {
  const request = peer.nextRequest
  peer.say(48, request, options, GET_EVENTS, [subscription], { topic: 'com.shop.none' })
  return request
}

/** Lets the store answer what it was asked, and the router go on. */
function turn(): void {
  durable.disk.settle()
  durable.world.settle()
}

/** The requests that were answered: by a result, or by which error. */
function answers(peer: TestPeer): unknown[] {
  return peer.take().map(([type, first, second, , error]) => (type === 50 ? first : [second, error]))
}

describe('searches of the history of durable topics', () => {
  it('read one page at a time, owner after owner, and of each session one after the other', () => {
    const [many, other] = [durable.of('10.0.0.1'), durable.of('10.0.0.2')]
    const requests = [1, 2, 3].map(() => search(many))
    const one = search(other, orders)
    durable.world.settle()
    expect(pages).toHaveLength(1)
    // The first page was asked for before the other came.
    const inTurn = ['prefix', ...Array.from({ length: PAGES }, () => ['prefix', 'exact']).flat()]
    for (let i = 1; i < inTurn.length; i++) {
      turn()
      expect(pages).toHaveLength(i + 1)
    }
    expect(pages.map(({ filter }) => filter.match)).toEqual(inTurn)
    turn()
    expect([answers(many), answers(other)]).toEqual([requests.slice(0, 1), [one]])
    durable.sync()
    expect([answers(many), pages.length]).toEqual([requests.slice(1), 4 * PAGES])
  })

  it.each([
    ['the session has left', (peer: TestPeer) => peer.drop()],
    ['the session has said GOODBYE', (peer: TestPeer) => peer.say(6, {}, 'wamp.close.close_realm')],
    ['its call is canceled', (peer: TestPeer, requests: readonly number[]) => requests.forEach((request) => peer.say(49, request, {}))],
    ['its call has timed out', () => durable.world.advance(2_000)],
  ])('read no further page where %s', (_, end) => {
    const [leaving, staying] = [durable.of('10.0.0.1'), durable.of('10.0.0.1')]
    const requests = [1, 2, 3].map(() => search(leaving, all, { timeout: 1_000 }))
    durable.world.settle()
    end(leaving, requests)
    durable.sync()
    expect(pages).toHaveLength(1)
    const last = search(staying)
    durable.sync()
    expect([answers(staying), pages.length]).toEqual([[last], 1 + PAGES])
  })

  it('are refused beyond 32 of one owner, and counted, until one is answered or ends', () => {
    const [first, second, other] = [durable.of('10.0.0.1'), durable.of('10.0.0.1'), durable.of('10.0.0.2')]
    const [counters, before] = [durable.world.router.counters, durable.world.router.counters.limitsHit]
    const requests = Array.from({ length: MOST }, (_, i) => search(i % 2 === 0 ? first : second))
    const refused = search(second)
    expect(answers(second)).toEqual([[refused, 'wamp.error.unavailable']])
    expect([counters.limitsHit - before, counters.limits.get('open searches of the history of durable topics')]).toEqual([1, 1])
    const others = search(other)
    // A canceled one makes room at once.
    first.say(49, requests[0], {})
    const again = search(second)
    expect(answers(second)).toEqual([])
    const second33 = search(second)
    expect(answers(second)).toEqual([[second33, 'wamp.error.unavailable']])
    durable.sync()
    expect(answers(other)).toEqual([others])
    expect(answers(second)).toEqual([...requests.filter((_, i) => i % 2 === 1), again])
    const after = Array.from({ length: MOST }, () => search(first))
    durable.sync()
    expect(answers(first).slice(-MOST)).toEqual(after)
  })

  it('are not needed to begin anew with the oldest event', () => {
    const owner = durable.world.join()
    durable.subscribe(owner, { name: 'rare', from: 'oldest' }, 'com.shop.none')
    expect(durable.call(owner, 'seek', 'rare', 'oldest')).toMatchObject({ position: 0 })
    expect(pages.filter(({ most }) => most === 1).map(({ from }) => from)).toEqual([store.last, store.last])
  })
})
