// What a link takes in while it is up: what it acknowledges, and what comes out of order.

import { describe, expect, it } from 'vitest'
import { headOf, packetOf } from '../testing/link-ends.ts'
import { carry, linked, sayEach, sendLong, tickAfter } from '../testing/link-pair.ts'
import { ACK, ASK, DATA, NAK } from './packet.ts'

describe('an acknowledgement', () => {
  it('goes with the frames of the other way', () => {
    const { a, b } = linked()
    sayEach(a, 'one')
    b.link.receive(a.firstSent)
    b.say('back')
    b.endTurn()
    expect(b.takeHeads()).toMatchObject([{ kind: DATA, ack: 1 }])
  })

  it('goes alone after 5 ms', () => {
    const pair = linked()
    const { clock, a, b } = pair
    sayEach(a, 'measured')
    carry(a, b)
    carry(b, a)
    sayEach(a, 'one')
    carry(a, b)
    expect(b.link.due).toBe(clock.ms + 5)
    tickAfter(pair, 4)
    expect(b.sent).toEqual([])
    tickAfter(pair, 1)
    expect(b.takeHeads()).toMatchObject([{ kind: ACK, ack: 2, flags: 0 }])
    tickAfter(pair, 5)
    expect(b.sent).toEqual([])
  })

  it('goes in the turn in which it is asked for, or 256 KiB have come', () => {
    const { a, b } = linked()
    sayEach(a, 'measured')
    expect(headOf(a.firstSent).flags).toBe(ASK)
    carry(a, b)
    expect(b.takeHeads()).toMatchObject([{ kind: ACK, ack: 1 }])
    for (let i = 0; i < 2; i++) {
      sendLong(a, 200_000)
      a.endTurn()
    }
    carry(a, b)
    expect(b.takeHeads()).toMatchObject([{ kind: ACK, ack: 3 }])
  })

  it('covers a packet only after its last frame was taken in', () => {
    const { a, b } = linked()
    b.onTaken = () => {
      b.say('echo')
      b.link.flush()
    }
    a.say('one', 'two')
    a.endTurn()
    carry(a, b)
    expect(b.takeHeads()).toMatchObject([
      { kind: DATA, seq: 1, ack: 0 },
      { kind: DATA, seq: 2, ack: 0 },
      { kind: ACK, ack: 1 },
    ])
  })

  it('goes once a second where nothing else does', () => {
    const pair = linked()
    const { clock, a } = pair
    expect(a.link.due).toBeLessThanOrEqual(clock.ms + 1_000)
    tickAfter(pair, 999)
    expect(a.sent).toEqual([])
    tickAfter(pair, 1)
    expect(a.takeHeads()).toMatchObject([{ kind: ACK, seq: 0, ack: 0, flags: 0 }])
  })
})

describe('what comes out of order', () => {
  it('is dropped when it came before, and acknowledged', () => {
    const pair = linked()
    const { a, b } = pair
    sayEach(a, 'one')
    const [packet] = a.sent as [Uint8Array]
    b.receive(packet)
    b.takeHeads()
    b.receive(packet.slice())
    expect([b.take(), b.counters.packetsDropped]).toEqual([['one'], 1])
    expect(b.takeHeads()).toMatchObject([{ kind: ACK, ack: 1 }])
  })

  it('is dropped when something before it is missing, which is asked for once in 50 ms', () => {
    const pair = linked()
    const { a, b } = pair
    sayEach(a, 'one', 'two', 'three')
    const [one, two, three] = a.sent.splice(0) as [Uint8Array, Uint8Array, Uint8Array]
    b.receive(two)
    b.receive(three)
    expect(b.takeHeads()).toMatchObject([{ kind: ACK, ack: 0, flags: NAK }])
    tickAfter(pair, 50)
    b.receive(three)
    expect(b.takeHeads()).toMatchObject([{ kind: ACK, ack: 0, flags: NAK }])
    b.receive(one)
    expect(b.take()).toEqual(['one'])
    b.receive(two)
    expect(b.take()).toEqual(['two'])
  })

  it('is asked for when an acknowledgement shows that the last packet was lost', () => {
    const pair = linked()
    const { a, b } = pair
    sayEach(a, 'lost')
    a.sent = []
    a.tick()
    pair.clock.ms += 400
    sayEach(b, 'ask')
    carry(b, a)
    expect(a.sent.map(headOf)).toMatchObject([{ kind: ACK, seq: 1, ack: 1 }])
    carry(a, b)
    carry(b, a)
    carry(a, b)
    expect(b.take()).toEqual(['lost'])
  })
})

describe('a flood', () => {
  it('of packets that ask is answered once in a turn', () => {
    const { a, b } = linked()
    sayEach(a, 'one')
    const { source, destination } = headOf(a.firstSent)
    for (let i = 0; i < 100; i++) b.link.receive(packetOf({ kind: ACK, flags: ASK, source, destination }))
    b.endTurn()
    expect(b.sent).toHaveLength(1)
  })
})
