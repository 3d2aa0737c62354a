// Shows what the graph makes of a picture of the traffic.

import { expect, it } from 'vitest'
import type { Picture } from './admin.ts'
import type { CallEdge, PublicationEdge } from './picture.ts'
import { edgesOf, groupName, middlesOf } from './picture.ts'

const user = (authid: string) => ({ authrole: 'guest', authid, session: null })

function call(from: string, to: string, rate: number, changes: Partial<CallEdge> = {}): CallEdge {
  const rest = { realm: 'a', procedure: 'com.add', match: 'exact', errors: 0, mean_ms: 1, max_ms: 5 } as const
  return { ...rest, from: user(from), to: user(to), rate, ...changes }
}

function publication(from: string, to: readonly string[]): PublicationEdge {
  const receivers = to.map((authid) => ({ ...user(authid), sessions: 1 }))
  return { realm: 'a', topic: 'com.add', from: user(from), rate: 4, deliveries: 8, subscribers: to.length, to: receivers }
}

const picture = (calls: readonly CallEdge[], publications: readonly PublicationEdge[] = []): Picture => {
  return { seconds: 2, calls, publications, others: { calls: 0, publications: 0 }, missing: [] }
}

it('calls of several users to one procedure are one part of the middle, with its mean by rate', () => {
  const slow = call('bob', 'x', 1, { mean_ms: 10, max_ms: 40, errors: 0.5 })
  const [middle] = [...middlesOf(picture([call('alice', 'x', 9), slow])).values()]
  expect(middle).toEqual({
    kind: 'call',
    realm: 'a',
    uri: 'com.add',
    rate: '10 calls/s',
    note: '0.5 errors/s · mean 1.9 ms · max 40 ms',
    hasErrors: true,
  })
})

it('a topic is another part than a procedure of the same URI, with its events', () => {
  const both = picture([call('alice', 'x', 1)], [publication('bob', ['c', 'd'])])
  expect([...middlesOf(both).values()].map(({ kind, note }) => [kind, note])).toEqual([
    ['call', 'mean 1 ms · max 5 ms'],
    ['publish', '8 events/s to 2'],
  ])
  expect(edgesOf(both).map(({ from, to, rate }) => [from, to, rate])).toEqual([
    ['alice', 'x', 1],
    ['bob', 'c', 2],
    ['bob', 'd', 2],
  ])
})

it('a publication without subscribers leads nowhere', () => {
  expect(edgesOf(picture([], [publication('bob', [])]))).toMatchObject([{ from: 'bob', to: '', rate: 4 }])
})

it('names are those of sessions, users or roles', () => {
  expect(groupName({ authrole: 'guest', authid: null, session: null })).toBe('guest')
  expect(groupName(user('olga'))).toBe('olga')
  expect(groupName({ ...user('olga'), session: 7 })).toBe('olga · 7')
})
