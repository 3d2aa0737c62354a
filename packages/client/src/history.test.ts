// Shows the pages of a history, with a session played by the test.

import { describe, expect, it } from 'vitest'
import type { HistoryFilter, HistoryOf, PastEvent } from './history.ts'
import { history } from './history.ts'
import type { Args, Kwargs } from './results.ts'
import { CallResult } from './results.ts'

type Answer = (kwargs: Kwargs) => { args: Args; kwargs?: Kwargs }

function fake(
  answer: Answer,
  lookup: unknown = 77,
): { calls: unknown[][]; callResult(name: string, args?: Args, options?: { kwargs?: Kwargs | undefined }): Promise<CallResult> } {
  const calls: unknown[][] = []
  return {
    calls,
    callResult: (name, args = [], { kwargs = {} } = {}) => {
      calls.push([name, args, kwargs])
      return Promise.resolve(new CallResult(name.endsWith('lookup') ? { args: [lookup] } : answer(kwargs), {}))
    },
  }
}

const event = (publication: number): Record<string, unknown> => ({
  timestamp: '2026-03-01T10:00:00.000Z',
  subscription: 5,
  publication,
  details: { topic: 'com.example.t' },
  args: [publication],
})

async function all(session: ReturnType<typeof fake>, of: HistoryOf, filter?: HistoryFilter): Promise<PastEvent[]> {
  const events: PastEvent[] = []
  for await (const each of history(session, of, filter)) events.push(each)
  return events
}

/** A router with events 1 to 5, in either shape. */
const router =
  (isOneList: boolean): Answer =>
  ({ limit, after_publication: after = 0 }) => {
    const left = [1, 2, 3, 4, 5].filter((id) => id > Number(after))
    const page = left.slice(0, Number(limit)).map(event)
    return { args: isOneList ? [page] : page, kwargs: isOneList ? {} : { is_limit_reached: left.length > page.length } }
  }

describe('history', () => {
  it.each([false, true])('gives events page by page, in either shape of result (one list: %s)', async (isOneList) => {
    const session = fake(router(isOneList))
    const events = await all(session, 5, { pageSize: 2 })
    expect(events.map(({ publication }) => publication)).toEqual([1, 2, 3, 4, 5])
    expect(session.calls.map(([, , kwargs]) => kwargs)).toEqual([
      { limit: 2 },
      { limit: 2, after_publication: 2 },
      { limit: 2, after_publication: 4 },
    ])
    expect(events[0]).toEqual({
      args: [1],
      kwargs: {},
      details: { topic: 'com.example.t' },
      topic: 'com.example.t',
      publication: 1,
      subscription: 5,
      timestamp: new Date('2026-03-01T10:00:00.000Z'),
    })
  })

  it('goes by publication and never by time: times may be the same, fall, or be none [AP-PS-HIS-25]', async () => {
    const times = ['2026-03-01T10:00:00Z', '2026-03-01T10:00:00Z', '2026-02-01T10:00:00Z', 'no time', '2026-03-01T10:00:00Z']
    const session = fake(({ limit, after_publication: after = 0 }) => ({
      args: times.map((timestamp, i) => ({ ...event(i + 1), timestamp })).slice(Number(after), Number(after) + Number(limit)),
      kwargs: { is_limit_reached: Number(after) + Number(limit) < times.length },
    }))
    const events = await all(session, 5, { pageSize: 2 })
    expect(events.map(({ publication }) => publication)).toEqual([1, 2, 3, 4, 5])
    expect(events.map(({ timestamp }) => timestamp?.getUTCMonth())).toEqual([2, 2, 1, undefined, 2])
    expect(session.calls.flatMap(([, , kwargs]) => Object.keys(kwargs as object))).not.toContain('after_time')
  })

  it('asks for no more than the limit, and backwards by before_publication', async () => {
    const session = fake(({ limit, before_publication: before = 6 }) => ({
      args: [5, 4, 3, 2, 1]
        .filter((id) => id < Number(before))
        .slice(0, Number(limit))
        .map(event),
      kwargs: { is_limit_reached: true },
    }))
    const events = await all(session, { id: 5 }, { limit: 3, pageSize: 2, reverse: true })
    expect(events.map(({ publication }) => publication)).toEqual([5, 4, 3])
    expect(session.calls.map(([, , kwargs]) => kwargs)).toEqual([
      { limit: 2, reverse: true },
      { limit: 1, reverse: true, before_publication: 4 },
    ])
  })

  it('sends all conditions by their names, times as RFC 3339', async () => {
    const session = fake(() => ({ args: [] }))
    const time = new Date(0)
    await all(session, 5, {
      fromTime: time,
      afterTime: time,
      beforeTime: time,
      untilTime: time,
      fromPublication: 1,
      afterPublication: 2,
      beforePublication: 3,
      untilPublication: 4,
      topic: 'com.example.t',
    })
    const at = '1970-01-01T00:00:00.000Z'
    expect(session.calls).toEqual([
      [
        'wamp.subscription.get_events',
        [5],
        {
          from_time: at,
          after_time: at,
          before_time: at,
          until_time: at,
          from_publication: 1,
          after_publication: 2,
          before_publication: 3,
          until_publication: 4,
          topic: 'com.example.t',
          limit: 100,
        },
      ],
    ])
  })

  it('finds the subscription by its topic, without subscribing [AP-PS-HIS-30]', async () => {
    const session = fake(() => ({ args: [] }))
    await all(session, { topic: 'com.example.', match: 'prefix' })
    expect(session.calls.map(([name, args]) => [name, args])).toEqual([
      ['wamp.subscription.lookup', ['com.example.', { match: 'prefix' }]],
      ['wamp.subscription.get_events', [77]],
    ])
    await expect(
      all(
        fake(() => ({ args: [] }), null),
        'com.example.t',
      ),
    ).rejects.toMatchObject({ uri: 'wamp.error.no_such_subscription' })
  })

  it('tolerates a router that knows no condition on publications: the same page ends it', async () => {
    const session = fake(() => ({ args: [[event(1), event(2)]] }))
    expect((await all(session, 5, { pageSize: 2 })).map(({ publication }) => publication)).toEqual([1, 2])
    expect(session.calls).toHaveLength(2)
  })

  it('tolerates events without a time, and refuses those without a publication', async () => {
    const session = fake(() => ({ args: [{ publication: 1, timestamp: 'yesterday' }] }))
    expect(await all(session, 5)).toMatchObject([{ publication: 1, timestamp: undefined, args: [] }])
    await expect(
      all(
        fake(() => ({ args: ['x'] })),
        5,
      ),
    ).rejects.toMatchObject({ uri: 'wamp.error.invalid_argument' })
  })
})
