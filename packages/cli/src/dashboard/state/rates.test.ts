// Shows how counters of rows become rates.

import { expect, it } from 'vitest'
import { Rates } from './rates.ts'

it('a row has rates when it was read twice', () => {
  const rates = new Rates<{ id: string; calls: number }>(
    ({ id }) => id,
    ({ calls }) => [calls],
  )
  rates.update([{ id: 'a', calls: 5 }], 1_000)
  expect(rates.of({ id: 'a', calls: 5 })).toBeUndefined()
  rates.update(
    [
      { id: 'a', calls: 15 },
      { id: 'b', calls: 1 },
    ],
    3_000,
  )
  expect(rates.of({ id: 'a', calls: 15 })).toEqual([5])
  expect(rates.of({ id: 'b', calls: 1 })).toBeUndefined()
})

it('a counter that begins anew has no negative rate', () => {
  const rates = new Rates<number>(
    () => 'a',
    (count) => [count],
  )
  rates.update([9], 0)
  rates.update([1], 1_000)
  expect(rates.of(1)).toEqual([0])
})
