// Shows what events change in lists.

import { expect, it } from 'vitest'
import { changedRealms, newestComings } from './changes.ts'

const row = (realm: string, sessions: number) => ({ realm, sessions })

it('realms keep their place, come at the end, and go', () => {
  const before = [row('a', 1), row('b', 1), row('c', 1)]
  expect(changedRealms(before, [row('b', 5), row('d', 1)], ['a'])).toEqual([row('b', 5), row('c', 1), row('d', 1)])
})

it('the last sessions that came or went are newest first, and few', () => {
  const member = (session: number) => ({ realm: 'a', session, authid: 'olga', authrole: 'guest' })
  const first = newestComings([], { joined: [member(1), member(2)], left: [member(1)] }, 5)
  expect(first.map(({ kind, session, at }) => [kind, session, at])).toEqual([
    ['left', 1, 5],
    ['joined', 2, 5],
    ['joined', 1, 5],
  ])
  const many = Array.from({ length: 20 }, (_, i) => member(i))
  expect(newestComings(first, { joined: many, left: [] }, 6).map(({ session }) => session)).toEqual([19, 18, 17, 16, 15, 14, 13, 12])
})
