// Shows where lists over realms go on, and what is answered to cursors of others.

import type { RealmView } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Cursors } from './cursors.ts'

const ENTRIES: Readonly<Record<string, readonly string[]>> = { a: ['a1', 'a2'], b: [], c: ['c1', 'c2', 'c3'] }
const list = ({ name }: RealmView, { after, most }: { readonly after: number; readonly most: number }) => {
  const entries = (ENTRIES[name] ?? []).slice(after, after + most)
  const next = after + entries.length
  return { entries, next: next < (ENTRIES[name]?.length ?? 0) ? next : undefined, looked: entries.length }
}

let router: ReturnType<typeof createRouter>
beforeEach(() => {
  router = createRouter({ realms: { a: {}, b: {}, c: {} } })
})
afterEach(() => router.close())

describe('a list over realms', () => {
  it('goes on in the next realm when one is done', () => {
    const cursors = new Cursors('one')
    const pages: (readonly string[])[] = []
    let after: string | undefined
    do {
      const page = cursors.page(router.realms, { after, limit: 2 }, list)
      pages.push(page.rows)
      after = page.next ?? undefined
    } while (after !== undefined)
    expect(pages).toEqual([['a1', 'a2'], ['c1', 'c2'], ['c3']])
  })

  it('is too old after a restart of the router, and when the realm of the last page was removed', () => {
    const { next } = new Cursors('one').page(router.realms, { limit: 3 }, list)
    const page = (run: string) => new Cursors(run).page(router.realms, { after: next ?? '', limit: 3 }, list)
    expect(page('one').rows).toEqual(['c2', 'c3'])
    expect(() => page('two')).toThrow('restarted')
    router.removeRealm('c')
    expect(() => page('one')).toThrow('removed')
  })

  it.each(['', 'x', 'bnVsbA', Buffer.from('["one","a"]').toString('base64url')])('refuses %j as a cursor', (after) => {
    expect(() => new Cursors('one').page(router.realms, { after }, list)).toThrow('expected the next of a page')
  })
})
