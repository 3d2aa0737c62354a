// What `trunkline top` shows, as lines of text that fit into a screen. Everything that a client or the router chose is made printable.

import { spanText } from '../quantities.ts'
import { printableLine } from '../printable.ts'
import { textTable } from '../text-table.ts'
import type { Look, Row } from './look.ts'
import { ratesOf, rowsOf, sorted } from './look.ts'
import type { TableName } from './tables.ts'

/** What the user has chosen. */
export interface Choice {
  readonly table: TableName
  /** The column that the rows are sorted by; absent: the first. */
  readonly column?: string | undefined
  readonly isReversed: boolean
  readonly isPaused: boolean
}

export interface Size {
  readonly columns: number
  readonly rows: number
}

const KEYS = 's p t: sessions, procedures, topics   < >: sort by   r: reverse   space: pause   q: quit'

/** The lines about the whole router. */
export function overview(before: Look, now: Look): readonly string[] {
  const { status } = now
  const { calls, events, messages_in: messagesIn, messages_out: messagesOut, cpu } = ratesOf(before, now)
  const { memory, event_loop_delay_ms: delay } = status
  return [
    `Trunkline ${printableLine(status.version)}  ${status.state}  up ${spanText(status.uptime_seconds)}   ${status.sessions} sessions in ${status.realms} realms, ${status.procedures} procedures, ${status.topics} topics`,
    `${calls} calls/s  ${events} events/s  ${messagesIn} messages in/s  ${messagesOut} out/s   ${status.calls_open} calls open  ${kilobytes(status.queued_bytes)} kB queued`,
    `processor ${cpu} %  memory ${Math.round(memory.rss / 1_048_576)} MiB   event loop late by ${delay.mean} ms, 99 %: ${delay.p99} ms, at most ${delay.max} ms`,
  ]
}

/** The list, its title and its keys. */
export function listLines(before: Look, now: Look, { table, column, isReversed }: Choice): readonly string[] {
  const rows = rowsOf(before, now)
  const columns = columnsOf(rows)
  const by = column !== undefined && columns.includes(column) ? column : columns[0]
  const { entries, total } = now.list
  const part = entries.length < total ? `, the oldest ${entries.length} of them` : ''
  const title = `${total} ${table}${part}${by === undefined ? '' : `, by ${by}${isReversed ? ', least first' : ''}`}`
  const shown = by === undefined ? rows : sorted(rows, by, isReversed)
  const text = textTable(
    shown,
    columns.map((name) => ({ title: name === by ? `${name}*` : name, of: (row) => row[name] ?? null })),
  )
  return ['', title, ...(rows.length === 0 ? [] : text.trimEnd().split('\n'))]
}

/** The whole picture: no more lines than the screen has, and none longer. */
export function picture(before: Look, now: Look, choice: Choice, { columns, rows }: Size): readonly string[] {
  const lines = [...overview(before, now), ...listLines(before, now, choice)]
  const keys = choice.isPaused ? `paused   ${KEYS}` : KEYS
  return [...lines.slice(0, Math.max(1, rows - 1)), keys].slice(0, rows).map((line) => line.slice(0, columns))
}

export function columnsOf(rows: readonly Row[]): readonly string[] {
  return Object.keys(rows[0] ?? {})
}

function kilobytes(octets: number): number {
  return Math.round(octets / 1000)
}
