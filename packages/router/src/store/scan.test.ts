// Shows how a page is read from several logs: in order, and no more of them than it needs.

import { ManualScheduler } from '@trunkline/testing/ports'
import { describe, expect, it } from 'vitest'
import type { EventPage, KeptEvent, StoreFailure } from '../core/ports/index.ts'
import type { Source } from './scan.ts'
import { scan } from './scan.ts'

const LAST = 20_000

/** A log of one event at each of some positions, with others between that do not fit, one for each position. */
function logWith(positions: readonly number[], looked: { count: number } = { count: 0 }) {
  return function* (from: number, isUp: boolean): Source {
    for (let at = isUp ? from + 1 : from - 1; at > 0 && at <= LAST; at += isUp ? 1 : -1) {
      looked.count++
      if (!positions.includes(at)) yield at
      else yield { position: at, bytes: 1, read: () => ({ position: at }) as KeptEvent }
    }
  }
}

type Log = ReturnType<typeof logWith>

function page(logs: readonly Log[], query: { first?: 'oldest' | 'newest'; from?: number; most?: number; end?: number } = {}): EventPage {
  const { first = 'oldest', from = 0, most = 10, end = first === 'oldest' ? LAST : 0 } = query
  const scheduler = new ManualScheduler()
  const answers: (EventPage | StoreFailure)[] = []
  scan(
    {
      query: { filter: { match: 'prefix', uri: '' }, first, from, most, mostBytes: 1_000 },
      sources: logs.map((log) => log(from, first === 'oldest')),
      end,
      dropped: () => 0,
      isClosed: () => false,
    },
    scheduler,
    (answer) => answers.push(answer),
  )
  scheduler.settle()
  const [answer] = answers
  if (answer === undefined || 'error' in answer) throw new Error('no page')
  return answer
}

function positionsOf({ events }: EventPage): number[] {
  return events.map(({ position }) => position)
}

describe('a page of events', () => {
  it.each(['oldest', 'newest'] as const)('ends after much that does not fit, and those after it go on there: the %s first', (first) => {
    const logs = [logWith([10, 9_000]), logWith([11, 8_000, 19_999]), logWith([])]
    const found: number[] = []
    let pages = 0
    let from = first === 'oldest' ? 0 : LAST + 1
    for (let isLast = false; !isLast; pages++) {
      const one = page(logs, { first, from })
      found.push(...positionsOf(one))
      expect(one.isLast || one.next !== from).toBe(true)
      ;({ next: from, isLast } = one)
    }
    const all = [10, 11, 8_000, 9_000, 19_999]
    expect(found).toEqual(first === 'oldest' ? all : all.toReversed())
    expect(pages).toBeGreaterThan(10)
  })

  it('reads no log further than to the last of its events', () => {
    const looked = { count: 0 }
    expect(positionsOf(page([logWith([50, 60, 70]), logWith([], looked)], { most: 2 }))).toEqual([50, 60])
    expect(looked.count).toBeLessThan(75)
  })

  it('gets on where there are very many logs', () => {
    const one = page(Array.from({ length: 3_000 }, () => logWith([])))
    expect([one.isLast, one.next > 0]).toEqual([false, true])
  })

  it('leaves out no place that was written to meanwhile', () => {
    expect(page([logWith([])], { end: 5 })).toMatchObject({ events: [], next: 5, isLast: false })
  })
})
