// The part of a list over realms that one process has, and the parts of all as one page. Looks at a bounded number of entries.

import type { Page, PageRequest, ProcedureRow, RealmView, Router, SessionFilter, SessionRow, TopicRow, UriFilter } from '@trunkline/router'
import { procedureRow, sessionRow, topicRow } from '../rows.ts'

export type ListName = 'sessions' | 'procedures' | 'topics'
export type ListFilter = SessionFilter & UriFilter

/** Where a list goes on in its first realm, for one process. */
export interface PartPlace {
  readonly node: string
  /** A text that differs each time the process is started: then its list of the realm begins anew. */
  readonly boot: string
  readonly after: number
}

export interface ListWish {
  readonly list: ListName
  /** From that of the page on. */
  readonly realms: readonly string[]
  readonly filter: ListFilter
  readonly from: readonly PartPlace[]
  readonly limit: number
}

/** The row of a list, and where it stands: by realm, then by order, of one process also by place. */
export interface ListedRow {
  /** Its index among those that are asked for. */
  readonly realm: number
  readonly place: number
  /** The same for the rows of one entry that several processes have. */
  readonly order: number
  readonly row: object
}

export interface ListPart {
  readonly boot: string
  readonly rows: readonly ListedRow[]
  /** How far it has looked; undefined: to the end. */
  readonly end: { readonly realm: number; readonly place: number } | undefined
}

/** What one call looks at. */
const MOST_LOOKED_AT = 20_000
/** The place of a process that has no more in the realm. */
export const DONE = -1

/** What this process has of a page. */
export function listPart(router: Pick<Router, 'realm'>, wish: ListWish, own: { readonly node: string; readonly boot: string }): ListPart {
  const { realms, from, limit } = wish
  const { boot } = own
  const start = from.find((each) => each.node === own.node && each.boot === boot)?.after ?? 0
  const rows: ListedRow[] = []
  let looked = 0
  for (const [i, name] of realms.entries()) {
    const after = i === 0 ? start : 0
    const realm = router.realm(name)
    if (realm === undefined || after === DONE) continue
    if (rows.length >= limit || looked >= MOST_LOOKED_AT) return { boot, rows, end: { realm: i, place: after } }
    const page = pageOf(realm, wish, { after, most: limit - rows.length })
    rows.push(...page.entries.map((entry) => ({ realm: i, ...entry })))
    looked += page.looked
    if (page.next !== undefined) return { boot, rows, end: { realm: i, place: page.next } }
  }
  return { boot, rows, end: undefined }
}

function pageOf(realm: RealmView, { list, filter }: ListWish, request: PageRequest): Page<Omit<ListedRow, 'realm'>> {
  const { name } = realm
  if (list === 'sessions') {
    return shown(realm.sessionPage(filter, request), (row: SessionRow) => ({
      place: row.place,
      order: row.since,
      row: sessionRow(name, row),
    }))
  }
  if (list === 'procedures') {
    return shown(realm.procedurePage(filter, request), (row: ProcedureRow) => ({
      place: row.id,
      order: row.id,
      row: procedureRow(name, row),
    }))
  }
  return shown(realm.topicPage(filter, request), (row: TopicRow) => ({ place: row.id, order: row.id, row: topicRow(name, row) }))
}

function shown<Row, Shown>(page: Page<Row>, show: (row: Row) => Shown): Page<Shown> {
  return { ...page, entries: page.entries.map(show) }
}
