// Shows that an access log is bounded: too many visits of one client are only counted, and a visit is logged as a whole or not at all.

import { ManualClock } from '@trunkline/testing/ports'
import { beforeEach, describe, expect, it } from 'vitest'
import { boundedAccess } from './bounded-access.ts'
import { Counters } from './core/index.ts'
import type { Access, Visit } from './core/ports/index.ts'

const VISIT = {
  realm: 'realm1',
  authid: 'joe',
  authmethod: 'anonymous',
  transport: 'websocket',
  peer: '192.0.2.1:1',
  address: '192.0.2.1',
  userAgent: undefined,
} as const

describe('an access log', () => {
  let clock: ManualClock
  let counters: Counters
  let told: Visit[]
  let access: Access
  beforeEach(() => {
    clock = new ManualClock()
    counters = new Counters()
    told = []
    access = boundedAccess((each) => void told.push(each), clock, counters)
  })

  function count(event: Visit['event']): number {
    return told.filter((each) => each.event === event).length
  }

  it('tells of refused clients of one address at a bounded rate and how many are missing', () => {
    for (let i = 0; i < 1_000; i++) access({ ...VISIT, event: 'refused' })
    access({ ...VISIT, event: 'refused', peer: '192.0.2.2:1', address: '192.0.2.2' })
    expect(count('refused')).toBe(101)
    clock.advance(1_000)
    access({ ...VISIT, event: 'refused' })
    expect([told.at(-1)?.suppressed, counters.logLinesDropped]).toEqual([900, 900])
  })

  it('tells of those who join without a login, and leave, from one address at a bounded rate, of each whole or not at all', () => {
    for (let session = 1; session <= 3_000; session++) {
      access({ ...VISIT, event: 'joined', session })
      access({ ...VISIT, event: 'left', session })
    }
    expect([count('joined'), count('left')]).toEqual([1_000, 1_000])
    const open = 10_000
    access({ ...VISIT, event: 'joined', session: open })
    clock.advance(1_000)
    access({ ...VISIT, event: 'left', session: open })
    expect(count('left')).toBe(1_000)
    access({ ...VISIT, event: 'joined', session: 10_001 })
    expect(told.at(-1)).toMatchObject({ session: 10_001, suppressed: 2_001 })
  })

  it('tells of a user whatever others of the same address do, and of a user who comes again and again at the same rate', () => {
    for (let session = 1; session <= 3_000; session++) access({ ...VISIT, event: 'joined', session })
    const user = { ...VISIT, authmethod: 'ticket', event: 'joined' } as const
    for (let session = 3_001; session <= 6_000; session++) access({ ...user, session, peer: `192.0.2.${session % 200}:1` })
    expect(told.filter(({ authmethod }) => authmethod === 'ticket')).toHaveLength(1_000)
    access({ ...user, authid: 'ann', session: 7_000 })
    expect(told.at(-1)).toEqual({ ...user, authid: 'ann', session: 7_000 })
  })

  it('tells of 20,000 users who come at once', () => {
    for (let session = 1; session <= 20_000; session++) {
      access({ ...VISIT, authmethod: 'ticket', authid: `user ${session}`, event: 'joined', session })
    }
    expect(count('joined')).toBe(20_000)
  })

  it('has short lines, whatever a client calls itself', () => {
    for (const event of ['refused', 'joined', 'left'] as const) {
      access({ ...VISIT, event, session: 1, authid: 'x'.repeat(60_000), userAgent: 'y'.repeat(60_000) })
    }
    expect(told.map((each) => JSON.stringify(each).length < 1_024)).toEqual([true, true, true])
  })
})
