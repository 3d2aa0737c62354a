// Shows the queue between results and a loop: its order, its bound, its end, and what is notified when the loop is left.

import { describe, expect, it } from 'vitest'
import { LoopQueue } from './loop-queue.ts'

const DONE = { value: undefined, done: true }

function queue(): { numbers: LoopQueue<number | undefined>; left: () => number } {
  let left = 0
  return { numbers: new LoopQueue<number | undefined>(() => left++), left: () => left }
}

describe('a queue for a loop', () => {
  it('gives what waits in its order, and later values to those who wait, one each', async () => {
    const { numbers } = queue()
    expect([numbers.put(1), numbers.put(undefined)]).toEqual([true, true])
    expect(await numbers.next()).toEqual({ value: 1, done: false })
    expect(await numbers.next()).toEqual({ value: undefined, done: false })
    const both = [numbers.next(), numbers.next()]
    expect([numbers.put(3), numbers.put(4), numbers.put(5)]).toEqual([true, true, true])
    expect(await Promise.all(both)).toEqual([
      { value: 3, done: false },
      { value: 4, done: false },
    ])
    expect(await numbers.next()).toEqual({ value: 5, done: false })
  })

  it('is its own iterator', () => {
    const { numbers } = queue()
    expect(numbers[Symbol.asyncIterator]()).toBe(numbers)
  })

  it('holds 1,000 values, and refuses one more until one is taken', async () => {
    const { numbers } = queue()
    for (let i = 0; i < 1000; i++) expect(numbers.put(i)).toBe(true)
    expect(numbers.put(1000)).toBe(false)
    expect(await numbers.next()).toEqual({ value: 0, done: false })
    expect(numbers.put(1001)).toBe(true)
    expect(numbers.put(1002)).toBe(false)
  })

  it('ends behind what waits, and takes nothing more, without complaint', async () => {
    const { numbers, left } = queue()
    numbers.put(1)
    numbers.end()
    expect(numbers.put(2)).toBe(true)
    expect([await numbers.next(), await numbers.next(), await numbers.next()]).toEqual([{ value: 1, done: false }, DONE, DONE])
    expect(left()).toBe(0)
  })

  it('throws its error once; a second end has no effect', async () => {
    const { numbers } = queue()
    numbers.end({ error: new Error('first') })
    numbers.end({ error: new Error('second') })
    await expect(numbers.next()).rejects.toThrow('first')
    expect(await numbers.next()).toEqual(DONE)
    const failing = queue().numbers
    failing.end({ error: undefined })
    await expect(failing.next()).rejects.toBeUndefined()
  })

  it('ends all who wait, the first of them with the error', async () => {
    const { numbers } = queue()
    const waiting = [numbers.next(), numbers.next()]
    numbers.end({ error: new Error('over') })
    await expect(waiting[0]).rejects.toThrow('over')
    expect(await waiting[1]).toEqual(DONE)
  })

  it('tells once that the loop was left early, and forgets what waits', async () => {
    const { numbers, left } = queue()
    numbers.put(1)
    expect(await numbers.return()).toEqual(DONE)
    expect(await numbers.return()).toEqual(DONE)
    expect(await numbers.next()).toEqual(DONE)
    expect([numbers.put(2), left()]).toEqual([true, 1])
  })

  it('tells nothing when the loop is left after its end', async () => {
    const { numbers, left } = queue()
    numbers.end()
    await numbers.return()
    expect(left()).toBe(0)
  })
})
