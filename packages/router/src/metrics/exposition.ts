// Metrics as text: the text format of Prometheus, and OpenMetrics 1.0. Reads nothing.

import type { HistogramReading, Metric, MetricSource, Reading } from './metric.ts'

/** `text` is that of Prometheus, versions 0.0.4 and 1.0.0, which are the same for names without quotes. */
export type TextFormat = 'text' | 'openmetrics'

/** All metrics of the sources, in the order of their tables. */
export function exposition(sources: readonly MetricSource[], format: TextFormat): string {
  const lines: string[] = []
  for (const { table, read } of sources) {
    const readings = read()
    for (const [name, metric] of Object.entries(table)) {
      const reading = readings[name] ?? []
      const series = typeof reading === 'number' ? [{ labels: [], value: reading }] : reading
      addFamily(lines, { name, metric, series }, format)
    }
  }
  if (format === 'openmetrics') lines.push('# EOF')
  return `${lines.join('\n')}\n`
}

interface Family {
  readonly name: string
  readonly metric: Metric
  readonly series: readonly Reading[]
}

function addFamily(lines: string[], { name, metric, series }: Family, format: TextFormat): void {
  const family = familyName(name, metric, format)
  lines.push(`# HELP ${family} ${helpText(metric.help, format)}`, `# TYPE ${family} ${typeWord(metric, format)}`)
  if (format === 'openmetrics' && metric.unit !== undefined) lines.push(`# UNIT ${family} ${metric.unit}`)
  for (const { labels, value } of series) {
    const pairs = metric.labels.map((label, i) => `${label}="${labelText(labels[i] ?? '')}"`).join(',')
    if (typeof value === 'number') lines.push(`${name}${pairs === '' ? '' : `{${pairs}}`} ${numberText(value)}`)
    else addHistogram(lines, name, pairs, value)
  }
}

function addHistogram(lines: string[], name: string, pairs: string, { bounds, counts, sum }: HistogramReading): void {
  const before = pairs === '' ? '' : `${pairs},`
  const own = pairs === '' ? '' : `{${pairs}}`
  let count = 0
  for (const [i, bound] of bounds.entries()) {
    count += counts[i] ?? 0
    lines.push(`${name}_bucket{${before}le="${boundText(bound)}"} ${count}`)
  }
  count += counts[bounds.length] ?? 0
  lines.push(`${name}_bucket{${before}le="+Inf"} ${count}`, `${name}_sum${own} ${numberText(sum)}`, `${name}_count${own} ${count}`)
}

/** OpenMetrics names the family of a counter or an info without the suffix of its samples. */
function familyName(name: string, { type }: Metric, format: TextFormat): string {
  if (format === 'text') return name
  return type === 'counter' ? name.replace(/_total$/, '') : type === 'info' ? name.replace(/_info$/, '') : name
}

function typeWord({ type }: Metric, format: TextFormat): string {
  return type === 'info' && format === 'text' ? 'gauge' : type
}

/** OpenMetrics escapes quotes in help, too. */
function helpText(text: string, format: TextFormat): string {
  const escaped = text.replaceAll('\\', String.raw`\\`).replaceAll('\n', String.raw`\n`)
  return format === 'text' ? escaped : escaped.replaceAll('"', String.raw`\"`)
}

function labelText(text: string): string {
  return ESCAPED.test(text)
    ? text
        .replaceAll('\\', String.raw`\\`)
        .replaceAll('\n', String.raw`\n`)
        .replaceAll('"', String.raw`\"`)
    : text
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value)
}

/** The same text in both formats, so that the series are the same: OpenMetrics writes whole bounds as 1.0. */
function boundText(bound: number): string {
  return Number.isInteger(bound) ? `${bound}.0` : String(bound)
}

const ESCAPED = /["\\\n]/
