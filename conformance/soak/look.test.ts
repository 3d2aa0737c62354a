// Shows that the looks at the router find what grows and what is left behind.

import { describe, expect, it } from 'vitest'
import type { Look } from './look.ts'
import { leftovers, slopeOf } from './look.ts'

const BEFORE: Look = {
  residentBytes: 1,
  heapBytes: 1,
  tables: { sessions: 1, registrations: 30 },
  resources: { TCPServerWrap: 2, Timeout: 1 },
  counters: { sessionsOpened: 1, sessionsClosed: 0 },
  faults: [],
}

describe('a look at the router', () => {
  it('finds nothing where everything is as it was', () => {
    expect(leftovers(BEFORE, { ...BEFORE, counters: { sessionsOpened: 11, sessionsClosed: 10 } })).toEqual([])
  })

  it('finds entries of tables, timers, sockets and sessions that are left', () => {
    const after: Look = {
      ...BEFORE,
      tables: { sessions: 1, registrations: 31 },
      resources: { TCPServerWrap: 2, Timeout: 2, TCPSocketWrap: 1 },
      counters: { sessionsOpened: 11, sessionsClosed: 9 },
    }
    expect(leftovers(BEFORE, after)).toEqual([
      'table: registrations 31, was 30',
      'resources: Timeout 2, was 1',
      'resources: TCPSocketWrap 1, was 0',
      '11 sessions were opened, 9 closed',
    ])
  })

  it('finds the slope of what grows, and none in what only goes up and down', () => {
    expect(slopeOf([0, 1, 2, 3].map((x) => [x, 7 + 2 * x] as const))).toBeCloseTo(2)
    expect(slopeOf([5, 6, 5, 6, 5].map((y, x) => [x, y] as const))).toBeCloseTo(0)
  })
})
