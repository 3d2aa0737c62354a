// Shows how much the router keeps with open calls of all callers.

import { describe, expect, it } from 'vitest'
import { CallBudget } from './call-budget.ts'
import { OwnerTotal } from './owner-total.ts'

const MEBIBYTE = 1024 * 1024
const MOST = 4 * MEBIBYTE

describe('what is kept with open calls', () => {
  function budgets(total: OwnerTotal, owner: string, sessions: number): CallBudget[] {
    return Array.from({ length: sessions }, () => new CallBudget(() => owner, total))
  }

  /** Takes 4 MiB for each; how many had room. */
  function kept(all: readonly CallBudget[]): number {
    const fitting = all.filter((budget) => {
      const fits = budget.fitsToRepeat(MOST, MOST)
      if (fits) budget.take(MOST)
      return fits
    })
    return fitting.length
  }

  it('is bounded for each session, for all sessions of one owner, and for all together', () => {
    const total = new OwnerTotal()
    const [one = [], ...others] = ['a', 'b', 'c', 'd', 'e'].map((authid) => budgets(total, authid, 100))
    expect(kept(one)).toBe(8)
    expect(kept(one.slice(0, 8))).toBe(0)
    expect(others.map(kept)).toEqual([8, 8, 8, 0])
    expect([total.octets, total.owners]).toEqual([128 * MEBIBYTE, 4])
  })

  it('leaves room for progressive calls, however much payload is kept for re-routing', () => {
    const total = new OwnerTotal()
    const all = budgets(total, 'a', 20)
    kept(all)
    expect(all.at(-1)?.fits(MOST, MOST)).toBe(true)
  })

  it('is given back, and nothing is left of its owners', () => {
    const total = new OwnerTotal()
    const all = ['a', 'b'].flatMap((authid) => budgets(total, authid, 2))
    for (const budget of all) budget.take(100)
    expect([total.octets, total.owners]).toEqual([400, 2])
    for (const budget of all) budget.giveBack(100)
    expect([total.octets, total.owners, all.map(({ octets }) => octets)]).toEqual([0, 0, [0, 0, 0, 0]])
  })
})
