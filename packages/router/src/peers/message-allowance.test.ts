// Shows how an allowance is spent and grows again, at its bounds.

import { describe, expect, it } from 'vitest'
import { MessageAllowance } from './message-allowance.ts'

/** How many of a number of messages at one moment were within the allowance. */
function within(allowance: MessageAllowance, messages: number, now: number): number {
  return Array.from({ length: messages }, () => allowance.spend(now)).filter(Boolean).length
}

describe('an allowance of messages', () => {
  it('begins with its burst, by default as many as in a second', () => {
    expect(within(new MessageAllowance({ perSecond: 10, burst: 3 }, 0), 20, 0)).toBe(3)
    expect(within(new MessageAllowance({ perSecond: 10 }, 0), 20, 0)).toBe(10)
  })

  it('grows with time, message by message, and never beyond the burst', () => {
    const allowance = new MessageAllowance({ perSecond: 10, burst: 3 }, 1_000)
    expect(within(allowance, 3, 1_000)).toBe(3)
    expect([allowance.isLeft(1_099), allowance.isLeft(1_100)]).toEqual([false, true])
    expect(within(allowance, 1, 1_100)).toBe(1)
    expect(within(allowance, 3, 1_300)).toBe(2)
    expect(within(allowance, 20, 60_000)).toBe(3)
  })

  it('has its debt paid by waiting', () => {
    const allowance = new MessageAllowance({ perSecond: 10, burst: 3 }, 0)
    expect(within(allowance, 8, 0)).toBe(3)
    expect([allowance.isLeft(599), allowance.isLeft(600)]).toEqual([false, true])
  })

  it('takes another rate: what was spent stays spent, and no more is left than the new burst', () => {
    const allowance = new MessageAllowance({ perSecond: 10, burst: 100 }, 0)
    allowance.change({ perSecond: 1, burst: 5 }, 0)
    expect(within(allowance, 10, 0)).toBe(5)
    expect([allowance.isLeft(5_999), allowance.isLeft(6_000)]).toEqual([false, true])
    allowance.change({ perSecond: 2 }, 6_000)
    expect(within(allowance, 3, 6_000)).toBe(1)
    expect([allowance.isLeft(7_499), allowance.isLeft(7_500)]).toEqual([false, true])
    expect(within(allowance, 5, 60_000)).toBe(2)
  })
})
