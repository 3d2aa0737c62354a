// Shows how a list goes from page to page.

import { ApplicationError } from '@trunkline/client'
import { expect, it } from 'vitest'
import type { ReadPage } from './paged-list.ts'
import { PagedList } from './paged-list.ts'

/** Pages of one entry each, named by the cursors that lead to them. */
function pages(...rows: readonly (string | undefined)[]): { readonly read: ReadPage<string>; readonly asked: (string | undefined)[] } {
  const asked: (string | undefined)[] = []
  const read: ReadPage<string> = (after) => {
    asked.push(after)
    const i = after === undefined ? 0 : Number(after)
    const row = rows[i]
    return Promise.resolve({ rows: row === undefined ? [] : [row], next: i + 1 < rows.length ? String(i + 1) : null, total: rows.length })
  }
  return { read, asked }
}

it('goes on, back, and reads the page again that is shown', async () => {
  const { read, asked } = pages('a', 'b', 'c')
  const list = new PagedList(read)
  await list.refresh()
  expect(list.page.value).toEqual({ rows: ['a'], next: '1', total: 3, number: 1 })
  await list.next()
  await list.next()
  await list.next()
  expect(list.page.value).toMatchObject({ rows: ['c'], next: null, number: 3 })
  await list.previous()
  await list.refresh()
  expect(list.page.value).toMatchObject({ rows: ['b'], number: 2 })
  expect(asked).toEqual([undefined, '1', '2', '1', '1'])
})

it('goes on after a reading that was under way', async () => {
  const { read } = pages('a', 'b')
  const list = new PagedList(read)
  await list.refresh()
  const again = list.refresh()
  await list.next()
  await again
  expect(list.page.value).toMatchObject({ rows: ['b'], number: 2 })
})

it('passes over pages in which nothing was found', async () => {
  const list = new PagedList(pages(undefined, undefined, 'c').read)
  await list.refresh()
  expect(list.page.value).toMatchObject({ rows: ['c'], next: null, number: 1 })
})

it('begins anew when the router does not know the cursor any more', async () => {
  let isRestarted = false
  const { read } = pages('a', 'b')
  const list = new PagedList<string>((after) =>
    isRestarted && after !== undefined ? Promise.reject(new ApplicationError('trunkline.error.cursor_too_old')) : read(after),
  )
  await list.refresh()
  await list.next()
  isRestarted = true
  await list.refresh()
  expect(list.page.value).toMatchObject({ rows: ['a'], number: 1 })
  expect(list.fault.value).toBeUndefined()
})

it('keeps the page and tells the fault when a reading fails', async () => {
  let isBroken = false
  const { read } = pages('a')
  const list = new PagedList<string>((after) =>
    isBroken ? Promise.reject(new ApplicationError('wamp.error.not_authorized')) : read(after),
  )
  await list.refresh()
  isBroken = true
  await list.refresh()
  expect(list.page.value?.rows).toEqual(['a'])
  expect(list.fault.value).toContain('may not')
})
