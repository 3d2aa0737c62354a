// Shows the lists of a realm for operators: pages that hold while entries come and go, filters, and what is counted of each entry.

import { OPEN_REALM, World } from '@trunkline/testkit'
import type { Page } from '@trunkline/router'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

let world: World
beforeEach(() => {
  world = new World({ realms: { realm1: OPEN_REALM } })
})
afterEach(() => world.end())

function realm() {
  const view = world.router.realm('realm1')
  if (view === undefined) throw new Error('no realm1')
  return view
}

function sessionIds(page: Page<{ readonly id: number }>): number[] {
  return page.entries.map(({ id }) => id)
}

describe('a page of sessions', () => {
  it('begins where the page before ended, whoever has left or joined meanwhile', () => {
    const peers = Array.from({ length: 5 }, () => world.join())
    const ids = peers.map(({ session }) => session)
    const first = realm().sessionPage({}, { after: 0, most: 2 })
    expect(sessionIds(first)).toEqual(ids.slice(0, 2))
    peers[1]?.say(6, {}, 'wamp.close.close_realm')
    peers[2]?.say(6, {}, 'wamp.close.close_realm')
    const late = world.join()
    const second = realm().sessionPage({}, { after: first.next ?? -1, most: 2 })
    expect(sessionIds(second)).toEqual(ids.slice(3))
    const third = realm().sessionPage({}, { after: second.next ?? -1, most: 2 })
    expect([sessionIds(third), third.next]).toEqual([[late.session], undefined])
  })

  it('looks at a bounded number of sessions, and may then be empty without being the last', () => {
    const first = world.join()
    for (let i = 0; i < 4; i++) world.join()
    const rare = world.connect()
    rare.say(1, 'realm1', { roles: { caller: {} }, agent: 'Rare 1' })
    rare.welcomed()
    expect(sessionIds(realm().sessionPage({}, { after: 0, most: 1 }))).toEqual([first.session])
    const none = realm().sessionPage({ search: 'RARE' }, { after: 0, most: 10, looks: 5 })
    expect([none.entries, none.looked]).toEqual([[], 5])
    const second = realm().sessionPage({ search: 'RARE' }, { after: none.next ?? -1, most: 10 })
    expect([sessionIds(second), second.next]).toEqual([[rare.session], undefined])
  })

  it('looks at fewer where long texts are searched for a long one, which may take as long as both are together', () => {
    const peer = world.join()
    for (let i = 0; i < 10; i++) peer.subscribe(`com.${'a'.repeat(1_000)}${i}`)
    const [short, long] = ['ab', `${'a'.repeat(250)}b${'a'.repeat(250)}`].map((search) =>
      realm().topicPage({ search }, { after: 0, most: 10, looks: 2_000 }),
    )
    expect([short?.next, (short?.looked ?? 0) < 50]).toEqual([undefined, true])
    expect([long?.entries, long?.looked]).toEqual([[], expect.toSatisfy((looked: number) => looked >= 2_000 && looked < 4_000)])
    expect(long?.next).toBeDefined()
  })

  it('holds the sessions that have all of what is given', () => {
    const [json, cbor] = [world.join(), world.join({ serializer: 'cbor' })]
    const found = (filter: object): number[] => sessionIds(realm().sessionPage(filter, { after: 0, most: 10 }))
    expect(found({ serializer: 'cbor' })).toEqual([cbor.session])
    expect(found({ authrole: 'anonymous' })).toEqual([json.session, cbor.session])
    expect(found({ authrole: 'anonymous', serializer: 'msgpack' })).toEqual([])
    expect(found({ transport: 'local' })).toEqual([])
    expect(found({ isSlow: false })).toEqual([json.session, cbor.session])
    json.stopReading()
    json.say(32, 1, {}, 'com.a')
    expect(found({ isSlow: true })).toEqual([json.session])
  })
})

describe('a session', () => {
  it('has its messages and octets since WELCOME, also when it is the second of its connection', () => {
    const peer = world.join()
    const traffic = () => realm().sessionRow(peer.session)?.traffic
    expect(traffic()).toMatchObject({ messagesIn: 0, messagesOut: 1 })
    peer.say(32, 1, {}, 'com.a')
    const octetsIn = JSON.stringify([32, 1, {}, 'com.a']).length
    expect(traffic()).toMatchObject({ messagesIn: 1, octetsIn, messagesOut: 2 })
    peer.say(6, {}, 'wamp.close.close_realm')
    peer.say(1, 'realm1', { roles: { caller: {} } })
    const session = peer.take().find(([type]) => type === 2)?.[1]
    expect(realm().sessionRow(session as number)?.traffic).toMatchObject({ messagesIn: 0, octetsIn: 0, messagesOut: 1 })
  })

  it('has at most 128 characters of what its client calls itself', () => {
    const peer = world.connect()
    peer.say(1, 'realm1', { roles: { caller: {} }, agent: 'x'.repeat(1_000) })
    peer.welcomed()
    expect(realm().sessionRow(peer.session)?.agent).toBe('x'.repeat(128))
  })

  it('of the router itself is none for operators', () => {
    expect(realm().sessions.some(({ isInternal }) => isInternal)).toBe(true)
    expect(realm().sessionPage({}, { after: 0, most: 10 })).toEqual({ entries: [], next: undefined, looked: 0 })
    const own = realm().sessions.find(({ isInternal }) => isInternal)
    expect(realm().sessionRow(own?.id ?? 0)).toBe(undefined)
  })
})

describe('a procedure', () => {
  it('has its calls, and those that ended with an error, without an answer or because the callee left', () => {
    const [callee, caller] = [world.join(), world.join()]
    callee.say(64, 1, {}, 'com.add')
    const [[, , registration]] = callee.take() as [[number, number, number]]
    for (const request of [1, 2, 3]) caller.say(48, request, request === 3 ? { timeout: 1_000 } : {}, 'com.add')
    const [first, second] = callee.take().map(([, invocation]) => invocation)
    callee.say(70, first, {}, [1])
    callee.say(8, 68, second, {}, 'com.error')
    world.advance(2_000)
    caller.say(48, 4, {}, 'com.add')
    const row = () => realm().procedurePage({}, { after: 0, most: 10 }).entries[0]
    expect(row()).toMatchObject({ id: registration, uri: 'com.add', match: 'exact', invoke: 'single', callees: 1, calls: 4, errors: 2 })
    const other = world.join()
    other.say(64, 1, { force_reregister: true }, 'com.add')
    expect(realm().extent).toMatchObject({ procedures: 1 })
  })

  it('of the router itself is left out, and not counted', () => {
    expect(realm().registrations.length).toBeGreaterThan(10)
    expect([realm().extent.procedures, realm().procedurePage({}, { after: 0, most: 10 }).entries]).toEqual([0, []])
  })
})

describe('a topic', () => {
  it('has its publications, deliveries, and the events that a subscriber could not take', () => {
    const [first, second, publisher] = [world.join(), world.join(), world.join()]
    for (const peer of [first, second]) peer.say(32, 1, { match: 'prefix' }, 'com.')
    for (const [i, topic] of ['com.a', 'com.b', 'org.c'].entries()) publisher.say(16, i + 1, {}, topic)
    second.maxSendBytes = 100
    publisher.say(16, 4, {}, 'com.long', ['x'.repeat(200)])
    const [row] = realm().topicPage({ search: 'COM' }, { after: 0, most: 10 }).entries
    expect(row).toMatchObject({ uri: 'com.', match: 'prefix', subscribers: 2, publications: 3, deliveries: 5, dropped: 1, gaps: 1 })
    expect(realm().topicPage({ search: 'org' }, { after: 0, most: 10 }).entries).toEqual([])
  })
})
