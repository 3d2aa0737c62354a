// Shows what waits for one peer: order, bounds, who is told, and what the sweep does.

import * as fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import type { OutboxOwner, Sink } from './outbox.ts'
import { Outbox, OutboxTotal } from './outbox.ts'
import type { SlowConsumerPolicy } from './ports.ts'

const message = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/** A sink that takes as many messages as it is told to. */
class Valve implements Sink {
  readonly taken: string[] = []
  opening = Number.POSITIVE_INFINITY

  get isWritable(): boolean {
    return this.opening > 0
  }

  send(bytes: Uint8Array): void {
    this.opening--
    this.taken.push(text(bytes))
  }
}

class Told implements OutboxOwner {
  readonly what: string[] = []
  readonly backlogs: number[] = []
  readonly gaps: [subscription: number, missed: number][] = []
  dropped = 0
  takesGaps = true

  onSlow(): void {
    this.what.push('slow')
  }

  onStuck(): void {
    this.what.push('stuck')
  }

  onBacklog(bytes: number): void {
    this.backlogs.push(bytes)
  }

  onDropped(): void {
    this.dropped++
  }

  onGap(subscription: number, missed: number): void {
    this.gaps.push([subscription, missed])
  }

  withGap(event: Uint8Array, gap: number): Uint8Array | undefined {
    return this.takesGaps ? message(`${text(event)}+${gap}`) : undefined
  }
}

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
    expect(outbox.push(message('one'), false)).toBe(true)
    expect(valve.taken).toEqual(['one'])
    expect([outbox.bytes, total.bytes, total.backlogged.size]).toEqual([0, 0, 0])
  })

  it('queues while the sink takes nothing, and lets nothing overtake when it does again', () => {
    valve.opening = 1
    for (const text of ['1', '2', '3']) outbox.push(message(text), false)
    expect(valve.taken).toEqual(['1'])
    valve.opening = 1
    outbox.push(message('4'), false)
    expect(valve.taken).toEqual(['1'])
    expect([outbox.bytes, total.bytes]).toEqual([3, 3])
    outbox.drain()
    expect(valve.taken).toEqual(['1', '2'])
    valve.opening = 9
    outbox.drain()
    expect(valve.taken).toEqual(['1', '2', '3', '4'])
    expect([outbox.isEmpty, total.bytes, total.backlogged.size]).toEqual([true, 0, 0])
  })

  it('copies what is not shared, since its bytes are used again', () => {
    valve.opening = 0
    const [own, shared] = [message('own'), message('sh')]
    outbox.push(own, false)
    outbox.push(shared, true)
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
      wide.push(message(text), true)
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
    expect(outbox.push(message('123456'), false)).toBe(true)
    expect(outbox.push(message('7890'), false)).toBe(true)
    expect(outbox.push(message('x'), false)).toBe(false)
    expect(outbox.push(message('y'), false)).toBe(false)
    expect([outbox.bytes, total.bytes, total.backlogged.size]).toEqual([0, 0, 0])
    expect(told.what).toEqual(['slow'])
    valve.opening = 9
    outbox.drain()
    expect(outbox.push(message('z'), false)).toBe(false)
    expect(valve.taken).toEqual([])
  })

  it('lets a single message be longer than the limit when nothing else waits', () => {
    valve.opening = 0
    expect(outbox.push(message('longer than ten'), false)).toBe(true)
    expect(outbox.push(message('x'), false)).toBe(false)
    expect(told.what).toEqual(['slow'])
  })

  it('takes one last message after an overflow', () => {
    valve.opening = 0
    outbox.push(message('longer than ten'), false)
    outbox.push(message('x'), false)
    outbox.pushLast(message('last'))
    expect(outbox.isEmpty).toBe(false)
    valve.opening = 1
    outbox.drain()
    expect(valve.taken).toEqual(['last'])
    outbox.pushLast(message('waits'))
    expect(valve.taken).toEqual(['last'])
  })

  it('makes the largest of all outboxes give up when all together hold too much', () => {
    const others = [30, 60, 20].map((size) => {
      const owner = new Told()
      const sink = new Valve()
      sink.opening = 0
      const each = new Outbox(sink, { hard: 1_000, soft: 1_000 }, total, owner)
      each.push(message('x'.repeat(size)), true)
      return { each, owner }
    })
    expect(others.map(({ owner }) => owner.what)).toEqual([[], ['slow'], []])
    expect(others.map(({ each }) => each.bytes)).toEqual([30, 0, 20])
    expect(total.bytes).toBe(50)
  })

  it('tells at the sweep that nothing was taken for too long: slow first, then stuck', () => {
    valve.opening = 0
    outbox.push(message('1'), false)
    total.sweep(1_000, 10_000)
    total.sweep(10_999, 10_000)
    expect(told.what).toEqual([])
    total.sweep(11_000, 10_000)
    expect(told.what).toEqual(['slow'])
    outbox.pushLast(message('last'))
    total.sweep(12_000, 10_000)
    total.sweep(21_999, 10_000)
    expect(told.what).toEqual(['slow'])
    total.sweep(22_000, 10_000)
    expect(told.what).toEqual(['slow', 'stuck'])
  })

  it('takes any progress for life', () => {
    valve.opening = 0
    for (const text of ['1', '2', '3', '4']) outbox.push(message(text), false)
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
      for (const part of ['12345', '6', '7']) outbox.push(message(part), false)
      expect(told.backlogs).toEqual(Array.from({ length: episode }, () => 6))
      valve.opening = 2
      outbox.drain()
      outbox.push(message('123456'), false)
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
    outbox.push(message('reply'), false)
    for (const part of ['one', 'two']) outbox.push(message(part), true)
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

describe('gaps', () => {
  it('are told exactly, whatever is pushed, drained, given up or replaced', () => {
    const step = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({ is: fc.constant('event' as const), lane: fc.nat(2), topic: fc.nat(TOPICS.length - 1), size: SIZE }),
      },
      { weight: 1, arbitrary: fc.record({ is: fc.constant('reply' as const), size: SIZE }) },
      { weight: 2, arbitrary: fc.record({ is: fc.constant('drain' as const), most: fc.nat(6) }) },
      { weight: 1, arbitrary: fc.record({ is: fc.constant('accept' as const), gaps: fc.boolean() }) },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const [real, naive] = [new RealQueue(), new NaiveQueue()]
        for (const each of steps) {
          for (const queue of [real, naive]) {
            if (each.is === 'event') queue.event(each.lane, each.topic, each.size)
            else if (each.is === 'reply') queue.reply(each.size)
            else if (each.is === 'drain') queue.drain(each.most)
            else queue.takesGaps = each.gaps
          }
          expect(real.seen()).toEqual(naive.seen())
        }
        for (const queue of [real, naive]) queue.takesGaps = true
        for (const queue of [real, naive]) queue.drain(Number.POSITIVE_INFINITY)
        expect(real.seen()).toEqual({ ...naive.seen(), bytes: 0 })
      }),
      { numRuns: 400 },
    )
  })

  it('are told exactly over thousands of events that replace each other', () => {
    const [real, naive] = [new RealQueue(), new NaiveQueue()]
    for (let i = 0; i < 6_000; i++) {
      for (const queue of [real, naive]) {
        queue.event(i % 3, i % 7 === 0 ? 3 : 2, 16)
        if (i % 50 === 0) queue.drain(3)
      }
    }
    for (const queue of [real, naive]) queue.drain(Number.POSITIVE_INFINITY)
    expect(real.seen()).toEqual(naive.seen())
  })
})

/** Each topic has its policy; a lane, which is a subscription, gets events of all of them. */
const TOPICS: readonly SlowConsumerPolicy[] = ['disconnect', 'drop_oldest', 'conflate', 'conflate', 'drop_oldest']
const HARD = 100
const SIZE = fc.integer({ min: 16, max: 40 })

/** What came out (`lane:number gap`, or `reply:number`), whether the peer was given up, the octets that wait, and what is to be told later. */
interface Seen {
  readonly out: readonly string[]
  readonly isOver: boolean
  readonly bytes: number
  readonly untold: readonly number[]
}

/** The outbox with what a broker does: it counts what it is told, and the next event carries it. */
class RealQueue {
  readonly #valve = new Valve()
  readonly #told = new Told()
  readonly #untold = [0, 0, 0]
  readonly #numbers = [0, 0, 0]
  #replies = 0
  readonly #outbox: Outbox

  constructor() {
    this.#valve.opening = 0
    this.#told.onGap = (lane, missed) => void (this.#untold[lane] = (this.#untold[lane] ?? 0) + missed)
    this.#outbox = new Outbox(this.#valve, { hard: HARD, soft: HARD }, new OutboxTotal(1_000_000), this.#told)
  }

  set takesGaps(takes: boolean) {
    this.#told.takesGaps = takes
  }

  event(lane: number, topic: number, size: number): void {
    const number = (this.#numbers[lane] = (this.#numbers[lane] ?? 0) + 1)
    const missed = this.#untold[lane] ?? 0
    this.#untold[lane] = 0
    const delivery = { subscription: lane, topic: String(topic), policy: TOPICS[topic] ?? 'disconnect', missed }
    this.#outbox.push(message(`${lane}:${number} ${missed}`.padEnd(size)), true, delivery)
  }

  reply(size: number): void {
    this.#outbox.push(message(`reply:${++this.#replies}`.padEnd(size)), false)
  }

  drain(most: number): void {
    this.#valve.opening = most
    this.#outbox.drain()
    this.#valve.opening = 0
  }

  seen(): Seen {
    const out = this.#valve.taken.map((each) => each.replace(/ \d+ *\+(\d+)$/, ' $1').trim())
    const isOver = this.#told.what.length > 0
    return { out, isOver, bytes: this.#outbox.bytes, untold: isOver ? [] : [...this.#untold] }
  }
}

interface Listed {
  /** Undefined for a reply. */
  readonly lane: number | undefined
  readonly number: number
  readonly topic: number
  readonly size: number
  /** The gap that it tells of as it was pushed. */
  readonly told: number
}

/** The same by the letter: a list, and the gap is what lies between the numbers of two events that came out. */
class NaiveQueue {
  takesGaps = true
  #list: Listed[] = []
  readonly #out: string[] = []
  readonly #numbers = [0, 0, 0]
  /** The last event of each lane that came out, or that the broker told of, which is the same for what follows. */
  readonly #last = [0, 0, 0]
  #replies = 0
  #isOver = false

  event(lane: number, topic: number, size: number): void {
    const number = (this.#numbers[lane] = (this.#numbers[lane] ?? 0) + 1)
    if (this.#isOver) return
    const before = this.#list.filter((each) => each.lane === lane).at(-1)?.number ?? this.#last[lane] ?? 0
    // What was already known to be missing when it was queued, and that no other event in the queue will tell.
    this.#push({ lane, number, topic, size, told: number - before - 1 })
  }

  reply(size: number): void {
    if (!this.#isOver) this.#push({ lane: undefined, number: ++this.#replies, topic: 0, size, told: 0 })
  }

  drain(most: number): void {
    for (let left = most; left > 0 && this.#list.length > 0;) {
      const first = this.#list.shift()
      if (first?.lane === undefined) this.#out.push(`reply:${first?.number}`)
      else {
        const gap = first.number - (this.#last[first.lane] ?? 0) - 1
        if (gap !== first.told && !this.takesGaps) continue
        this.#last[first.lane] = first.number
        this.#out.push(`${first.lane}:${first.number} ${gap}`)
      }
      left--
    }
  }

  seen(): Seen {
    const untold = this.#numbers.map(
      (number, lane) => number - (this.#list.filter((each) => each.lane === lane).at(-1)?.number ?? this.#last[lane] ?? 0),
    )
    return { out: [...this.#out], isOver: this.#isOver, bytes: this.#bytes(), untold: this.#isOver ? [] : untold }
  }

  #push(item: Listed): void {
    const isReplaced = (each: Listed): boolean =>
      item.lane !== undefined && TOPICS[item.topic] === 'conflate' && each.lane === item.lane && each.topic === item.topic
    this.#list = [...this.#list.filter((each) => !isReplaced(each)), item]
    while (this.#bytes() > HARD && this.#list.length > 1) {
      const oldest = this.#list.findIndex((each) => each !== item && each.lane !== undefined && TOPICS[each.topic] !== 'disconnect')
      if (oldest === -1) {
        this.#isOver = true
        this.#list = []
      } else this.#list.splice(oldest, 1)
    }
  }

  #bytes(): number {
    return this.#list.reduce((bytes, { size }) => bytes + size, 0)
  }
}
