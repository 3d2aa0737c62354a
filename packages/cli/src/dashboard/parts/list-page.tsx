// A page with one list of the admin API: its search, its table, its pages.

import type { ComponentChildren } from 'preact'
import { whole } from '../state/formats.ts'
import type { PagedList, Shown } from '../state/paged-list.ts'
import { useDashboard } from './context.ts'
import type { Column } from './data-table.tsx'
import { DataTable } from './data-table.tsx'
import { Empty, Notice, Options } from './small.tsx'

interface ListProps<Row> {
  /** In the plural: sessions. */
  readonly noun: string
  readonly list: PagedList<Row> | undefined
  readonly columns: readonly Column<Row>[]
  readonly keyOf: (row: Row) => string
  /** What brings entries, for an empty list. */
  readonly hint: ComponentChildren
  /** Whether a filter may hide entries. */
  readonly isFiltered: boolean
}

export function List<Row>({ noun, list, columns, keyOf, hint, isFiltered }: ListProps<Row>) {
  const page = list?.page.value
  const fault = list?.fault.value
  return (
    <>
      {fault === undefined ? null : <Notice>{fault}</Notice>}
      {page === undefined ? (
        <p class="quiet reading">{fault === undefined ? `Reading ${noun} …` : ''}</p>
      ) : page.rows.length === 0 && page.next === null ? (
        <Empty title={isFiltered ? `No ${noun} match.` : `No ${noun}.`}>{isFiltered ? 'Change the search or the filter.' : hint}</Empty>
      ) : (
        <DataTable label={noun} columns={columns} rows={page.rows} keyOf={keyOf} />
      )}
      {list !== undefined && page !== undefined ? <Pager noun={noun} list={list} page={page} /> : null}
    </>
  )
}

function Pager<Row>({ noun, list, page }: { readonly noun: string; readonly list: PagedList<Row>; readonly page: Shown<Row> }) {
  const isOnly = page.number === 1 && page.next === null
  return (
    <nav class="pager" aria-label={`Pages of ${noun}`}>
      <span class="quiet" role="status">
        {isOnly
          ? `${whole(page.rows.length)} of ${whole(page.total)} ${noun}`
          : `Page ${page.number} · ${whole(page.total)} ${noun} in all`}
      </span>
      {isOnly ? null : (
        <>
          <button type="button" class="small" disabled={page.number === 1} onClick={() => void list.previous()}>
            Previous
          </button>
          <button type="button" class="small" disabled={page.next === null} onClick={() => void list.next()}>
            Next
          </button>
        </>
      )}
    </nav>
  )
}

/** A choice among a few words, kept in the address. */
export function Choice({ name, label, words }: { readonly name: string; readonly label: string; readonly words: readonly string[] }) {
  const { navigation } = useDashboard()
  return (
    <label class="inline-field">
      <span class="only-read">{label}</span>
      <select
        value={navigation.place.value.params[name] ?? ''}
        onChange={(event) => navigation.change({ [name]: event.currentTarget.value })}
      >
        <option value="">{label}: any</option>
        <Options words={words} />
      </select>
    </label>
  )
}
