// Shows the heap of deadlines against a plain sorted list, and when its alarm is set.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Deadline } from './deadlines.ts'
import { Deadlines } from './deadlines.ts'

function deadline(expire: () => void = () => {}): Deadline {
  return { at: 0, place: -1, expire }
}

describe('deadlines', () => {
  it('expire in the order of their times, and only when their time has come, whatever was set, moved and taken out before', () => {
    const step = fc.record({ what: fc.constantFrom('set', 'clear', 'run'), which: fc.nat(19), at: fc.nat(50) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const expired: number[] = []
        const deadlines = new Deadlines({ set() {} })
        const each = Array.from({ length: 20 }, (_, i) => deadline(() => void expired.push(i)))
        const model = new Map<number, number>()
        for (const { what, which, at } of steps) {
          const one = each[which]
          if (one === undefined) continue
          if (what === 'set') {
            deadlines.set(one, at)
            model.set(which, at)
          } else if (what === 'clear') {
            deadlines.clear(one)
            model.delete(which)
          } else {
            const due = [...model].filter(([, time]) => time <= at)
            deadlines.run(at)
            expect(expired.map((i) => model.get(i))).toEqual(due.map(([, time]) => time).toSorted((a, b) => a - b))
            expect(new Set(expired)).toEqual(new Set(due.map(([i]) => i)))
            for (const i of expired.splice(0)) model.delete(i)
          }
          expect(deadlines.size).toBe(model.size)
        }
      }),
    )
  })

  it('set the alarm for the nearest, and not again for a later one', () => {
    const alarms: number[] = []
    const deadlines = new Deadlines({ set: (at) => void alarms.push(at) })
    const [first, second] = [deadline(), deadline()]
    deadlines.set(first, 100)
    deadlines.set(second, 200)
    deadlines.set(second, 300)
    expect(alarms).toEqual([100])
    deadlines.set(second, 50)
    expect(alarms).toEqual([100, 50])
    deadlines.run(50)
    expect(alarms).toEqual([100, 50, 100])
    deadlines.run(100)
    expect(alarms).toEqual([100, 50, 100])
  })

  it('set the alarm anew when it rang early or something was put off meanwhile', () => {
    const alarms: number[] = []
    const deadlines = new Deadlines({ set: (at) => void alarms.push(at) })
    const one = deadline()
    deadlines.set(one, 100)
    deadlines.set(one, 200)
    deadlines.run(100)
    expect([alarms, deadlines.size]).toEqual([[100, 200], 1])
    deadlines.run(199)
    expect([alarms, deadlines.size]).toEqual([[100, 200, 200], 1])
  })

  it('let what expires set another deadline', () => {
    const times: number[] = []
    const deadlines = new Deadlines({ set() {} })
    const one = deadline(() => {
      times.push(one.at)
      if (times.length < 3) deadlines.set(one, one.at + 10)
    })
    deadlines.set(one, 10)
    deadlines.run(25)
    expect([times, deadlines.size]).toEqual([[10, 20], 1])
  })

  it('that are very many and due together expire in several turns, in order', () => {
    const [alarms, expired]: [number[], number[]] = [[], []]
    const deadlines = new Deadlines({ set: (at) => void alarms.push(at) })
    for (let i = 0; i < 3_000; i++)
      deadlines.set(
        deadline(() => void expired.push(i)),
        i / 100,
      )
    deadlines.run(30)
    const first = expired.length
    expect(first).toBeLessThan(2_000)
    expect(alarms).toEqual([0, first / 100])
    while (deadlines.size > 0) deadlines.run(30)
    expect(expired).toEqual(Array.from({ length: 3_000 }, (_, i) => i))
  })
})
