// Shows that axes end at round numbers.

import { expect, it } from 'vitest'
import { firstSecond, roundOctetsUp, roundUp } from './axis.ts'

it('numbers end at few digits', () => {
  expect([0, 0.3, 1, 7, 11, 41, 990, 12_345].map(roundUp)).toEqual([1, 0.4, 1, 8, 20, 50, 1_000, 20_000])
})

it('octets end at round ones of their unit', () => {
  expect([0, 1_000, 65_536, 70 * 2 ** 20, 600 * 2 ** 20].map(roundOctetsUp)).toEqual([1, 1_024, 65_536, 128 * 2 ** 20, 768 * 2 ** 20])
})

it('the time grows from one minute to five', () => {
  expect([firstSecond(1_000, 1_010), firstSecond(1_000, 1_100), firstSecond(1_000, 2_000)]).toEqual([950, 1_000, 1_700])
})
