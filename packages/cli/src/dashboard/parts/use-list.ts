// A list of the admin API for a page: read anew when its filter or session changes, again when the router publishes a change, and
// now and then for its counters. Rows of another filter are gone at once.

import { effect, untracked } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import type { AdminCalls } from '../state/admin.ts'
import type { Page } from '../state/paged-list.ts'
import { PagedList } from '../state/paged-list.ts'
import { Rates } from '../state/rates.ts'
import { useAdmin, useDashboard } from './context.ts'

const PERIOD_MS = 3_000

interface ListParts<Row> {
  readonly read: (api: AdminCalls, after: string | undefined) => Promise<Page<Row>>
  readonly keyOf: (row: Row) => string
  /** Counters of a row, for its rates. Absent: there are none. */
  readonly countsOf?: (row: Row) => readonly number[]
}

export interface ReadList<Row> {
  readonly list: PagedList<Row> | undefined
  readonly rates: Rates<Row>
}

/** @param filter all that decides about the rows: another filter is another list */
export function useList<Row>(filter: string, { read, keyOf, countsOf = () => [] }: ListParts<Row>): ReadList<Row> {
  const { watch, admin } = useDashboard()
  const api = useAdmin()
  const made = useMemo(() => {
    const list = api && new PagedList((after) => read(api, after))
    return { list, rates: new Rates(keyOf, countsOf) }
  }, [filter, admin.session])
  useEffect(() => {
    const { list, rates } = made
    if (list === undefined) return
    const endReading = effect(() => {
      void watch.changes.value
      untracked(() => void list.refresh())
    })
    const endRates = effect(() => rates.update(list.page.value?.rows ?? [], Date.now()))
    const timer = setInterval(() => {
      if (!document.hidden) void list.refresh()
    }, PERIOD_MS)
    return () => {
      endReading()
      endRates()
      clearInterval(timer)
    }
  }, [made])
  return made
}
