// The table that a run prints, in Markdown, so that it can be copied into a README. Never measures.

import type { Row } from './rows.ts'

/** One row as measured: medians over the pairs. */
export interface Measurement {
  readonly row: Row
  readonly ours: number
  /** NaN where there is nothing to compare with. */
  readonly other: number
  /** Median of the ratios ours : other of the pairs. */
  readonly ratio: number
  readonly ratios: readonly number[]
  readonly isClean: boolean
  readonly notes: readonly string[]
}

const WIDTHS = [28, 11, 11, 18, 7, 8, 7, 8] as const
const TITLES = ['scenario', 'ours', 'other', 'unit', 'ratio', 'bar', 'aim', 'result']

export function header(): string[] {
  return [cells(TITLES), `|${WIDTHS.map((width) => '-'.repeat(width + 2)).join('|')}|`]
}

export function line(measurement: Measurement): string {
  const { row, ours, other } = measurement
  const sign = row.atLeast === undefined ? '<=' : '>='
  const bar = row.atLeast ?? row.atMost
  const cell = (value: number | undefined): string => (value === undefined ? '-' : `${sign} ${value}`)
  return cells([
    row.name,
    figure(ours),
    figure(other),
    row.unit,
    figure(shownRatio(measurement)),
    cell(bar),
    cell(row.aim),
    verdict(measurement),
  ])
}

/** Whether the bar was reached; a run that lost a message has failed whatever its speed. */
function verdict(measurement: Measurement): string {
  const { row, isClean } = measurement
  if (!isClean) return 'FAULTY'
  const judged = row.judged === 'figure' ? measurement.ours : shownRatio(measurement)
  if (row.atLeast === undefined && row.atMost === undefined) return '-'
  const reaches = (limit: number): boolean => (row.atLeast === undefined ? judged <= limit : judged >= limit)
  if (!reaches(row.atLeast ?? row.atMost ?? 0)) return 'missed'
  return row.aim !== undefined && reaches(row.aim) ? 'aim' : 'bar'
}

function shownRatio({ row, ratio }: Measurement): number {
  return row.judged === 'slowdown' ? 1 / ratio : ratio
}

function figure(value: number): string {
  if (Number.isNaN(value)) return '-'
  if (value >= 10_000) return `${(value / 1000).toFixed(0)} k`
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2)
}

function cells(texts: readonly string[]): string {
  return `| ${texts.map((text, i) => text.padEnd(WIDTHS[i] ?? 0)).join(' | ')} |`
}
