// Shows that the delay of the event loop is measured once for all users of it, and only while there are any.

import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { EventLoopWatch } from './event-loop-watch.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** How many looks there were. */
const looks = ({ delays }: EventLoopWatch): number => delays.total

it('is looked at by one timer, from the first start to the last end', () => {
  const watch = new EventLoopWatch()
  vi.advanceTimersByTime(1_000)
  expect(looks(watch)).toBe(0)
  const [endOne, endOther] = [watch.start(), watch.start()]
  vi.advanceTimersByTime(1_000)
  expect([looks(watch), vi.getTimerCount()]).toEqual([20, 1])
  endOne()
  endOne()
  vi.advanceTimersByTime(1_000)
  expect(looks(watch)).toBe(40)
  endOther()
  expect(vi.getTimerCount()).toBe(0)
})

it('tells how late it was in the last 10 to 20 s', () => {
  const watch = new EventLoopWatch()
  const end = watch.start()
  expect(watch.recent).toEqual({ mean: 0, p99: 0, max: 0 })
  const now = performance.now()
  // The clock goes on, and no timer runs meanwhile: something has held up the event loop.
  vi.spyOn(performance, 'now').mockReturnValueOnce(now + 250)
  vi.advanceTimersByTime(50)
  expect(watch.recent).toMatchObject({ max: 200 })
  vi.advanceTimersByTime(25_000)
  expect(watch.recent.max).toBe(0)
  end()
})
