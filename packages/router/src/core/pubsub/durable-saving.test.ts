// Shows that durable subscriptions are saved some in a turn, owner after owner.

import { beforeEach, describe, expect, it } from 'vitest'
import type { DurableConsumer, StoreFailure } from '../ports/event-store.ts'
import { DurableSubscription } from '../state/durable-subscription.ts'
import { newSubscription } from '../state/subscription.ts'
import { DurableSaving } from './durable-saving.ts'

const SETTINGS = { maxInFlight: 100, ackWaitMs: 30_000, attempts: undefined, deadLetters: undefined }
const ADVANCED = 5_000

let ids = 0

/** One of an owner with so many events done behind one that is not, and a change that is not saved. */
function durableOf(principal: string, done: number): DurableSubscription {
  const name = `${principal} ${++ids}`
  const ackedAbove = Array.from({ length: done }, (_, i) => ADVANCED - i)
  const filter = { match: 'exact', uri: 'com.a' } as const
  const kept = { name, filter, principal, settings: SETTINGS, created: 0, isPaused: false, acked: 0, ackedAbove, attempts: new Map() }
  const durable = new DurableSubscription(newSubscription(ids, 'com.a', 'exact', 0), kept, ADVANCED)
  durable.changes = 1
  return durable
}

describe('durable subscriptions whose changes are saved', () => {
  let tasks: (() => void)[]
  let saved: DurableConsumer[]
  let answers: ((failure: StoreFailure | undefined) => void)[]
  let saving: DurableSaving
  beforeEach(() => {
    tasks = []
    saved = []
    answers = []
    const saveConsumer = (consumer: DurableConsumer, done: (failure: StoreFailure | undefined) => void): void => {
      saved.push(consumer)
      answers.push(done)
    }
    saving = new DurableSaving({ scheduler: { defer: (task) => void tasks.push(task) } }, { store: { saveConsumer } })
  })

  /** The owners of what one task saves. */
  function nextTurn(): string[] {
    saved = []
    tasks.shift()?.()
    return saved.map(({ principal }) => principal)
  }

  it('are written one in a turn where they hold much, one of each owner after the other', () => {
    for (const owner of ['a', 'a', 'a', 'b']) saving.save(durableOf(owner, 2_000))
    expect(saved).toEqual([])
    expect([nextTurn(), nextTurn(), nextTurn(), nextTurn(), nextTurn()]).toEqual([['a'], ['b'], ['a'], ['a'], []])
  })

  it('are written some in a turn where they hold little', () => {
    for (let i = 0; i < 100; i++) saving.save(durableOf('a', 0))
    const turns = [nextTurn(), nextTurn(), nextTurn(), nextTurn(), nextTurn()].map(({ length }) => length)
    expect(turns).toEqual([32, 32, 32, 4, 0])
  })

  it('have their positions in order, each with all changes until its turn', () => {
    const durable = durableOf('a', 3)
    saving.save(durable)
    durable.done.add(9)
    nextTurn()
    expect(saved[0]?.ackedAbove).toEqual([9, ADVANCED - 2, ADVANCED - 1, ADVANCED])
    expect(durable.changes).toBe(0)
  })

  it('are not written when they are deleted before their turn, nor twice at a time, and again where the store has failed', () => {
    const [durable, deleted] = [durableOf('a', 0), durableOf('a', 0)]
    for (const each of [durable, durable, deleted]) saving.save(each)
    deleted.isDeleted = true
    expect(nextTurn()).toEqual(['a'])
    durable.changes++
    saving.save(durable)
    expect(tasks).toEqual([])
    answers[0]?.({ error: 'full' })
    nextTurn()
    saving.save(durable)
    expect(nextTurn()).toEqual(['a'])
  })
})
