// Compares what an outbox lets out with a naive model: order, bounds and gaps, over what is done by chance.

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Outbox } from './outbox.ts'
import { OutboxTotal } from './outbox-total.ts'
import type { SlowConsumerPolicy } from '../ports/link.ts'
import { Told, Valve } from '../../testing/outbox-ends.ts'

const message = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Each topic has its policy; a lane, which is a subscription, gets events of all of them. */
const TOPICS: readonly SlowConsumerPolicy[] = ['disconnect', 'drop_oldest', 'conflate', 'conflate', 'drop_oldest']
const HARD = 100
const SIZE = fc.integer({ min: 16, max: 40 })

/** What came out (`lane:number gap`, or `reply:number`), whether the peer was closed, the queued octets, and the gaps to report later. */
interface Seen {
  readonly out: readonly string[]
  readonly isOver: boolean
  readonly bytes: number
  readonly untold: readonly number[]
}

/** The outbox with what a broker does: it counts the reported events, and the next event carries the number. */
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

  /** It does not read, else it could have more than the limit. */
  #look(): void {
    for (let look = 0; look < 2; look++) this.#outbox.checkProgress(0, Number.POSITIVE_INFINITY)
  }

  event(lane: number, topic: number, size: number): void {
    this.#look()
    const number = (this.#numbers[lane] = (this.#numbers[lane] ?? 0) + 1)
    const missed = this.#untold[lane] ?? 0
    this.#untold[lane] = 0
    const delivery = { subscription: lane, topic: String(topic), policy: TOPICS[topic] ?? 'disconnect', missed }
    const outcome = this.#outbox.push(message(`${lane}:${number} ${missed}`.padEnd(size)), 'event', delivery)
    if (outcome === 'full') this.#untold[lane] = (this.#untold[lane] ?? 0) + missed + 1
  }

  reply(size: number): void {
    this.#look()
    this.#outbox.push(message(`reply:${++this.#replies}`.padEnd(size)), 'reply')
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
  /** The last event of each lane that came out, or that the broker has reported, which is the same for what follows. */
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
    const isMortal = ({ lane, topic }: Listed): boolean => lane !== undefined && TOPICS[topic] !== 'disconnect'
    const staying = [...this.#list.filter((each) => !isMortal(each)), item]
    if (staying.length > 1 && sizeOf(staying) > HARD) {
      if (isMortal(item)) return
      this.#isOver = true
      this.#list = []
      return
    }
    const isReplaced = (each: Listed): boolean =>
      item.lane !== undefined && TOPICS[item.topic] === 'conflate' && each.lane === item.lane && each.topic === item.topic
    this.#list = [...this.#list.filter((each) => !isReplaced(each)), item]
    while (this.#bytes() > HARD && this.#list.length > 1) {
      this.#list.splice(
        this.#list.findIndex((each) => each !== item && isMortal(each)),
        1,
      )
    }
  }

  #bytes(): number {
    return sizeOf(this.#list)
  }
}

function sizeOf(list: readonly Listed[]): number {
  return list.reduce((bytes, { size }) => bytes + size, 0)
}

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
