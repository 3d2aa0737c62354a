// Shows the queue of one peer: order, bounds, the calls of its owner, and what the sweep does.

import { beforeEach, describe, expect, it } from 'vitest'
import { Outbox } from './outbox.ts'
import { OutboxTotal } from './outbox-total.ts'
import { Told, Valve } from '../../testing/outbox-ends.ts'

const message = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('outbox', () => {
  let valve: Valve
  let told: Told
  let total: OutboxTotal
  let outbox: Outbox
  beforeEach(() => {
    valve = new Valve()
    told = new Told()
    total = new OutboxTotal(100)
    outbox = new Outbox(valve, { hard: 10, soft: 5 }, total, told)
  })

  it('hands on at once what the sink takes', () => {
    expect(outbox.push(message('one'), 'reply')).toBe('queued')
    expect(valve.taken).toEqual(['one'])
    expect([outbox.bytes, total.bytes, total.backlogged.size]).toEqual([0, 0, 0])
  })

  it('queues while the sink takes nothing, and lets nothing overtake when it does again', () => {
    valve.opening = 1
    for (const text of ['1', '2', '3']) outbox.push(message(text), 'reply')
    expect(valve.taken).toEqual(['1'])
    valve.opening = 1
    outbox.push(message('4'), 'reply')
    expect(valve.taken).toEqual(['1'])
    expect([outbox.bytes, total.bytes]).toEqual([3, 3])
    outbox.drain()
    expect(valve.taken).toEqual(['1', '2'])
    valve.opening = 9
    outbox.drain()
    expect(valve.taken).toEqual(['1', '2', '3', '4'])
    expect([outbox.isEmpty, total.bytes, total.backlogged.size]).toEqual([true, 0, 0])
  })

  it('may take results again when one of those that wait is handed on, and nothing else', () => {
    valve.opening = 0
    outbox.push(message('event'), 'event')
    for (const text of ['result', 'more']) outbox.push(message(text), 'result')
    expect([outbox.takesResults, outbox.push(message('x'), 'result'), outbox.takesResults]).toEqual([false, 'full', false])
    valve.opening = 1
    outbox.drain()
    expect([valve.taken, outbox.takesResults]).toEqual([['event'], false])
    valve.opening = 1
    outbox.drain()
    expect([valve.taken, outbox.takesResults]).toEqual([['event', 'result'], true])
    expect(outbox.push(message('too long'), 'result')).toBe('full')
    expect([outbox.takesResults, outbox.push(message('y'), 'result')]).toEqual([false, 'queued'])
  })

  it('copies what is not shared, since its bytes are used again', () => {
    valve.opening = 0
    const [own, shared] = [message('own'), message('sh')]
    outbox.push(own, 'reply')
    outbox.push(shared, 'event')
    own.fill(0x78)
    valve.opening = 9
    outbox.drain()
    expect(valve.taken).toEqual(['own', 'sh'])
  })

  it('keeps the order over thousands of messages drained bit by bit', () => {
    const wide = new Outbox(valve, { hard: 1_000_000, soft: 1_000_000 }, new OutboxTotal(1_000_000), told)
    const texts = Array.from({ length: 5_000 }, (_, i) => String(i))
    valve.opening = 0
    for (const text of texts) {
      wide.push(message(text), 'event')
      if (Number(text) % 7 === 0) {
        valve.opening = 3
        wide.drain()
        valve.opening = 0
      }
    }
    valve.opening = Number.POSITIVE_INFINITY
    wide.drain()
    expect(valve.taken).toEqual(texts)
  })

  it('gives up what waits, once, when more waits than may; takes nothing more', () => {
    valve.opening = 0
    expect(outbox.push(message('123456'), 'reply')).toBe('queued')
    expect(outbox.push(message('7890'), 'reply')).toBe('queued')
    expect(outbox.push(message('x'), 'reply')).toBe('closed')
    expect(outbox.push(message('y'), 'reply')).toBe('closed')
    expect([outbox.bytes, total.bytes, total.backlogged.size]).toEqual([0, 0, 0])
    expect(told.what).toEqual(['slow'])
    valve.opening = 9
    outbox.drain()
    expect(outbox.push(message('z'), 'reply')).toBe('closed')
    expect(valve.taken).toEqual([])
  })

  it('lets a single message be longer than the limit when nothing else waits', () => {
    valve.opening = 0
    expect(outbox.push(message('longer than ten'), 'reply')).toBe('queued')
    expect(outbox.push(message('x'), 'reply')).toBe('closed')
    expect(told.what).toEqual(['slow'])
  })

  it.each(['call', 'result', 'offered_event'] as const)('refuses a %s beyond its bound, and keeps what waits', (kind) => {
    valve.opening = 0
    expect([outbox.push(message('123456'), kind), outbox.push(message('7890'), kind), outbox.push(message('x'), kind)]).toEqual([
      'queued',
      'queued',
      'full',
    ])
    expect(outbox.bytes).toBe(10)
    valve.opening = 2
    outbox.drain()
    expect(outbox.push(message('longer than ten'), kind)).toBe('queued')
    expect(outbox.push(message('x'), kind)).toBe('full')
    expect(told.what).toEqual([])
  })

  it.each(['call', 'result', 'offered_event'] as const)('refuses a short %s beyond one for each hundred octets of its bound', (kind) => {
    valve.opening = 0
    const wide = new Outbox(valve, { hard: 200_000, soft: 200_000 }, total, told)
    total.limit = 1_000_000
    for (let i = 0; i < 2_000; i++) expect(wide.push(message('x'), kind)).toBe('queued')
    expect([wide.push(message('x'), kind), wide.takesResults]).toEqual(['full', kind !== 'result'])
    valve.opening = 1
    wide.drain()
    expect([wide.push(message('x'), kind), wide.push(message('x'), kind), told.what]).toEqual(['queued', 'full', []])
    expect(wide.hasRoom(1)).toBe(kind !== 'offered_event')
  })

  it('closes for so many short events and replies, and drops the oldest events first where it may', () => {
    valve.opening = 0
    total.limit = 1_000_000
    const [strict, loose] = [1, 2].map(() => new Outbox(valve, { hard: 200_000, soft: 200_000 }, total, told))
    const delivery = { subscription: 1, topic: 'a', policy: 'drop_oldest', missed: 0 } as const
    for (let i = 0; i < 1_000; i++) strict?.push(message('x'), i % 2 === 0 ? 'reply' : 'event')
    for (let i = 0; i < 1_000; i++) strict?.push(message('x'), 'event')
    for (const now of [0, 1_000]) strict?.checkProgress(now, 10_000)
    expect([strict?.push(message('x'), 'event'), told.what]).toEqual(['closed', ['slow']])
    for (let i = 0; i < 2_500; i++) expect(loose?.push(message('x'), 'event', delivery)).toBe('queued')
    expect([loose?.size, loose?.backlog(0).dropped]).toEqual([2_000, 500])
    loose?.clear()
  })

  it('lets neither calls nor results take the room of each other, nor of replies and events', () => {
    valve.opening = 0
    const ten = message('1234567890')
    for (const kind of ['call', 'result', 'reply'] as const) expect(outbox.push(ten, kind)).toBe('queued')
    expect([outbox.push(ten, 'call'), outbox.push(ten, 'result'), told.what]).toEqual(['full', 'full', []])
    for (const now of [0, 1_000]) outbox.checkProgress(now, 10_000)
    expect(outbox.push(message('x'), 'event')).toBe('closed')
    expect(told.what).toEqual(['slow'])
  })

  it('may hold more than the limit for a peer that reads, and is closed for time without progress', () => {
    valve.opening = 0
    const ten = (): Uint8Array => message('1234567890')
    for (let i = 0; i < 4; i++) expect(outbox.push(ten(), 'event')).toBe('queued')
    expect([outbox.push(message('reply'), 'reply'), outbox.bytes]).toEqual(['queued', 45])
    for (let now = 0; now < 3_000; now += 1_000) {
      valve.opening = 1
      outbox.drain()
      outbox.checkProgress(now, 10_000)
      expect([outbox.push(ten(), 'event'), outbox.bytes, told.what]).toEqual(['queued', 45, []])
    }
    outbox.checkProgress(4_000, 10_000)
    expect([told.what, outbox.bytes]).toEqual([['slow'], 0])
  })

  it.each([
    ['its principal has half of what all may have', 6, 'x'],
    ['all together have all of it', 4, 'x'.repeat(55)],
  ])('may hold more than the limit for a peer that reads until %s, so that none of the others goes for that', (_, most, ofOther) => {
    valve.opening = 0
    const other = new Outbox(valve, { hard: 5, soft: 5 }, total, new Told('other'))
    other.push(message(ofOther), 'event')
    const outcomes = Array.from({ length: most }, (_, i) => outbox.push(message(`123456789${i}`), 'event'))
    expect(outcomes).toEqual([...Array.from({ length: most - 1 }, () => 'queued'), most === 6 ? 'closed' : 'queued'])
    if (most === 4) expect(outbox.push(message('1234567890'), 'event')).toBe('closed')
    expect([told.what, other.bytes]).toEqual([['slow'], ofOther.length])
  })

  it('never refuses an interrupt, and closes for none; the calls behind it have less room', () => {
    valve.opening = 0
    outbox.push(message('1234567890'), 'call')
    for (let i = 0; i < 20; i++) expect(outbox.push(message('stop'), 'interrupt')).toBe('queued')
    expect(outbox.push(message('x'), 'call')).toBe('full')
    expect(told.what).toEqual([])
  })

  it('refuses an event for which replies leave no room, and keeps the one that it was to replace', () => {
    valve.opening = 0
    const delivery = { subscription: 1, topic: 'a', policy: 'conflate', missed: 0 } as const
    outbox.push(message('reply'), 'reply')
    expect(outbox.push(message('old'), 'event', delivery)).toBe('queued')
    expect(outbox.push(message('longer'), 'event', delivery)).toBe('full')
    valve.opening = 9
    outbox.drain()
    expect([valve.taken, told.gaps, told.what, outbox.backlog(0).dropped]).toEqual([['reply', 'old'], [], [], 1])
  })

  it('takes one last message after an overflow', () => {
    valve.opening = 0
    outbox.push(message('longer than ten'), 'reply')
    outbox.push(message('x'), 'reply')
    outbox.pushLast(message('last'))
    expect(outbox.isEmpty).toBe(false)
    valve.opening = 1
    outbox.drain()
    expect(valve.taken).toEqual(['last'])
    outbox.pushLast(message('waits'))
    expect(valve.taken).toEqual(['last'])
  })

  it('tells at the sweep that nothing was taken for too long: slow first, then stuck', () => {
    valve.opening = 0
    outbox.push(message('1'), 'reply')
    total.sweep(1_000, 10_000)
    total.sweep(10_999, 10_000)
    expect(told.what).toEqual([])
    total.sweep(11_000, 10_000)
    expect(told.what).toEqual(['slow: stall'])
    outbox.pushLast(message('last'))
    total.sweep(12_000, 10_000)
    total.sweep(21_999, 10_000)
    expect(told.what).toEqual(['slow: stall'])
    total.sweep(22_000, 10_000)
    expect(told.what).toEqual(['slow: stall', 'stuck: stall'])
  })

  it('takes any progress for life', () => {
    valve.opening = 0
    for (const text of ['1', '2', '3', '4']) outbox.push(message(text), 'reply')
    for (let now = 1_000; now < 40_000; now += 1_000) {
      if (now % 9_000 === 0) {
        valve.opening = 1
        outbox.drain()
      }
      total.sweep(now, 10_000)
    }
    expect(told.what).toEqual([])
  })
})

describe('the soft limit of an outbox', () => {
  it('is told of once until nothing waits any more', () => {
    const [valve, told] = [new Valve(), new Told()]
    const outbox = new Outbox(valve, { hard: 10, soft: 5 }, new OutboxTotal(100), told)
    for (let episode = 1; episode <= 2; episode++) {
      valve.opening = 0
      for (const part of ['12345', '6', '7']) outbox.push(message(part), 'reply')
      expect(told.backlogs).toEqual(Array.from({ length: episode }, () => 6))
      valve.opening = 2
      outbox.drain()
      outbox.push(message('123456'), 'reply')
      valve.opening = 9
      outbox.drain()
    }
    expect(told.what).toEqual([])
  })
})

describe('the backlog of an outbox', () => {
  it('is told by class, with the time since anything was taken', () => {
    const valve = new Valve()
    const total = new OutboxTotal(100)
    const outbox = new Outbox(valve, { hard: 99, soft: 99 }, total, new Told())
    const nothing = { events: 0, eventBytes: 0, replies: 0, replyBytes: 0, dropped: 0, stalledMs: 0 }
    expect(outbox.backlog(5_000)).toEqual(nothing)
    valve.opening = 0
    outbox.push(message('reply'), 'reply')
    for (const part of ['one', 'two']) outbox.push(message(part), 'event')
    total.sweep(6_000, 10_000)
    expect(outbox.backlog(8_500)).toEqual({ ...nothing, events: 2, eventBytes: 6, replies: 1, replyBytes: 5, stalledMs: 2_500 })
    valve.opening = 2
    outbox.drain()
    expect(outbox.backlog(9_000)).toEqual({ ...nothing, events: 1, eventBytes: 3 })
    valve.opening = 2
    outbox.drain()
    expect(outbox.backlog(9_000)).toEqual(nothing)
  })
})
