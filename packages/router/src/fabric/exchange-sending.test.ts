// What a link sends while it is up: packets, the window, the queue, what is sent again.

import { describe, expect, it } from 'vitest'
import { framed, headOf, packetOf } from '../testing/link-ends.ts'
import { carry, linked, sayEach, sendLong, tickAfter } from '../testing/link-pair.ts'
import { RETAINED } from './owner-numbers.ts'
import { ACK, ASK, DATA, FIRST, FRAME_HEAD, HEAD, LAST, PART } from './packet.ts'

describe('frames', () => {
  it('of a turn go out together, when it ends', () => {
    const { a, b } = linked()
    a.say('one', 'two')
    expect(a.sent).toEqual([])
    a.endTurn()
    sayEach(a, 'three')
    expect(a.sent.map((packet) => packet.length)).toEqual([HEAD + 14, HEAD + 9])
    carry(a, b)
    expect(b.take()).toEqual(['one', 'two', 'three'])
  })

  it('fill packets up to the longest, of the limits and of the bus', () => {
    const { a } = linked({ packet: 100_000 })
    for (let i = 0; i < 4; i++) sendLong(a, 40_000)
    a.endTurn()
    expect(a.sent.splice(0).map((packet) => packet.length)).toEqual([HEAD + 80_008, HEAD + 80_008])
    a.bus.maxPacketBytes = 70_000
    for (let i = 0; i < 2; i++) sendLong(a, 40_000)
    a.endTurn()
    expect(a.sent.map((packet) => packet.length)).toEqual([HEAD + 40_004, HEAD + 40_004])
  })

  it('that are longer than a packet go in pieces, in their order among the others', () => {
    const { a, b } = linked({ packet: 100 })
    a.say('before')
    sendLong(a, 150)
    a.say('after')
    a.endTurn()
    expect(a.sent.map(headOf)).toMatchObject([
      { kind: DATA, seq: 1 },
      { kind: PART, seq: 2, flags: FIRST },
      { kind: PART, seq: 3 },
      { kind: PART, seq: 4, flags: LAST },
      { kind: DATA, seq: 5 },
    ])
    expect(a.sent.every(({ length }) => length <= 100)).toBe(true)
    carry(a, b)
    expect(b.take()).toEqual(['before', '150 octets', 'after'])
  })

  it('of the longest length that one packet holds are not cut', () => {
    const { a } = linked({ packet: 100 })
    sendLong(a, 100 - HEAD - FRAME_HEAD)
    sendLong(a, 101 - HEAD - FRAME_HEAD)
    a.endTurn()
    expect(a.takeHeads().map(({ kind }) => kind)).toEqual([DATA, PART, PART])
  })

  it('that are longer than any node takes in are refused', () => {
    const { a } = linked({ packet: 100, frame: 200 })
    expect([sendLong(a, 200), sendLong(a, 201)]).toEqual([true, false])
  })
})

describe('the window', () => {
  it('closes when it is full, and opens by acknowledgements; meanwhile frames gather', () => {
    const pair = linked({ window: 3 * (HEAD + 9) })
    const { a, b } = pair
    sayEach(a, 'pack1', 'pack2', 'pack3', 'pack4', 'pack5', 'pack6')
    expect(a.sent).toHaveLength(3)
    expect([a.link.windowBytes, a.link.queuedBytes]).toEqual([3 * (HEAD + 9), HEAD + 27])
    carry(a, b)
    tickAfter(pair, 5)
    carry(b, a)
    expect(a.sent).toHaveLength(1)
    carry(a, b)
    expect(b.take()).toEqual(['pack1', 'pack2', 'pack3', 'pack4', 'pack5', 'pack6'])
    expect(a.link.queuedBytes).toBe(0)
  })

  it('has room for so many packets at most, however short', () => {
    const { a } = linked({ windowPackets: 2 })
    sayEach(a, '1', '2', '3')
    expect(a.sent).toHaveLength(2)
  })
})

describe('the queue', () => {
  const limits = { window: 1, packet: 1_000, queue: 4_000, reserve: 1_000 }

  it('has a reserve for frames that have to arrive', () => {
    const { a } = linked(limits)
    sayEach(a, 'in the window')
    const offer = (length: number): boolean => a.link.send(new Uint8Array(length), true)
    while (offer(100));
    expect(a.link.queuedBytes).toBeLessThanOrEqual(3_000)
    expect([offer(100), offer(1_500), sendLong(a, 100), a.link.isUp]).toEqual([false, false, true, true])
  })

  it('takes so much of one owner, sent or not, and still of others, until it is acknowledged', () => {
    const pair = linked({ ...limits, share: 1_000, uncounted: 500 })
    const { a, b } = pair
    const offer = (owner: number, length: number): boolean => a.link.send(new Uint8Array(length), true, owner)
    expect([offer(1, 400), offer(1, 1_200), offer(1, 100), offer(1, 10)]).toEqual([true, true, false, false])
    expect([offer(-1, 300), offer(2, 300), offer(0, 300), sendLong(a, 300)]).toEqual([true, true, true, true])
    expect(offer(1, 100)).toBe(false)
    for (let i = 0; i < 9; i++) {
      a.endTurn()
      carry(a, b)
      tickAfter(pair, 5)
      carry(b, a)
    }
    expect([a.link.windowBytes, a.link.queuedBytes, offer(1, 900)]).toEqual([0, 0, true])
  })

  it('of which half is full takes no more of owners that have a part of their share in it', () => {
    const { a } = linked({ ...limits, queue: 11_000, share: 3_200, uncounted: 0 })
    const offer = (owner: number, length: number): boolean => a.link.send(new Uint8Array(length), true, owner)
    expect([offer(1, 3_000), offer(2, 3_000), offer(3, 40)]).toEqual([true, true, true])
    expect([offer(1, 100), offer(3, 40), offer(3, 40), offer(4, 1_000)]).toEqual([false, true, false, true])
  })

  it('takes of the retained events of one owner half of what it takes of all, besides its share', () => {
    const { a } = linked({ ...limits, queue: 11_000, share: 1_000, uncounted: 0 })
    const offer = (owner: number, length: number): boolean => a.link.send(new Uint8Array(length), true, owner)
    expect([offer(1, 900), offer(1, 900), offer(RETAINED + 1, 900)]).toEqual([true, false, true])
    for (let i = 0; i < 4; i++) expect(offer(RETAINED + 1, 900)).toBe(true)
    expect([offer(RETAINED + 1, 900), offer(0, 900)]).toEqual([false, true])
  })

  it('takes so much and no more; the link stays up', () => {
    const { a } = linked(limits)
    sayEach(a, 'in the window')
    let taken = 0
    while (taken < 100 && sendLong(a, 100)) taken++
    expect(taken).toBe(Math.floor((4_000 - 5 * HEAD) / 104))
    expect(a.link.queuedBytes).toBeLessThanOrEqual(4_000)
    expect([sendLong(a, 2_000), a.link.isUp]).toEqual([false, true])
    a.endTurn()
    expect(a.take()).toEqual(['half full'])
  })

  it('says once in a life that half of it is full', () => {
    const pair = linked(limits)
    const { a, b } = pair
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 35; i++) sendLong(a, 100)
      a.endTurn()
      for (let i = 0; i < 8; i++) {
        carry(a, b)
        tickAfter(pair, 5)
        carry(b, a)
      }
      expect(a.link.queuedBytes).toBe(0)
    }
    expect(a.take()).toEqual(['half full'])
  })

  it('takes the link down where a frame has to arrive: in a later turn, and with nothing more before it', () => {
    const { a, b } = linked(limits)
    sayEach(a, 'in the window')
    sayEach(b, 'from b')
    let settled = ''
    a.link.settle(() => (settled = a.events.join()))
    a.link.overflow()
    expect([a.link.isUp, a.link.send(framed('x')), a.take(), settled]).toEqual([false, false, [], ''])
    a.link.receive(b.firstSent)
    expect(a.take()).toEqual([])
    a.endTurn()
    expect([a.take(), settled]).toEqual([['down overflow'], 'down overflow'])
  })
})

describe('what is not acknowledged', () => {
  it('is sent again after 500 ms without progress, as a copy, and an acknowledgement at once is asked for', () => {
    const pair = linked()
    const { a, b } = pair
    sayEach(a, 'one', 'two')
    const first = a.sent.splice(0)
    const before = first.map((packet) => packet.slice())
    tickAfter(pair, 499)
    expect(a.sent).toEqual([])
    sayEach(b, 'three')
    b.sent = []
    tickAfter(pair, 1)
    expect(a.sent.map(headOf)).toMatchObject([
      { kind: DATA, seq: 1, flags: 0 },
      { kind: DATA, seq: 2, flags: ASK },
    ])
    expect([a.link.resent, a.counters.packetsResent, first]).toEqual([2, 2, before])
    carry(a, b)
    expect(b.take()).toEqual(['one', 'two'])
  })

  it('is sent again when the other node asks, once in 50 ms', () => {
    const pair = linked()
    const { a, b } = pair
    sayEach(a, 'one', 'two')
    const [, two] = a.sent.splice(0) as [Uint8Array, Uint8Array]
    b.receive(two)
    const [nak] = b.sent as [Uint8Array]
    carry(b, a)
    expect(a.takeHeads()).toMatchObject([{ seq: 1 }, { seq: 2 }])
    tickAfter(pair, 49)
    a.receive(nak)
    expect(a.sent).toEqual([])
    tickAfter(pair, 1)
    a.receive(nak)
    expect(a.sent).toHaveLength(2)
  })

  it('is sent again about 1 MiB at once, and the rest when that has come', () => {
    const pair = linked()
    const { a, b } = pair
    for (let i = 0; i < 14; i++) sendLong(a, 250_000)
    a.endTurn()
    a.sent = []
    tickAfter(pair, 500)
    expect(a.sent).toHaveLength(5)
    carry(a, b)
    carry(b, a)
    expect(a.sent.map((packet) => headOf(packet).seq)).toEqual([6, 7, 8, 9, 10])
    carry(a, b)
    carry(b, a)
    carry(a, b)
    expect(b.take()).toHaveLength(14)
  })

  it('ends the link after 15 s, although the other node is heard', () => {
    const pair = linked()
    const { a, b } = pair
    sayEach(a, 'lost')
    const { source, destination } = headOf(a.firstSent)
    for (let ms = 0; ms < 14_500; ms += 500) {
      pair.clock.ms += 500
      a.receive(packetOf({ kind: ACK, source: destination, destination: source }))
      a.tick()
    }
    expect([a.take(), b.take()]).toEqual([[], []])
    pair.clock.ms += 500
    a.tick()
    expect(a.take()).toEqual(['down lost'])
  })
})

describe('the round trip', () => {
  it('is measured once a second, and smoothed', () => {
    const pair = linked()
    const { clock, a, b } = pair
    expect(a.link.roundTripMs).toBeUndefined()
    for (const ms of [40, 80]) {
      sayEach(a, 'measured', 'not measured')
      clock.ms += ms
      carry(a, b)
      carry(b, a)
      tickAfter(pair, 1_000)
      carry(b, a)
      carry(a, b)
    }
    expect(a.link.roundTripMs).toBe(45)
  })
})
