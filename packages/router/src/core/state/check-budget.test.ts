// Shows how much time the checks of one owner may take, with a clock that only checks move.

import { ManualClock } from '@trunkline/testing/ports'
import { beforeEach, describe, expect, it } from 'vitest'
import { CheckBudget } from './check-budget.ts'

let clock: ManualClock
let budget: CheckBudget
beforeEach(() => {
  clock = new ManualClock()
  budget = new CheckBudget(clock, { run: (check) => check() })
})

/** Whether a check of an owner that takes so long is made. */
const isMade = (milliseconds: number, owner = 'user a', octets = 1_000_000): boolean =>
  budget.run(
    owner,
    () => {
      clock.advance(milliseconds)
      return true
    },
    false,
    octets,
  )
const made = (count: number, milliseconds: number, octets?: number): number =>
  Array.from({ length: count }, () => isMade(milliseconds, 'user a', octets)).filter((each) => each).length

describe('checks of payloads that take long', () => {
  it('are no more than half a second of one owner at once, and then a quarter of the time', () => {
    expect(made(50, 100)).toBe(7)
    clock.advance(10_000)
    const before = clock.monotonic()
    let took = 0
    while (clock.monotonic() < before + 60_000) {
      if (isMade(100)) took += 100
      else clock.advance(10)
    }
    expect(took).toBeGreaterThan(12_000)
    expect(took).toBeLessThan(18_000)
  })

  it('do not delay those of other owners', () => {
    made(50, 100)
    expect([isMade(100), isMade(100, 'user b')]).toEqual([false, true])
  })

  it('do not count where each takes little for its length', () => {
    expect([made(1_000, 10), budget.debtors]).toEqual([1_000, 0])
    expect([made(1_000, 0.125, 100), budget.debtors]).toEqual([1_000, 0])
  })

  it('are no more than a tenth of a second at once where their payloads are short', () => {
    expect(made(1_000, 1, 188)).toBeLessThan(150)
    clock.advance(100)
    expect(made(1_000, 1, 188)).toBeLessThan(50)
    expect(isMade(1, 'user b', 188)).toBe(true)
  })

  it('leave nothing of owners whose time is over', () => {
    for (let i = 0; i < 20; i++) isMade(100, `user ${i}`)
    clock.advance(1_000)
    isMade(100)
    expect(budget.debtors).toBe(1)
  })
})
