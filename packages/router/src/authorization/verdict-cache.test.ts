// Shows what the cache of verdicts takes, at its bounds.

import { expect, it } from 'vitest'
import { VerdictCache } from './verdict-cache.ts'

const PETER = { id: 1, authid: 'peter', authrole: 'user', authmethod: 'ticket', authprovider: 'static' }
const clock = { now: (): number => 0, monotonic: (): number => 0 }

it('keeps verdicts on URIs of 1,024 characters, and on none that are longer', () => {
  const cache = new VerdictCache(10, 1_000, clock)
  const verdicts = cache.of(PETER)
  for (const length of [1_024, 1_025]) verdicts.set('call', 'a'.repeat(length), 'exact', true)
  expect([1_024, 1_025].map((length) => verdicts.get('call', 'a'.repeat(length), 'exact'))).toEqual([true, undefined])
  expect(cache.size).toBe(1)
})

it('has no more entries than it may, also where one is set again', () => {
  const cache = new VerdictCache(2, 1_000, clock)
  const verdicts = cache.of(PETER)
  for (const uri of ['a', 'b', 'b']) verdicts.set('call', uri, 'exact', true)
  expect([cache.size, verdicts.get('call', 'a', 'exact')]).toEqual([2, true])
  verdicts.set('call', 'c', 'exact', true)
  expect(['a', 'b', 'c'].map((uri) => verdicts.get('call', uri, 'exact'))).toEqual([true, undefined, true])
  expect(cache.size).toBe(2)
})

it('forgets a verdict at the millisecond at which its time is over', () => {
  let now = 0
  const verdicts = new VerdictCache(2, 1_000, { ...clock, monotonic: () => now }).of(PETER)
  verdicts.set('call', 'a', 'exact', false)
  now = 999
  expect(verdicts.get('call', 'a', 'exact')).toBe(false)
  now = 1_000
  expect(verdicts.get('call', 'a', 'exact')).toBeUndefined()
})
