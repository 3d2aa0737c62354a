// The readings of several processes of one router as one. Reads nothing.

import type { HistogramReading, Metric, MetricTable, Reading, Readings } from './metric.ts'

/** What a table's metrics are over all processes: sums, unless the metric says otherwise. */
export function mergedReadings(table: MetricTable, all: readonly Readings[]): Readings {
  if (all.length === 1) return all[0] as Readings
  return Object.fromEntries(
    Object.entries(table).map(([name, metric]) => [
      name,
      merged(
        metric,
        all.map((each) => seriesOf(each[name])),
      ),
    ]),
  )
}

function seriesOf(reading: number | readonly Reading[] | undefined): readonly Reading[] {
  return typeof reading === 'number' ? [{ labels: [], value: reading }] : (reading ?? [])
}

function merged(metric: Metric, all: readonly (readonly Reading[])[]): readonly Reading[] {
  const series = new Map<string, Reading>()
  for (const reading of all.flat()) {
    const key = JSON.stringify(reading.labels)
    const before = series.get(key)
    series.set(key, before === undefined ? reading : { labels: reading.labels, value: together(metric, before.value, reading.value) })
  }
  return [...series.values()]
}

function together(metric: Metric, one: Reading['value'], other: Reading['value']): Reading['value'] {
  if (typeof one !== 'number' || typeof other !== 'number') return histogramsTogether(one as HistogramReading, other as HistogramReading)
  const across = metric.type === 'info' ? 'max' : metric.across
  if (across === undefined) return one + other
  return across === 'max' ? Math.max(one, other) : Math.min(one, other)
}

/** Both have the same bounds, since both are of the same metric. */
function histogramsTogether({ bounds, counts, sum }: HistogramReading, other: HistogramReading): HistogramReading {
  return { bounds, counts: Array.from(counts, (count, i) => count + (other.counts[i] ?? 0)), sum: sum + other.sum }
}
