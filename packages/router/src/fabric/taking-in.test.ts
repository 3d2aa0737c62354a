// Shows that what comes over a link is taken in by slices, in order, and acknowledged only then.

import { describe, expect, it } from 'vitest'
import { carry, linked, sayEach } from '../testing/link-pair.ts'
import { ACK } from './packet.ts'

/** Frames that cost the other node a millisecond each. */
function costly(frames: number) {
  const pair = linked()
  const { clock, b } = pair
  b.onTaken = () => void clock.ms++
  const names = Array.from({ length: frames }, (_, i) => `frame ${i}`)
  return { ...pair, names }
}

describe('frames of one packet', () => {
  it('that cost much are taken in over several turns', () => {
    const { a, b, names } = costly(40)
    a.say(...names)
    a.endTurn()
    b.link.receive(a.firstSent)
    const atOnce = b.events.length
    expect(atOnce).toBeLessThan(10)
    const turns: number[] = []
    for (; b.events.length < 40; b.endTurn()) turns.push(b.events.length)
    expect(Math.max(...turns.map((taken, i) => taken - (turns[i - 1] ?? 0)))).toBeLessThan(10)
    expect(b.take()).toEqual(names)
  })

  it('are acknowledged when the last of them was taken in', () => {
    const { a, b, names } = costly(24)
    let isSettled = false
    a.say(...names)
    a.link.settle(() => (isSettled = true))
    a.endTurn()
    const [packet] = a.sent.splice(0) as [Uint8Array]
    b.receive(packet)
    carry(b, a)
    expect(isSettled).toBe(false)
    while (b.events.length < 24) b.endTurn()
    b.endTurn()
    b.endTurn()
    expect(b.takeHeads()).toMatchObject([{ kind: ACK, ack: 1 }])
  })
})

describe('packets', () => {
  it('that come while others wait wait behind them', () => {
    const { a, b, names } = costly(16)
    a.say(...names)
    a.endTurn()
    sayEach(a, 'next', 'last')
    for (const packet of a.sent.splice(0)) b.link.receive(packet)
    expect(b.events.length).toBeLessThan(10)
    for (let i = 0; i < 10; i++) b.endTurn()
    expect(b.take()).toEqual([...names, 'next', 'last'])
  })

  it('beyond what a node that heeds the window sends have not come, and are sent again', () => {
    const { clock, a, b } = linked({ window: 64 })
    b.onTaken = () => void (clock.ms += 10)
    sayEach(a, 'first', 'second')
    for (const packet of a.sent.splice(0)) b.link.receive(packet)
    const { packetsDropped } = b.counters
    for (let i = 0; i < 4; i++) {
      clock.ms += 600
      a.tick()
      for (const packet of a.sent.splice(0)) b.link.receive(packet)
    }
    expect(b.counters.packetsDropped).toBeGreaterThan(packetsDropped)
    for (let i = 0; i < 10; i++) {
      b.endTurn()
      carry(b, a)
      carry(a, b)
    }
    expect(b.take()).toEqual(['first', 'second'])
  })

  it('that wait are not taken in when the link is down', () => {
    const { a, b, names } = costly(40)
    a.say(...names)
    a.endTurn()
    b.link.receive(a.firstSent)
    b.link.gone()
    b.take()
    for (let i = 0; i < 10; i++) b.endTurn()
    expect(b.take()).toEqual([])
  })
})
