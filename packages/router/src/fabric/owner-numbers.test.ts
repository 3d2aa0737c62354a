// Shows the numbers by which a node names owners.

import { expect, it } from 'vitest'
import { OwnerNumbers } from './owner-numbers.ts'

it('an owner keeps its number, each has another, and none is 0', () => {
  const numbers = new OwnerNumbers()
  const [one, other] = [numbers.of('user realm1 one'), numbers.of('user realm1 other')]
  expect([one === other, one > 0, numbers.of('user realm1 one') === one, numbers.of(undefined)]).toEqual([false, true, true, 0])
})

it('the owners that came first are forgotten where very many come, and no two have one number', () => {
  const numbers = new OwnerNumbers()
  const first = numbers.of('network 10.0.0.1')
  const later = new Set(Array.from({ length: 20_000 }, (_, i) => numbers.of(`network fd00::${i}`)))
  expect(later.size).toBe(20_000)
  expect(numbers.of('network 10.0.0.1')).not.toBe(first)
  expect(numbers.of('network fd00::19999')).toBe(Math.max(...later))
})
