// Shows the bound of all queues together: what counts, whose it is, and who goes first.

import { beforeEach, describe, expect, it } from 'vitest'
import { Told, Valve } from '../../testing/outbox-ends.ts'
import { Outbox } from './outbox.ts'
import { OutboxTotal } from './outbox-total.ts'

const octets = (length: number): Uint8Array => new Uint8Array(length)

/** A queue with both its ends. */
class Reader {
  readonly valve = new Valve()
  readonly told: Told
  readonly outbox: Outbox

  constructor(total: OutboxTotal, holder: string) {
    this.told = new Told(holder)
    this.outbox = new Outbox(this.valve, { hard: 1e9, soft: 1e9 }, total, this.told)
    this.valve.opening = 0
  }

  /** Gets a message of its own. */
  gets(length: number): void {
    this.outbox.push(octets(length), 'event')
  }

  takes(messages: number): void {
    this.valve.opening = messages
    this.outbox.drain()
    this.valve.opening = 0
  }
}

let total: OutboxTotal
beforeEach(() => {
  total = new OutboxTotal(1_000)
})
const reader = (holder: string): Reader => new Reader(total, holder)
const fates = (readers: readonly Reader[]): string[] => readers.map(({ told }) => told.what.join())

describe('when all queues together hold too much', () => {
  it('the one that holds most goes', () => {
    const readers = [300, 400, 200].map((length, i) => {
      const each = reader(`holder ${i}`)
      each.gets(length)
      return each
    })
    readers[2]?.gets(150)
    expect(fates(readers)).toEqual(['', 'slow: total', ''])
    expect(total.bytes).toBe(650)
  })

  it('is more than the limit, and not as much', () => {
    const [a, b] = [reader('a'), reader('b')]
    a.gets(400)
    b.gets(600)
    expect([total.bytes, fates([a, b])]).toEqual([1_000, ['', '']])
    a.gets(1)
    expect([total.bytes, fates([a, b])]).toEqual([401, ['', 'slow: total']])
  })

  it('many of one principal or address weigh as much as one that holds as much', () => {
    const attackers = [1, 2, 3, 4].map(() => reader('attacker'))
    const innocent = reader('innocent')
    for (const each of attackers) each.gets(190)
    innocent.gets(300)
    expect(fates([...attackers, innocent])).toEqual(['slow: total', '', '', '', ''])
    expect(total.bytes).toBe(870)
  })

  it('what a holder had queued before weighs no more', () => {
    const [busy, idle, last] = [reader('busy'), reader('idle'), reader('last')]
    busy.gets(90)
    for (let i = 0; i < 10; i++) {
      busy.gets(90)
      busy.takes(1)
    }
    idle.gets(500)
    last.gets(450)
    expect(fates([busy, idle, last])).toEqual(['', 'slow: total', ''])
  })

  it('who does not read goes before who reads, however much waits for the reader', () => {
    const [stuck, hardly, busy] = [reader('stuck'), reader('hardly'), reader('busy')]
    for (const each of [stuck, hardly, busy]) for (let i = 0; i < 10; i++) each.gets(10)
    for (let now = 1_000; now <= 3_000; now += 1_000) {
      total.sweep(now, 10_000)
      busy.takes(5)
      for (let i = 0; i < 5; i++) busy.gets(10)
    }
    hardly.takes(1)
    hardly.gets(5)
    total.sweep(4_000, 10_000)
    busy.gets(800)
    expect(fates([stuck, hardly, busy])).toEqual(['slow: total', '', ''])
    busy.gets(100)
    expect(fates([stuck, hardly, busy])).toEqual(['slow: total', '', 'slow: total'])
  })

  it('who does not read stays where a reader holds nearly all', () => {
    const [stuck, busy] = [reader('stuck'), reader('busy')]
    stuck.gets(40)
    busy.gets(900)
    for (let now = 1_000; now <= 5_000; now += 1_000) {
      busy.takes(1)
      busy.gets(900)
      total.sweep(now, 10_000)
    }
    expect([stuck.outbox.isSlow, busy.outbox.isSlow]).toEqual([true, false])
    busy.gets(61)
    expect(fates([stuck, busy])).toEqual(['', 'slow: total'])
  })

  it('the octets of one event for many count once', () => {
    const readers = Array.from({ length: 100 }, (_, i) => reader(`holder ${i}`))
    const event = octets(600)
    for (const { outbox } of readers) outbox.push(event, 'event')
    expect([total.bytes, new Set(fates(readers))]).toEqual([600, new Set([''])])
    readers[0]?.gets(500)
    expect(fates(readers).slice(0, 2)).toEqual(['slow: total', ''])
    expect(total.bytes).toBe(600)
    for (const each of readers) each.takes(1)
    expect([total.bytes, total.backlogged.size]).toEqual([0, 0])
  })
})

describe('when the messages of all queues are too many, however short', () => {
  const MIB = 1_048_576
  beforeEach(() => {
    total = new OutboxTotal(MIB)
  })

  /** Gives a queue short messages until all have this much overhead, or one goes. */
  const fill = (each: Reader, upTo: number, length = 1): void => {
    while (total.kept <= upTo * MIB && each.told.what.length === 0) each.gets(length)
  }

  it('the one that has most of them goes, not the one with most octets, at 16 MiB of overhead', () => {
    const [long, short] = [reader('long'), reader('short')]
    fill(long, 1, 100)
    fill(short, 15.9)
    expect(fates([long, short])).toEqual(['', ''])
    expect(long.outbox.bytes).toBeGreaterThan(short.outbox.bytes)
    fill(short, 16)
    expect(fates([long, short])).toEqual(['', 'slow: total'])
  })

  it('those of one holder weigh together, and of these the one that has most goes', () => {
    const [alone, one, other] = [reader('alone'), reader('holder'), reader('holder')]
    fill(alone, 6)
    fill(one, 11.5)
    fill(other, 15.9)
    expect(fates([alone, one, other])).toEqual(['', '', ''])
    while (fates([alone, one, other]).every((fate) => fate === '')) other.gets(1)
    expect(fates([alone, one, other])).toEqual(['', 'slow: total', ''])
  })

  it('a queue that is slow already goes first', () => {
    const [few, many] = [reader('few'), reader('many')]
    fill(few, 1)
    for (let now = 1_000; now <= 8_000; now += 1_000) total.sweep(now, 10_000)
    fill(many, 15.9)
    while (fates([few, many]).every((fate) => fate === '')) many.gets(1)
    expect(fates([few, many])).toEqual(['slow: total', ''])
  })
})

describe('what the sink was given and has not passed on', () => {
  it('counts, and is a stall when nothing of it leaves', () => {
    const { outbox, valve, told } = reader('holder')
    valve.pendingBytes = 500
    outbox.hold()
    expect(total.bytes).toBe(500)
    for (let now = 1_000; now <= 20_000; now += 1_000) {
      valve.pendingBytes -= 10
      total.sweep(now, 10_000)
    }
    expect([total.bytes, told.what]).toEqual([300, []])
    for (let now = 21_000; now <= 30_000; now += 1_000) total.sweep(now, 10_000)
    expect(told.what).toEqual(['slow: stall'])
    for (let now = 31_000; now <= 40_000; now += 1_000) total.sweep(now, 10_000)
    expect(told.what).toEqual(['slow: stall', 'stuck: stall'])
  })

  it('is a stall only after 48 seconds more while what the system took may be in transit', () => {
    const { outbox, valve, told } = reader('slow')
    Object.assign(valve, { pendingBytes: 500, octetsOnTheWay: 1_000_000 })
    outbox.hold()
    let now = 0
    const sweepUntil = (end: number): void => {
      while (now < end) total.sweep((now += 1_000), 10_000)
    }
    sweepUntil(58_000)
    expect(told.what).toEqual([])
    sweepUntil(59_000)
    expect(told.what).toEqual(['slow: stall'])
    sweepUntil(69_000)
    expect(told.what).toEqual(['slow: stall', 'stuck: stall'])
  })

  it('is a stall at once when nothing is in transit any more', () => {
    const { outbox, valve, told } = reader('slow')
    Object.assign(valve, { pendingBytes: 500, octetsOnTheWay: 1_000_000 })
    outbox.hold()
    for (let now = 1_000; now <= 30_000; now += 1_000) total.sweep(now, 10_000)
    valve.octetsOnTheWay = 0
    total.sweep(31_000, 10_000)
    expect(told.what).toEqual(['slow: stall'])
  })

  it('counts no more once it has gone, or the connection', () => {
    const [a, b] = [reader('a'), reader('b')]
    for (const { outbox, valve } of [a, b]) {
      valve.pendingBytes = 100
      outbox.hold()
      outbox.push(octets(50), 'reply')
    }
    expect(total.bytes).toBe(300)
    a.valve.pendingBytes = 0
    a.takes(1)
    b.outbox.clear()
    expect([total.bytes, total.backlogged.size]).toEqual([0, 0])
  })

  it('counts once when it is a large event for many', () => {
    const event = octets(20_000)
    total.limit = 30_000
    for (let i = 0; i < 10; i++) {
      const { outbox, valve } = reader(`holder ${i}`)
      valve.opening = 1
      valve.send = () => {
        valve.opening = 0
        valve.pendingBytes = 20_010
        outbox.hold()
      }
      outbox.push(event, 'event')
    }
    expect(total.bytes).toBe(20_100)
  })

  it('is free only when the connection is cut: that is done at once where the total is passed', () => {
    const [stuck, innocent] = [reader('stuck'), reader('innocent')]
    stuck.valve.pendingBytes = 900
    stuck.outbox.hold()
    innocent.gets(200)
    expect(fates([stuck, innocent])).toEqual(['stuck: total', ''])
    expect(total.bytes).toBe(200)
  })
})

describe('messages of few octets, which take hundreds in memory', () => {
  const short = octets(20)
  const tens = (...readers: readonly Reader[]): void => {
    for (let i = 0; i < 10_000; i++) for (const { outbox } of readers) outbox.push(octets(20), 'event')
  }

  beforeEach(() => {
    total.limit = 20 * 1_048_576
  })

  it('are bounded by what they take: whose session has most goes', () => {
    const [few, many, more] = [reader('few'), reader('many'), reader('more')]
    for (let i = 0; i < 100; i++) few.gets(20)
    few.gets(10_000_000)
    tens(many, more)
    tens(many, more)
    expect(fates([few, many, more])).toEqual(['', '', ''])
    for (let i = 0; i < 100; i++) more.gets(20)
    tens(many)
    tens(many)
    expect(fates([few, many, more])).toEqual(['', 'slow: total', ''])
    for (const each of [few, more]) each.takes(Number.POSITIVE_INFINITY)
    expect([total.bytes, total.kept]).toEqual([0, 0])
  })

  it('count little for each further session that waits for the same, and more where each may be given up', () => {
    const readers = Array.from({ length: 100 }, (_, i) => reader(`holder ${i}`))
    for (const { outbox } of readers) outbox.push(short, 'event')
    const shared = total.kept
    expect(shared).toBeLessThan(20 * 400)
    readers[0]?.outbox.push(octets(20), 'event')
    const own = total.kept - shared
    readers[0]?.outbox.push(octets(20), 'event', { subscription: 1, topic: 'a', policy: 'drop_oldest', missed: 0 })
    expect(total.kept - shared - own).toBeGreaterThan(own * 2)
    for (const each of readers) each.takes(Number.POSITIVE_INFINITY)
    expect(total.kept).toBe(0)
  })

  it('counts the topic of an event that may be dropped: it stays with it', () => {
    const { outbox } = reader('holder')
    const push = (topic: string): number => {
      outbox.push(octets(20), 'event', { subscription: 1, topic, policy: 'drop_oldest', missed: 0 })
      return total.kept
    }
    const [first, second] = [push('a'), push('a'.repeat(1_001))]
    expect(second - 2 * first).toBe(1_000)
    outbox.clear()
    expect(total.kept).toBe(0)
  })

  it('count no more when they were given up', () => {
    const { outbox } = reader('holder')
    for (let i = 0; i < 10; i++) outbox.push(octets(20), 'event', { subscription: 1, topic: 'a', policy: 'conflate', missed: 0 })
    const one = total.kept
    outbox.clear()
    expect([one > 0, one < 3_000, total.kept]).toEqual([true, true, 0])
  })
})
