// Shows who gets an event and who does not: the publisher itself, and lists of sessions, authids and authroles.

import { World } from '@trunkline/testkit'
import { SeededIds } from '@trunkline/testing/ports'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { realmIn } from '../../testing/realm-in.ts'
import { admits, Audience, isSameAudience } from './eligibility.ts'
import { NameSet } from './name-set.ts'

const TOPIC = 'com.example.topic'
const KEYED = { ids: new SeededIds() }

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.end())

describe('publisher exclusion', () => {
  it.each([
    [{}, 0],
    [{ exclude_me: true }, 0],
    [{ exclude_me: false }, 1],
  ])(
    'with %j gives the publisher %i of its own events; others of its authid get it [AP-PS-PEX-02 AP-PS-PEX-03 AP-PS-PEX-04]',
    (options, count) => {
      const [publisher, other] = [world.join(), world.join()]
      publisher.subscribe(TOPIC)
      other.subscribe(TOPIC)
      publisher.say(16, 2, options, TOPIC)
      expect(publisher.take().length).toBe(count)
      expect(other.take().length).toBe(1)
    },
  )
})

describe('black- and whitelisting', () => {
  /** Three subscribers with the options applied; which of them got the event. */
  function receivers(
    options: (ids: number[], authids: string[]) => Record<string, unknown>,
    match: 'exact' | 'prefix' = 'exact',
  ): boolean[] {
    const publisher = world.join()
    const subscribers = [world.join(), world.join(), world.join()]
    for (const peer of subscribers) peer.subscribe(TOPIC, { match })
    const sessions = subscribers.map((peer) => realmIn(world, 'realm1')?.sessions.get(peer.session))
    const authids = sessions.map((session) => session?.identity.authid ?? '')
    publisher.say(
      16,
      1,
      {
        ...options(
          subscribers.map((peer) => peer.session),
          authids,
        ),
      },
      TOPIC,
    )
    return subscribers.map((peer) => {
      const events = peer.take()
      if (events.length > 0)
        expect(events).toEqual([[36, expect.any(Number), expect.any(Number), match === 'exact' ? {} : { topic: TOPIC }]])
      return events.length > 0
    })
  }

  it('leaves out the sessions listed in exclude [AP-PS-BWL-02 AP-PS-BWL-11]', () => {
    expect(receivers(([a, b]) => ({ exclude: [a, b, 4711] }))).toEqual([false, false, true])
  })

  it('leaves out the authids listed in exclude_authid [AP-PS-BWL-03]', () => {
    expect(receivers((_, [a]) => ({ exclude_authid: [a, 'nobody'] }))).toEqual([false, true, true])
  })

  it('leaves out the authroles listed in exclude_authrole [AP-PS-BWL-04]', () => {
    expect(receivers(() => ({ exclude_authrole: ['admin'] }))).toEqual([true, true, true])
    expect(receivers(() => ({ exclude_authrole: ['anonymous'] }))).toEqual([false, false, false])
  })

  it('sends only to the sessions listed in eligible [AP-PS-BWL-05 AP-PS-BWL-11]', () => {
    expect(receivers(([, b]) => ({ eligible: [b, 4711] }))).toEqual([false, true, false])
  })

  it('sends only to the authids listed in eligible_authid [AP-PS-BWL-06]', () => {
    expect(receivers((_, [, , c]) => ({ eligible_authid: [c] }))).toEqual([false, false, true])
  })

  it('sends only to the authroles listed in eligible_authrole [AP-PS-BWL-07]', () => {
    expect(receivers(() => ({ eligible_authrole: ['admin'] }))).toEqual([false, false, false])
    expect(receivers(() => ({ eligible_authrole: ['admin', 'anonymous'] }))).toEqual([true, true, true])
  })

  it('combines all conditions with AND; an exclusion wins [AP-PS-BWL-08]', () => {
    expect(receivers(([a, b], [, x]) => ({ eligible: [a, b], exclude: [a], eligible_authid: [x] }))).toEqual([false, true, false])
    expect(receivers(([a]) => ({ eligible: [a], exclude: [a] }))).toEqual([false, false, false])
    expect(receivers(([a, b], [, x]) => ({ eligible: [a, b], exclude_authid: [x], eligible_authrole: ['anonymous'] }))).toEqual([
      true,
      false,
      false,
    ])
  })

  it.each(['eligible', 'eligible_authid', 'eligible_authrole'])('sends to nobody when %s is empty [AP-PS-BWL-09]', (list) => {
    expect(receivers(() => ({ [list]: [] }))).toEqual([false, false, false])
  })

  it.each(['exclude', 'exclude_authid', 'exclude_authrole'])('sends to everybody when %s is empty [AP-PS-BWL-09]', (list) => {
    expect(receivers(() => ({ [list]: [] }))).toEqual([true, true, true])
  })

  it('applies to pattern subscriptions and does not show the lists [AP-PS-BWL-12]', () => {
    expect(receivers(([a]) => ({ exclude: [a] }), 'prefix')).toEqual([false, true, true])
  })

  it('keeps the publisher excluded even when it is listed as eligible, unless it asks [AP-PS-BWL-10]', () => {
    const publisher = world.join()
    publisher.subscribe(TOPIC)
    publisher.say(16, 2, { eligible: [publisher.session] }, TOPIC)
    expect(publisher.take()).toEqual([])
    publisher.say(16, 3, { eligible: [publisher.session], exclude_me: false }, TOPIC)
    expect(publisher.take().length).toBe(1)
  })

  it('tells the publisher nothing of who received [AP-PS-BWL-11]', () => {
    const publisher = world.join()
    publisher.say(16, 1, { acknowledge: true, eligible: [4711] }, TOPIC)
    expect(publisher.take()).toEqual([[17, 1, expect.any(Number)]])
  })
})

describe('a list of receivers made so that it takes long', () => {
  /** How many numbers are put into a Set or Map meanwhile: where each is kept is known, and all may be kept in one place. */
  function numbersHashed(run: () => void): number {
    const spies = [vi.spyOn(Set.prototype, 'add'), vi.spyOn(Map.prototype, 'set')]
    run()
    const calls = spies.flatMap((spy) => spy.mock.calls.filter(([key]) => typeof key === 'number'))
    for (const spy of spies) spy.mockRestore()
    return calls.length
  }

  it.each(['eligible', 'exclude'])('%s is searched by halves, live and kept: none of its numbers is hashed', (key) => {
    const publisher = world.join()
    const session = realmIn(world, 'realm1')?.sessions.get(publisher.session)
    if (session === undefined) throw new Error('no session')
    const options = { [key]: [9, 9007199254740992, session.id, 9, 1] }
    const judged: (boolean | undefined)[] = []
    const hashed = numbersHashed(() => {
      const audience = Audience.of(options, KEYED)
      judged.push(audience?.isEligible(session), admits(audience?.kept ?? {}, session))
    })
    expect(hashed).toBe(0)
    expect(judged).toEqual(key === 'eligible' ? [true, true] : [false, false])
    expect(Audience.of(options, KEYED)?.kept).toEqual({ [key]: [1, 9, session.id, 9007199254740992].sort((a, b) => a - b) })
  })

  it.each([
    ['subscribers, histories and a retained event', true, 1],
    ['nobody who might get it', false, 0],
  ])('is put in order once for a publication with %s', (_, isWanted, times) => {
    world.end()
    world = World.of({
      topics: isWanted
        ? [
            { uri: 'com.**', history: { events: 10 } },
            { uri: TOPIC, history: { events: 10 } },
          ]
        : [],
    })
    const [publisher, subscriber] = [world.join(), world.join()]
    if (isWanted) for (const match of ['exact', 'prefix']) subscriber.subscribe(TOPIC, { match })
    const names = Array.from({ length: 1000 }, (_, i) => `user-${i}`)
    const sorts = vi.spyOn(Float64Array.prototype, 'sort')
    publisher.say(16, 1, { eligible_authid: names, retain: isWanted, acknowledge: true }, TOPIC)
    const sorted = sorts.mock.contexts.filter((list) => (list as Float64Array).length === names.length).length
    sorts.mockRestore()
    expect([sorted, publisher.takeOne()[0]]).toEqual([times, 17])
  })

  it.each([64, 65, 3_000])('is the same in any order and with any repetition, live and kept: %i names', (count) => {
    const session = realmIn(world, 'realm1')?.sessions.get(world.join().session)
    if (session === undefined) throw new Error('no session')
    const names = [...Array.from({ length: count - 1 }, (_, i) => `user-${i}`), session.identity.authid]
    const of = (list: string[]): Audience => Audience.of({ exclude_authid: list }, KEYED) ?? expect.unreachable()
    const [one, other, less] = [of(names), of([...names, ...names].reverse()), of([...names.slice(1), 'user-x'])]
    expect(isSameAudience(one.kept, other.kept)).toBe(true)
    expect(isSameAudience(one.kept, less.kept)).toBe(false)
    expect(isSameAudience(one.kept, of(names.slice(0, 10)).kept)).toBe(false)
    expect([one.isEligible(session), admits(other.kept, session)]).toEqual([false, false])
    const without = of(names.slice(0, -1))
    expect([without.isEligible(session), admits(without.kept, session)]).toEqual([true, true])
  })

  it('of names of the same hash is searched as well', () => {
    const texts = vi.spyOn(String.prototype, 'charCodeAt').mockReturnValue(1)
    const set = new NameSet(['b', 'a', 'c', 'b'], 1)
    const found = ['a', 'b', 'c', 'd'].map((name) => set.has(name))
    texts.mockRestore()
    expect([set.names, found]).toEqual([
      ['a', 'b', 'c'],
      [true, true, true, false],
    ])
  })
})
