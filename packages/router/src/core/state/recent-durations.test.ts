// Shows what the latency of a registration says of its recent calls.

import { expect, it } from 'vitest'
import { RecentDurations } from './recent-durations.ts'

const BOUNDS = [0.001, 0.01, 0.1]
const MINUTE = 60_000

it('is nothing before a call was timed', () => {
  expect(new RecentDurations(BOUNDS, 0).latency(0)).toBe(undefined)
})

it('has the mean, and percentiles between the bounds of a histogram', () => {
  const recent = new RecentDurations(BOUNDS, 0)
  for (let i = 0; i < 99; i++) recent.add(0.005, 1, 0)
  recent.add(7, 1, 0)
  const { mean = 0, p50 = 0, p99 = 0 } = recent.latency(0) ?? {}
  expect(mean).toBeCloseTo(0.07495)
  expect(p50 > 0.001 && p50 <= 0.01).toBe(true)
  expect(p99).toBeCloseTo(0.01)
})

it('counts a call for as many as it stands for', () => {
  const recent = new RecentDurations(BOUNDS, 0)
  recent.add(0.0005, 1, 0)
  recent.add(0.05, 8, 0)
  expect(recent.latency(0)?.mean).toBeCloseTo(0.04455)
})

it('forgets: what came a minute ago counts half, and after some minutes nothing is left', () => {
  const recent = new RecentDurations(BOUNDS, 0)
  recent.add(0.09, 2, 0)
  recent.add(0.03, 1, MINUTE)
  expect(recent.latency(MINUTE)?.mean).toBeCloseTo(0.06)
  expect(recent.latency(60 * MINUTE)).toBe(undefined)
})
