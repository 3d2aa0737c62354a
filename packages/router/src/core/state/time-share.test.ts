// Shows how much time the long answers of one owner may take, with a clock that only answers move.

import { ManualAlarm, ManualClock } from '@trunkline/testing/ports'
import { beforeEach, describe, expect, it } from 'vitest'
import { Deadlines } from './deadlines.ts'
import { TimeShare } from './time-share.ts'

let clock: ManualClock
let deadlines: Deadlines
let share: TimeShare
beforeEach(() => {
  clock = new ManualClock()
  deadlines = new Deadlines(new ManualAlarm())
  share = new TimeShare(clock, deadlines)
})

function take(milliseconds: number, owner = 'a', then: 'done' | 'more' = 'done'): void {
  share.run(owner, () => {
    clock.advance(milliseconds)
    return then
  })
}

describe('the long answers of one owner', () => {
  it('take half a second at once, and then a quarter of the time', () => {
    let took = 0
    for (; !share.isUsedUp('a'); took += 100) take(100)
    expect(took).toBe(700)
    clock.advance(10_000)
    const begun = clock.monotonic()
    for (took = 0; clock.monotonic() < begun + 60_000;) {
      if (share.isUsedUp('a')) clock.advance(10)
      else {
        take(100)
        took += 100
      }
    }
    expect(took).toBeGreaterThan(15_000)
    expect(took).toBeLessThan(16_000)
  })

  it('take nothing from others', () => {
    while (!share.isUsedUp('a')) take(100)
    expect(share.isUsedUp('b')).toBe(false)
  })

  it('may go on when what they took is made good', () => {
    const told: number[] = []
    while (!share.isUsedUp('a')) take(100)
    share.whenGood('a', () => told.push(clock.monotonic()))
    const begun = clock.monotonic()
    while (told.length === 0) {
      clock.advance(10)
      deadlines.run(clock.monotonic())
    }
    expect(clock.monotonic() - begun).toBeLessThanOrEqual(300)
    for (let i = 0; i < 25; i++) {
      expect(share.isUsedUp('a')).toBe(false)
      take(1)
    }
  })
})

it('short answers count only where more follows', () => {
  for (let i = 0; i < 10_000; i++) take(0.1)
  expect([share.isUsedUp('a'), share.debtors]).toEqual([false, 0])
  for (let i = 0; i < 10_000; i++) take(0.1, 'a', 'more')
  expect(share.isUsedUp('a')).toBe(true)
})

it('owners whose debts are made good are forgotten', () => {
  for (let i = 0; i < 1_000; i++) take(1, `owner ${i}`)
  clock.advance(10_000)
  take(1, 'last')
  expect(share.debtors).toBe(1)
})
