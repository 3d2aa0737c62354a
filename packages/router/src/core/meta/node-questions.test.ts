// Shows how a node answers others that ask for its slowest sessions.

import { describe, expect, it } from 'vitest'
import type { RealmContext } from '../state/realm-context.ts'
import type { Session } from '../state/session.ts'
import type { AnsweringRealm } from './node-questions.ts'
import { NodeAnswering } from './node-questions.ts'
import { ManualScheduler } from '@trunkline/testing/ports'
import { ENTRIES_IN_A_STEP } from './list-turns.ts'

describe('the slowest sessions for other nodes', () => {
  it('are listed once at a time, however many ask', () => {
    const scheduler = new ManualScheduler()
    const slow = (id: number): Session =>
      ({ id, identity: {}, link: { backlog: () => ({ eventBytes: id, replyBytes: 0, dropped: 0, stalledMs: 0 }) } }) as unknown as Session
    const sessions = new Map(Array.from({ length: ENTRIES_IN_A_STEP * 3 }, (_, i) => [i + 1, slow(i + 1)]))
    let looks = 0
    const values = sessions.values.bind(sessions)
    sessions.values = () => {
      looks++
      return values()
    }
    const context = { scheduler, clock: { monotonic: () => 0 } } as unknown as RealmContext
    const node = new NodeAnswering({ sessions } as unknown as AnsweringRealm, context)
    const answered: number[] = []
    for (let i = 1; i <= 10; i++)
      node.answer({ question: 'slowest_sessions', args: { most: i } }, ({ sessions: rows }) => answered.push((rows as unknown[]).length))
    scheduler.settle()
    expect([answered, looks]).toEqual([[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 2])
    node.answer({ question: 'slowest_sessions', args: { most: 1 } }, ({ sessions: rows }) =>
      expect(rows).toMatchObject([{ session: sessions.size, queued_bytes: sessions.size }]),
    )
    scheduler.settle()
    expect(looks).toBe(3)
  })
})
