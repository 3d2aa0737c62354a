// Shows what a log of events keeps.

import { expect, it } from 'vitest'
import { KeptEvents } from './kept-events.ts'

it('keeps the newest, and counts the others', () => {
  const log = new KeptEvents<number>(3)
  log.add([1, 2])
  expect([log.entries, log.dropped]).toEqual([[2, 1], 0])
  log.add([3, 4, 5])
  expect([log.entries, log.dropped]).toEqual([[5, 4, 3], 2])
  log.clear()
  expect([log.entries, log.dropped]).toEqual([[], 0])
})
