// Shows quantiles of durations.

import { describe, expect, it } from 'vitest'
import { Latencies } from './latencies.ts'

describe('Latencies', () => {
  it('gives quantiles that are exact to one percent, and exact ends', () => {
    const latencies = new Latencies()
    for (let i = 1; i <= 1_000; i++) latencies.record(i)
    const { min, mean, max, p50, p95, p99 } = latencies.summary()
    expect([min, mean, max]).toEqual([1, 501, 1000])
    for (const [found, exact] of [
      [p50, 500],
      [p95, 950],
      [p99, 990],
    ] as const)
      expect(Math.abs(found / exact - 1)).toBeLessThan(0.015)
  })

  it('holds what is out of range, and nothing', () => {
    expect(new Latencies().summary()).toEqual({ min: 0, mean: 0, p50: 0, p95: 0, p99: 0, max: 0 })
    const latencies = new Latencies()
    for (const each of [0, 1e12]) latencies.record(each)
    expect([latencies.count, latencies.quantile(0), latencies.quantile(1)]).toEqual([2, 0.00101, 1e12])
  })
})
