// Shows that pages of lists over several processes hold each entry once, in order, whatever the processes have of it.

import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { ListedRow, ListName, ListPart, ListWish, PartPlace } from './list-part.ts'
import { DONE } from './list-part.ts'
import { mergedList } from './merged-list.ts'

interface Row {
  readonly realm: number
  readonly order: number
}

/** The part of a page that a process with these rows has from a realm on; it looks at three at a time. */
function partOf(node: string, rows: readonly Row[], { list, from, limit }: ListWish, first: number): ListPart {
  const placed = rows.map((row, i) => ({ ...row, place: list === 'sessions' ? i + 1 : row.order }))
  const start = from.find((each) => each.node === node)?.after ?? 0
  const left = placed
    .map((row) => ({ ...row, realm: row.realm - first }))
    .filter(({ realm, place }) => realm > 0 || (realm === 0 && start !== DONE && place > start))
  const looked = left.slice(0, Math.min(limit, 3))
  const shown: ListedRow[] = looked.map((each) => ({ ...each, row: { realm: each.realm + first, order: each.order } }))
  return { boot: 'x', rows: shown, end: left.length === looked.length ? undefined : looked.at(-1) }
}

/** All pages, until the last. */
function pagesOf(list: ListName, processes: readonly (readonly Row[])[], limit: number): readonly (readonly object[])[] {
  const pages: (readonly object[])[] = []
  let [first, from]: [number, readonly PartPlace[]] = [0, []]
  for (;;) {
    const wish = { list, realms: [], filter: {}, from, limit }
    const parts = processes.map((rows, i) => ({ node: `worker-${i}`, answer: partOf(`worker-${i}`, rows, wish, first) }))
    const { entries, next } = mergedList(parts, wish)
    expect(entries.length).toBeLessThanOrEqual(limit)
    pages.push(entries.map(({ row }) => row))
    if (next === undefined) return pages
    ;[first, from] = [first + next.realm, next.from]
    expect(pages.length).toBeLessThan(500)
  }
}

const inOrder = (rows: readonly Row[]): Row[] => rows.toSorted((a, b) => a.realm - b.realm || a.order - b.order)
const rows = fc.array(fc.record({ realm: fc.nat(3), order: fc.integer({ min: 1, max: 30 }) }), { maxLength: 20 }).map(inOrder)

it('of sessions have all of each process, oldest first in each realm', () => {
  fc.assert(
    fc.property(fc.array(rows, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 6 }), (processes, limit) => {
      expect(pagesOf('sessions', processes, limit).flat()).toEqual(inOrder(processes.flat()))
    }),
  )
})

it('of topics have each once, however many processes have it', () => {
  const unique = (of: readonly Row[]): Row[] => [...new Map(of.map((row) => [`${row.realm} ${row.order}`, row])).values()]
  fc.assert(
    fc.property(fc.array(rows.map(unique), { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 6 }), (processes, limit) => {
      expect(pagesOf('topics', processes, limit).flat()).toEqual(inOrder(unique(processes.flat())))
    }),
  )
})
