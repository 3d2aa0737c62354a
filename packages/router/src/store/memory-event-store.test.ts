import { describe, expect, it } from 'vitest'
import { ManualScheduler, SeededIds } from '@trunkline/testing/ports'
import type { StoreLimits } from '../testing/event-store-suite.ts'
import { AskedRealm, describeEventStore, eventOf, payloadOf } from '../testing/event-store-suite.ts'
import { MemoryEventStore } from './memory-event-store.ts'

function made(limits: StoreLimits = {}) {
  const scheduler = new ManualScheduler()
  const store = new MemoryEventStore({ scheduler, ids: new SeededIds(1), ...limits })
  return { store, settle: () => scheduler.settle(), end: () => Promise.resolve() }
}

describeEventStore('memory', (limits) => Promise.resolve(made(limits)))

describe('the memory of the store in memory', () => {
  it('is counted, and free again when events are dropped', async () => {
    const { store, settle } = made()
    const realm = new AskedRealm(store.open('realm1'), settle)
    realm.realm.keep('log', { events: 3 })
    await realm.appendAll(Array.from({ length: 3 }, () => eventOf('t', { payload: payloadOf('x'.repeat(1_000)) })))
    const { bytes } = store.size
    expect(bytes).toBeGreaterThan(3_000)
    await realm.appendAll(Array.from({ length: 50 }, () => eventOf('t', { payload: payloadOf('x'.repeat(1_000)) })))
    expect(store.size).toEqual({ events: 3, bytes })
    await realm.appendAll([eventOf('t', { isRetained: true })])
    await realm.ask((done) => realm.realm.clearRetained({ match: 'exact', uri: 't' }, done))
    realm.realm.keep('log', { events: 0 })
    expect(store.size).toEqual({ events: 0, bytes: 0 })
  })

  it('searches many events in several turns', () => {
    const scheduler = new ManualScheduler()
    const store = new MemoryEventStore({ scheduler, ids: new SeededIds(1) })
    const realm = store.open('realm1')
    realm.keep('log', {})
    for (let i = 0; i < 80_000; i++) {
      realm.append('log', eventOf('t'), () => {})
      scheduler.settle()
    }
    let answers = 0
    let turns = 0
    realm.read({ filter: { match: 'exact', uri: 'other' }, first: 'oldest', from: 0, most: 10, mostBytes: 1_000 }, () => answers++)
    const run = (): void => void (turns++, answers === 0 && scheduler.defer(run))
    scheduler.defer(run)
    scheduler.settle()
    expect(answers).toBe(1)
    expect(turns).toBeGreaterThan(3)
  })
})
