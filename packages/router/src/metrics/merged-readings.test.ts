// Shows what the metrics of several processes are together.

import { describe, expect, it } from 'vitest'
import { mergedReadings } from './merged-readings.ts'
import type { MetricTable } from './metric.ts'

const TABLE: MetricTable = {
  a_total: { type: 'counter', labels: [], help: 'A.' },
  b: { type: 'gauge', labels: ['realm'], help: 'B.' },
  c_timestamp_seconds: { type: 'gauge', across: 'max', labels: [], help: 'C.' },
  d: { type: 'gauge', across: 'min', labels: [], help: 'D.' },
  e_info: { type: 'info', labels: ['version'], help: 'E.' },
  f: { type: 'histogram', labels: [], help: 'F.' },
}

describe('the metrics of several processes', () => {
  it('are sums, or the largest or smallest, series by series', () => {
    const of = (n: number, realm: string) => ({
      a_total: n,
      b: [
        { labels: ['both'], value: n },
        { labels: [realm], value: 1 },
      ],
      c_timestamp_seconds: n,
      d: n,
      e_info: [{ labels: ['1'], value: 1 }],
      f: [{ labels: [], value: { bounds: [1], counts: new Float64Array([n, 1]), sum: n } }],
    })
    expect(mergedReadings(TABLE, [of(1, 'x'), of(2, 'y'), of(4, 'x')])).toEqual({
      a_total: [{ labels: [], value: 7 }],
      b: [
        { labels: ['both'], value: 7 },
        { labels: ['x'], value: 2 },
        { labels: ['y'], value: 1 },
      ],
      c_timestamp_seconds: [{ labels: [], value: 4 }],
      d: [{ labels: [], value: 1 }],
      e_info: [{ labels: ['1'], value: 1 }],
      f: [{ labels: [], value: { bounds: [1], counts: [7, 3], sum: 7 } }],
    })
  })

  it('of one process are its own', () => {
    const readings = { a_total: 1 }
    expect(mergedReadings(TABLE, [readings])).toBe(readings)
  })
})
