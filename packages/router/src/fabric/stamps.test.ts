// Shows the numbers by which all nodes order what happens.

import { expect, it } from 'vitest'
import { Stamps } from './stamps.ts'

it('stamps follow the clock, and grow while it stands still or is set back', () => {
  let now = 1_000
  const stamps = new Stamps(() => now)
  const given = [stamps.next(), stamps.next()]
  now = 2_000
  given.push(stamps.next())
  now = 500
  given.push(stamps.next())
  expect(given).toEqual([1_024_000, 1_024_001, 2_048_000, 2_048_001])
})

it('stamps are later than each one that came from another node, whose clock may be ahead', () => {
  const stamps = new Stamps(() => 1_000)
  stamps.saw(9_999_999)
  stamps.saw(5)
  expect(stamps.next()).toBe(10_000_000)
})
