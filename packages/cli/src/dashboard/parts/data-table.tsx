// A table of rows that the reader may sort by its columns. On narrow screens each row is a small list of its own.

import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'

export interface Column<Row> {
  readonly title: string
  readonly cell: (row: Row) => ComponentChildren
  /** What the column is sorted by: numbers with the largest first. Absent: it cannot be. */
  readonly sort?: (row: Row) => number | string
  /** `number`: at the end, in tabular figures. `name`: gets the room that is left. */
  readonly kind?: 'name' | 'number' | 'actions'
}

interface Order {
  readonly column: number
  readonly isReversed: boolean
}

interface TableProps<Row> {
  /** What the table lists, for screen readers. */
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string | number
}

export function DataTable<Row>({ label, columns, rows, keyOf }: TableProps<Row>) {
  const [order, setOrder] = useState<Order | undefined>(undefined)
  return (
    <div class="table-frame" tabIndex={0} role="region" aria-label={`Table of ${label.toLowerCase()}`}>
      <table>
        <thead>
          <tr>
            {columns.map((column, i) => (
              <th key={column.title} scope="col" class={`is-${column.kind ?? 'text'}`} aria-sort={sortOf(order, i)}>
                <Heading column={column} onSort={() => setOrder(nextOrder(order, i))} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted(rows, columns, order).map((row) => (
            <tr key={keyOf(row)}>
              {columns.map((column) => (
                <td key={column.title} class={`is-${column.kind ?? 'text'}`} data-label={column.title}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Heading<Row>({ column, onSort }: { readonly column: Column<Row>; readonly onSort: () => void }) {
  if (column.kind === 'actions') return <span class="only-read">{column.title}</span>
  if (column.sort === undefined) return <>{column.title}</>
  return (
    <button type="button" class="sort" onClick={onSort}>
      {column.title}
    </button>
  )
}

function sortOf(order: Order | undefined, column: number): 'ascending' | 'descending' | undefined {
  if (order?.column !== column) return undefined
  return order.isReversed ? 'descending' : 'ascending'
}

/** First the way that one looks for, then the other, then as it came. */
function nextOrder(order: Order | undefined, column: number): Order | undefined {
  if (order?.column !== column) return { column, isReversed: true }
  return order.isReversed ? { column, isReversed: false } : undefined
}

function sorted<Row>(rows: readonly Row[], columns: readonly Column<Row>[], order: Order | undefined): readonly Row[] {
  const by = order === undefined ? undefined : columns[order.column]?.sort
  if (order === undefined || by === undefined) return rows
  const direction = order.isReversed ? -1 : 1
  return rows.toSorted((a, b) => direction * compare(by(a), by(b)))
}

function compare(a: number | string, b: number | string): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b))
}
