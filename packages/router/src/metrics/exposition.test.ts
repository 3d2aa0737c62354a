// Shows the text of metrics in both formats, and which one a scraper gets.

import { describe, expect, it } from 'vitest'
import { acceptedFormat } from './accepted-format.ts'
import { exposition } from './exposition.ts'
import type { MetricSource } from './metric.ts'

const SOURCE: MetricSource = {
  table: {
    a_info: { type: 'info', labels: ['version'], help: 'The "version".' },
    a_calls_total: { type: 'counter', labels: [], help: 'Calls.' },
    a_queued_bytes: { type: 'gauge', unit: 'bytes', labels: ['realm'], help: 'Line one\nand \\ two.' },
    a_wait_seconds: { type: 'histogram', unit: 'seconds', labels: ['to'], help: 'Waits.' },
    a_absent: { type: 'gauge', labels: [], help: 'Not known here.' },
  },
  read: () => ({
    a_info: [{ labels: ['1.2'], value: 1 }],
    a_calls_total: 12_345_678_901_234,
    a_queued_bytes: [
      { labels: ['a "b"\n\\'], value: 0.5 },
      { labels: ['c'], value: Number.POSITIVE_INFINITY },
    ],
    a_wait_seconds: [{ labels: ['x'], value: { bounds: [0.1, 1], counts: [2, 0, 3], sum: 7.25 } }],
    a_absent: [],
  }),
}

describe('metrics', () => {
  it('are written as text of Prometheus', () => {
    expect(exposition([SOURCE], 'text')).toBe(String.raw`# HELP a_info The "version".
# TYPE a_info gauge
a_info{version="1.2"} 1
# HELP a_calls_total Calls.
# TYPE a_calls_total counter
a_calls_total 12345678901234
# HELP a_queued_bytes Line one\nand \\ two.
# TYPE a_queued_bytes gauge
a_queued_bytes{realm="a \"b\"\n\\"} 0.5
a_queued_bytes{realm="c"} +Inf
# HELP a_wait_seconds Waits.
# TYPE a_wait_seconds histogram
a_wait_seconds_bucket{to="x",le="0.1"} 2
a_wait_seconds_bucket{to="x",le="1.0"} 2
a_wait_seconds_bucket{to="x",le="+Inf"} 5
a_wait_seconds_sum{to="x"} 7.25
a_wait_seconds_count{to="x"} 5
# HELP a_absent Not known here.
# TYPE a_absent gauge
`)
  })

  it('are written as OpenMetrics: families without suffixes, units, and an end', () => {
    const lines = exposition([SOURCE], 'openmetrics').split('\n')
    expect(lines.slice(0, 9)).toEqual([
      String.raw`# HELP a The \"version\".`,
      '# TYPE a info',
      'a_info{version="1.2"} 1',
      '# HELP a_calls Calls.',
      '# TYPE a_calls counter',
      'a_calls_total 12345678901234',
      String.raw`# HELP a_queued_bytes Line one\nand \\ two.`,
      '# TYPE a_queued_bytes gauge',
      '# UNIT a_queued_bytes bytes',
    ])
    expect(lines.slice(-2)).toEqual(['# EOF', ''])
  })
})

describe('the format', () => {
  const of = (header?: string): string => acceptedFormat(header).contentType
  const TEXT = 'text/plain; version=0.0.4; charset=utf-8'
  const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

  it('is OpenMetrics where the scraper prefers it, as Prometheus does', () => {
    const older =
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1'
    const newer =
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,' +
      'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2'
    expect([of(older), of(newer)]).toEqual([OPEN_METRICS, OPEN_METRICS])
    expect(of('text/plain;q=0.4, Application/OpenMetrics-Text; q=0.5')).toBe(OPEN_METRICS)
  })

  it('is text in the version that the scraper names', () => {
    expect(of('text/plain;version=0.0.4')).toBe(TEXT)
    expect(of('text/plain;version=1.0.0;escaping=underscores')).toBe('text/plain; version=1.0.0; charset=utf-8; escaping=underscores')
    expect(of('text/plain;version=1.0.0')).toBe('text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8')
  })

  it('is text for all that know none of the two, or prefer it', () => {
    for (const header of [undefined, '', '*/*', 'text/html,*/*;q=0.8', 'application/openmetrics-text;version=9,text/plain;q=0.1']) {
      expect(of(header)).toBe(TEXT)
    }
    expect(of('application/openmetrics-text;q=0.1,text/plain;q=0.9')).toBe(TEXT)
    expect(of('application/openmetrics-text;q=0')).toBe(TEXT)
  })
})
