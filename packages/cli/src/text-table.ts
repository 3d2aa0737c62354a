// Rows as columns of text.

import { printableLine } from './printable.ts'

/** A column: its title, and the text of a row in it. */
export interface Column<Row> {
  readonly title: string
  readonly of: (row: Row) => string | number | null
}

/** The rows below the titles. Numbers end at the right edge of their column, texts begin at the left one. */
export function textTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const values = rows.map((row) => columns.map(({ of }) => of(row)))
  const isNumeric = columns.map((_, i) => values.some((row) => typeof row[i] === 'number'))
  const lines = [columns.map(({ title }) => title), ...values.map((row) => row.map((value) => printableLine(String(value ?? '-'))))]
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)))
  const padded = (text: string, i: number): string => (isNumeric[i] === true ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0))
  return lines.map((line) => `${line.map(padded).join('  ').trimEnd()}\n`).join('')
}
