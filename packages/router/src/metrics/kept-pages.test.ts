// Shows how much time readers of pages can take, however many they are.

import { expect, it } from 'vitest'
import { content } from '../listeners/http-answer.ts'
import { KeptPages } from './kept-pages.ts'

/** Pages with their number, each of which takes some milliseconds. */
function pagesThatTake(ms: number) {
  const clock = { now: 0 }
  let made = 0
  const make = (kind: string) => {
    clock.now += ms
    return content('text/plain', `${kind} ${++made}`)
  }
  const pages = new KeptPages(make, () => clock.now)
  return { clock, get: (kind = 'a'): string => Buffer.from(pages.get(kind).octets).toString() }
}

it('pages are made anew for each reader while that takes little time', () => {
  const { clock, get } = pagesThatTake(1)
  for (let i = 1; i <= 1_000; i++, clock.now += 10) expect(get()).toBe(`a ${i}`)
})

it('pages are given again to readers who ask too often: a tenth of the time may go into making them', () => {
  const { clock, get } = pagesThatTake(60)
  expect(Array.from({ length: 1_000 }, () => get()).at(-1)).toBe('a 2')
  clock.now += 70
  expect([get(), get()]).toEqual(['a 2', 'a 2'])
  clock.now += 20
  expect([get(), get()]).toEqual(['a 3', 'a 3'])
  for (let i = 0; i < 10_000; i++, clock.now += 6) get()
  expect(Number(get().slice(2))).toBeLessThan(120)
  clock.now += 1_000_000
  expect(get()).not.toBe(get())
})

it('each kind of page has one of its own, also when no time is left', () => {
  const { get } = pagesThatTake(500)
  expect([get('a'), get('b'), get('a'), get('b')]).toEqual(['a 1', 'b 2', 'a 1', 'b 2'])
})
