// Shows the slices in which deferred tasks run, on a clock and turns that the test holds in its hand.

import { ManualClock } from '@trunkline/testing/ports'
import { describe, expect, it } from 'vitest'
import { SlicedScheduler } from './sliced-scheduler.ts'

function makeScheduler(): { clock: ManualClock; scheduler: SlicedScheduler; thisTurn: (() => void)[]; turns: (() => void)[] } {
  const [thisTurn, turns]: [(() => void)[], (() => void)[]] = [[], []]
  const clock = new ManualClock()
  const scheduler = new SlicedScheduler(
    clock,
    (run) => void thisTurn.push(run),
    (run) => void turns.push(run),
  )
  return { clock, scheduler, thisTurn, turns }
}

describe('deferred tasks', () => {
  it('run in their order after what runs now, those that a task defers too', () => {
    const { scheduler, thisTurn, turns } = makeScheduler()
    const ran: number[] = []
    scheduler.defer(() => {
      ran.push(1)
      scheduler.defer(() => void ran.push(3))
    })
    scheduler.defer(() => void ran.push(2))
    expect([ran, thisTurn.length]).toEqual([[], 1])
    thisTurn.shift()?.()
    expect([ran, thisTurn.length]).toEqual([[1, 2, 3], 0])
    scheduler.defer(() => void ran.push(4))
    expect(thisTurn.length).toBe(1)
    thisTurn.shift()?.()
    for (const turn of turns.splice(0)) turn()
    expect([ran, thisTurn.length, turns.length]).toEqual([[1, 2, 3, 4], 0, 0])
  })

  it('give the event loop a turn when their slice is over, and go on where they were', () => {
    const { clock, scheduler, thisTurn, turns } = makeScheduler()
    const ran: number[] = []
    for (let i = 0; i < 5; i++) {
      scheduler.defer(() => {
        ran.push(i)
        clock.advance(3)
      })
    }
    thisTurn.shift()?.()
    expect(ran).toEqual([0, 1])
    scheduler.defer(() => void ran.push(5))
    expect([thisTurn.length, turns.length]).toEqual([0, 1])
    turns.shift()?.()
    expect(ran).toEqual([0, 1, 2, 3])
    turns.shift()?.()
    expect(ran).toEqual([0, 1, 2, 3, 4, 5])
    turns.shift()?.()
    expect([thisTurn.length, turns.length]).toEqual([0, 0])
  })

  it('of many who defer one after the other in the same turn have one slice together', () => {
    const { clock, scheduler, thisTurn, turns } = makeScheduler()
    let ran = 0
    for (let socket = 0; socket < 200; socket++) {
      scheduler.defer(() => {
        ran++
        clock.advance(4)
      })
      thisTurn.shift()?.()
    }
    expect(ran).toBe(2)
    turns.shift()?.()
    expect([ran, turns.length]).toEqual([4, 1])
  })

  it('that defer one another without end have no more than a slice in a turn', () => {
    const { clock, scheduler, thisTurn, turns } = makeScheduler()
    let ran = 0
    const again = (): void => {
      ran++
      clock.advance(1)
      scheduler.defer(again)
    }
    scheduler.defer(again)
    thisTurn.shift()?.()
    for (let turn = 0; turn < 10; turn++) turns.shift()?.()
    expect([ran, turns.length]).toEqual([55, 1])
  })
})
