// Shows the alarm of the router on the timers of Node, which stand still here until the test advances them.

import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { TimerAlarm } from './timer-alarm.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const clock = { now: (): number => 0, monotonic: (): number => Date.now() }

it('wakes at the time for which it was set last', () => {
  const woken: number[] = []
  const start = Date.now()
  const alarm = new TimerAlarm(clock, () => void woken.push(Date.now() - start))
  alarm.set(start + 500)
  alarm.set(start + 40)
  vi.advanceTimersByTime(39)
  expect(woken).toEqual([])
  vi.advanceTimersByTime(1_000)
  expect(woken).toEqual([40])
})

it('wakes early, never at once, for a time that no timer can wait for', () => {
  let woken = 0
  const alarm = new TimerAlarm(clock, () => void woken++)
  alarm.set(Number.MAX_SAFE_INTEGER)
  vi.advanceTimersByTime(1_000)
  expect(woken).toBe(0)
  vi.advanceTimersByTime(2 ** 31)
  expect(woken).toBe(1)
})

it('wakes no more when it is stopped', () => {
  const alarm = new TimerAlarm(clock, () => {
    throw new Error('woken')
  })
  alarm.set(Date.now() + 10)
  alarm.stop()
  vi.advanceTimersByTime(100)
  expect(vi.getTimerCount()).toBe(0)
})

it.each([-1_000, 0, 1])('wakes a millisecond later at the earliest, in a turn of its own, when it is set for %i ms from now', (ms) => {
  let woken = 0
  const alarm = new TimerAlarm(clock, () => void woken++)
  alarm.set(Date.now() + ms)
  vi.advanceTimersByTime(0)
  expect(woken).toBe(0)
  vi.advanceTimersByTime(1)
  expect(woken).toBe(1)
})
