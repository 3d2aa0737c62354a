// What every adapter of the event store has to do, as tests.

import { describe, expect, it } from 'vitest'
import type { UriPattern } from '@trunkline/protocol'
import type {
  Appended,
  DurableConsumer,
  DurableEvent,
  EventPage,
  EventQuery,
  EventStore,
  KeepRule,
  KeptEvent,
  NewEvent,
  RealmStore,
  RetainedPage,
  StoreFailure,
} from '../core/ports/index.ts'

/** A store under test. */
export interface StoreScene {
  readonly store: EventStore
  /** Runs what the store has put off, where the test has to. */
  settle(): void
  /** Ends the store, and opens what it has kept; absent where it keeps nothing beyond its end. */
  reopen?(): Promise<EventStore>
  end(): Promise<void>
}

export interface StoreLimits {
  readonly maxBytes?: number | undefined
  readonly maxKeys?: number | undefined
}

/** An event with what a test is about. */
export function eventOf(topic: string, more: Partial<DurableEvent> = {}): DurableEvent {
  return {
    publication: 1,
    topic,
    time: 1_700_000_000_000,
    details: {},
    audience: undefined,
    excluded: undefined,
    key: undefined,
    owner: undefined,
    isRetained: false,
    payload: undefined,
    ...more,
  }
}

/** Args of one text, in JSON. */
export function payloadOf(text: string): NonNullable<DurableEvent['payload']> {
  return { serializer: 'json', count: 1, raw: new TextEncoder().encode(JSON.stringify([text])) }
}

/** A realm of a store with answers as promises. */
export class AskedRealm {
  readonly realm: RealmStore
  readonly #settle: () => void

  constructor(realm: RealmStore, settle: () => void) {
    this.realm = realm
    this.#settle = settle
  }

  append(event: NewEvent, log = 'log'): Promise<Appended> {
    return this.ask((done) => this.realm.append(log, event, done))
  }

  async appendAll(events: readonly DurableEvent[], log = 'log'): Promise<number[]> {
    const answers = await Promise.all(events.map((event) => this.append(event, log)))
    return answers.map((answer) => positionOf(answer))
  }

  page(query: Partial<EventQuery> = {}): Promise<EventPage | StoreFailure> {
    return this.ask((done) => this.realm.read({ filter: ALL, first: 'oldest', from: 0, most: 1_000, mostBytes: 1_000_000, ...query }, done))
  }

  async read(query: Partial<EventQuery> = {}): Promise<EventPage> {
    return wholeOf(await this.page(query))
  }

  async positions(query: Partial<EventQuery> = {}): Promise<number[]> {
    return (await this.read(query)).events.map(({ position }) => position)
  }

  async retained(filter: UriPattern = ALL): Promise<readonly KeptEvent[]> {
    return (await this.retainedPage({ filter })).events
  }

  async retainedPage(query: { filter?: UriPattern; from?: string; most?: number; mostBytes?: number }): Promise<RetainedPage> {
    const whole = { filter: ALL, from: '', most: 1_000, mostBytes: 1_000_000, ...query }
    return wholeOf(await this.ask<RetainedPage | StoreFailure>((done) => this.realm.retained(whole, done)))
  }

  async consumers(): Promise<readonly DurableConsumer[]> {
    type Answer = { readonly consumers: readonly DurableConsumer[] } | StoreFailure
    return wholeOf(await this.ask<Answer>((done) => this.realm.consumers(done))).consumers
  }

  ask<T>(asking: (done: (answer: T) => void) => void): Promise<T> {
    return new Promise((resolve) => {
      asking(resolve)
      this.#settle()
    })
  }
}

export const ALL: UriPattern = { match: 'prefix', uri: '' }

export function positionOf(answer: Appended): number {
  return wholeOf(answer).position
}

function wholeOf<T extends object>(answer: T | StoreFailure): T {
  if ('error' in answer) throw new Error(`the store answered ${String(answer.error)}`)
  return answer
}

/** The tests that every adapter passes. */
export function describeEventStore(name: string, make: (limits?: StoreLimits) => Promise<StoreScene>): void {
  const withStore = async (test: (scene: StoreScene) => Promise<void>, limits?: StoreLimits): Promise<void> => {
    const scene = await make(limits)
    try {
      await test(scene)
    } finally {
      await scene.end()
    }
  }
  const withRealm = (test: (realm: AskedRealm, scene: StoreScene) => Promise<void>, rule: KeepRule = {}): Promise<void> =>
    withStore((scene) => {
      const realm = new AskedRealm(scene.store.open('realm1'), () => scene.settle())
      realm.realm.keep('log', rule)
      return test(realm, scene)
    })
  const reopened = async (scene: StoreScene, realm = 'realm1'): Promise<AskedRealm> => {
    const store = (await scene.reopen?.()) ?? scene.store
    return new AskedRealm(store.open(realm), () => scene.settle())
  }

  describe(`${name}: appending`, () => {
    it('gives back an event as it was given', () =>
      withRealm(async (realm) => {
        const event = eventOf('com.shop.order', {
          publication: 2 ** 53 - 1,
          time: 1_700_000_000_123.5,
          details: { publisher: 7, publisher_authid: 'jürgen', trustlevel: 2, _x: [{ deep: [null, true, 1.5] }] },
          audience: { eligible: [1, 2 ** 53 - 1], exclude_authrole: ['guest'] },
          excluded: 99,
          key: 0xffff_ffff,
          owner: 'user:jürgen',
          isRetained: true,
          payload: { serializer: 'msgpack', count: 2, raw: Uint8Array.of(0x90, 0x80) },
        })
        const position = positionOf(await realm.append(event))
        expect((await realm.read()).events).toEqual([{ ...event, position }])
      }))

    it('gives positions that grow, in the order of the calls, whatever the log', () =>
      withRealm(async (realm) => {
        realm.realm.keep('other', {})
        const answers: number[] = []
        const all = Array.from({ length: 500 }, (_, i) =>
          realm
            .ask<Appended>((done) =>
              realm.realm.append(i % 3 === 0 ? 'other' : 'log', eventOf(`t${i % 7}`, { publication: i + 1 }), (outcome) => {
                answers.push(positionOf(outcome))
                done(outcome)
              }),
            )
            .then(positionOf),
        )
        const given = await Promise.all(all)
        expect(answers).toEqual(given)
        expect(given.every((position, i) => position > (given[i - 1] ?? 0))).toBe(true)
        const { events } = await realm.read()
        expect(events.map(({ publication }) => publication)).toEqual(given.map((_, i) => i + 1))
        expect(events.map(({ position }) => position)).toEqual(given)
        expect(realm.realm.last).toBe(given.at(-1))
      }))

    it('calls back in a later turn', () =>
      withRealm(async (realm, scene) => {
        let isDone = false
        realm.realm.append('log', eventOf('t'), () => (isDone = true))
        expect(isDone).toBe(false)
        scene.settle()
        await expect.poll(() => isDone).toBe(true)
      }))

    it('copies what it is given', () =>
      withRealm(async (realm) => {
        const payload = payloadOf('before')
        const answer = realm.append(eventOf('t', { payload }))
        payload.raw.fill(0)
        await answer
        const [event] = (await realm.read()).events
        expect(event?.payload).toEqual(payloadOf('before'))
        event?.payload?.raw.fill(0)
        expect((await realm.read()).events[0]?.payload).toEqual(payloadOf('before'))
      }))

    it('keeps events of a megabyte, and of no payload', () =>
      withRealm(async (realm) => {
        const long = payloadOf('x'.repeat(1_000_000))
        await realm.appendAll([eventOf('t'), eventOf('t', { payload: long }), eventOf('t')])
        const { events } = await realm.read({ mostBytes: 10_000_000 })
        expect(events.map(({ payload }) => payload?.raw.length)).toEqual([undefined, long.raw.length, undefined])
        expect(Buffer.from(long.raw).equals(events[1]?.payload?.raw ?? new Uint8Array(0))).toBe(true)
      }))

    it('refuses events that do not fit into what the whole store may take, and goes on reading', () =>
      withStore(
        async (scene) => {
          const realm = new AskedRealm(scene.store.open('realm1'), () => scene.settle())
          realm.realm.keep('log', {})
          const payload = payloadOf('x'.repeat(100_000))
          let kept = 0
          for (;;) {
            const answer = await realm.append(eventOf('t', { payload }))
            if ('error' in answer) {
              expect(answer.error).toBe('full')
              break
            }
            kept++
          }
          expect(kept).toBeGreaterThan(1)
          expect(scene.store.size.bytes).toBeLessThanOrEqual(scene.store.maxBytes)
          expect(await realm.append(eventOf('t', { payload }))).toEqual({ error: 'full' })
          expect((await realm.read({ mostBytes: 1e9 })).events).toHaveLength(kept)
        },
        { maxBytes: 4_000_000 },
      ))

    it('takes events again once its rules leave room', () =>
      withStore(
        async (scene) => {
          const realm = new AskedRealm(scene.store.open('realm1'), () => scene.settle())
          realm.realm.keep('log', {})
          const payload = payloadOf('x'.repeat(100_000))
          while (!('error' in (await realm.append(eventOf('t', { payload }))))) continue
          realm.realm.keep('log', { events: 2 })
          await expect.poll(async () => (await realm.append(eventOf('t', { payload }))) as object).toHaveProperty('position')
          expect((await realm.read({ mostBytes: 1e9 })).events).toHaveLength(2)
        },
        { maxBytes: 4_000_000 },
      ))
  })

  describe(`${name}: events with keys`, () => {
    const keyed = (publication: number, key: string, more: Partial<NewEvent> = {}, owner = 'user a'): NewEvent => ({
      ...eventOf('t', { publication }),
      once: { owner, key },
      ...more,
    })

    it('keeps one of those with the same key, owner and topic, also while the first is on its way', () =>
      withRealm(async (realm) => {
        const [first, second, again] = await Promise.all([
          realm.append(keyed(1, 'a')),
          realm.append(eventOf('t', { publication: 2 })),
          realm.append(keyed(3, 'a')),
        ])
        expect(again).toEqual({ position: positionOf(first), repeated: 1 })
        expect(await realm.append(keyed(4, 'a'))).toEqual(again)
        const others = await Promise.all([
          realm.append(keyed(5, 'b')),
          realm.append(keyed(6, 'a', { topic: 'u' })),
          realm.append(keyed(7, 'a', {}, 'user b')),
        ])
        const all = [first, second, ...others].map((each) => positionOf(each))
        expect(await realm.positions()).toEqual(all)
        expect(new Set(all).size).toBe(5)
      }))

    it('keeps another one after two minutes', () =>
      withRealm(async (realm) => {
        const { time } = eventOf('t')
        const first = positionOf(await realm.append(keyed(1, 'a')))
        expect(await realm.append(keyed(2, 'a', { time: time + 119_999 }))).toEqual({ position: first, repeated: 1 })
        const second = positionOf(await realm.append(keyed(3, 'a', { time: time + 120_000 })))
        expect(second).toBeGreaterThan(first)
        expect(await realm.append(keyed(4, 'a', { time: time + 150_000 }))).toEqual({ position: second, repeated: 3 })
      }))

    it('knows the key of an event that its log has dropped, and forgets it in time', () =>
      withRealm(
        async (realm) => {
          const { time } = eventOf('t')
          const first = positionOf(await realm.append(keyed(1, 'a')))
          await realm.append(eventOf('t'))
          const { bytes } = realm.realm.size
          expect(await realm.append(keyed(2, 'a'))).toEqual({ position: first, repeated: 1 })
          realm.realm.expire(time + 120_000)
          expect(realm.realm.size.bytes).toBeLessThan(bytes)
          expect(positionOf(await realm.append(keyed(3, 'a')))).toBeGreaterThan(first)
        },
        { events: 1 },
      ))

    it('does not believe a clock for long that was wrong', () =>
      withRealm(async (realm) => {
        const { time } = eventOf('t')
        const { bytes } = realm.realm.size
        await realm.append(keyed(1, 'a', { time: time + 1e9 }))
        realm.realm.expire(time)
        realm.realm.keep('log', { events: 0 })
        expect(realm.realm.size.bytes).toBeLessThanOrEqual(bytes + 4_096)
        expect(await realm.append(keyed(2, 'a'))).not.toHaveProperty('repeated')
      }))

    it('answers for what was kept before when there is no room any more', () =>
      withStore(
        async (scene) => {
          const realm = new AskedRealm(scene.store.open('realm1'), () => scene.settle())
          realm.realm.keep('log', {})
          const position = positionOf(await realm.append(keyed(1, 'a')))
          const payload = payloadOf('x'.repeat(100_000))
          while (!('error' in (await realm.append(eventOf('t', { payload }))))) continue
          expect(await realm.append(keyed(2, 'a', { payload }))).toEqual({ position, repeated: 1 })
        },
        { maxBytes: 4_000_000 },
      ))

    it('bounds the keys of an owner and of all, and goes on when they are past', () =>
      withStore(
        async (scene) => {
          const realm = new AskedRealm(scene.store.open('realm1'), () => scene.settle())
          realm.realm.keep('log', {})
          const { time } = eventOf('t')
          for (let i = 0; i < 3; i++) expect(await realm.append(keyed(i, `${i}`))).toHaveProperty('position')
          expect(await realm.append(keyed(4, 'more'))).toEqual({ error: 'keys' })
          expect(await realm.append(keyed(5, '2'))).toHaveProperty('repeated', 2)
          expect(await realm.append(eventOf('t'))).toHaveProperty('position')
          for (let i = 0; i < 9; i++) expect(await realm.append(keyed(i, `${i}`, {}, `user ${i % 3}`))).toHaveProperty('position')
          expect(await realm.append(keyed(6, 'more', {}, 'user 7'))).toEqual({ error: 'keys' })
          expect(await realm.append(keyed(7, 'more', { time: time + 120_000 }))).not.toHaveProperty('error')
        },
        { maxKeys: 3 },
      ))

    it('knows them after a restart, if it keeps anything at all', () =>
      withRealm(async (realm, scene) => {
        const all = await Promise.all([1, 2, 3].map((i) => realm.append(keyed(i, `${i}`))))
        const { size } = realm.realm
        const again = await reopened(scene)
        expect(again.realm.size).toEqual(size)
        again.realm.keep('log', {})
        expect(await again.append(keyed(9, '2'))).toEqual({ position: positionOf(all[1] ?? { error: 'closed' }), repeated: 2 })
        again.realm.expire(eventOf('t').time + 120_000)
        expect(await again.append(keyed(10, '2', { time: eventOf('t').time + 120_000 }))).not.toHaveProperty('repeated')
      }))
  })

  describe(`${name}: reading`, () => {
    it('reads in pages, the oldest first', () =>
      withRealm(async (realm) => {
        const all = await realm.appendAll(Array.from({ length: 25 }, (_, i) => eventOf('t', { publication: i + 1 })))
        const read: number[] = []
        let from = 0
        for (let pages = 1; ; pages++) {
          const page = await realm.read({ from, most: 10 })
          read.push(...page.events.map(({ position }) => position))
          from = page.next
          if (page.isLast) {
            expect(pages).toBe(3)
            break
          }
        }
        expect(read).toEqual(all)
        expect(from).toBe(all.at(-1))
        expect(await realm.read({ from })).toEqual({ events: [], next: from, isLast: true, dropped: 0 })
      }))

    it('reads in pages, the newest first', () =>
      withRealm(async (realm) => {
        const all = await realm.appendAll(Array.from({ length: 25 }, (_, i) => eventOf('t', { publication: i + 1 })))
        const query = { first: 'newest', most: 10 } as const
        const first = await realm.read({ ...query, from: realm.realm.last + 1 })
        expect(first.events.map(({ position }) => position)).toEqual(all.slice(15).reverse())
        expect(first.isLast).toBe(false)
        const second = await realm.read({ ...query, from: first.next })
        expect(second.events.map(({ position }) => position)).toEqual(all.slice(5, 15).reverse())
        const third = await realm.read({ ...query, from: second.next })
        expect(third.events.map(({ position }) => position)).toEqual(all.slice(0, 5).reverse())
        expect(third.isLast).toBe(true)
      }))

    it('ends a page at its octets, but never gives an empty one', () =>
      withRealm(async (realm) => {
        const payload = payloadOf('x'.repeat(1_000))
        const all = await realm.appendAll([1, 2, 3, 4].map((publication) => eventOf('t', { publication, payload })))
        expect(await realm.positions({ mostBytes: 2_500 })).toEqual(all.slice(0, 2))
        expect(await realm.positions({ mostBytes: 10 })).toEqual(all.slice(0, 1))
        const last = await realm.read({ mostBytes: 10, from: all[2] ?? 0 })
        expect(last.events).toHaveLength(1)
      }))

    it('reads one topic, or the topics of a prefix or a wildcard pattern', () =>
      withRealm(async (realm) => {
        const topics = ['com.shop.order', 'com.shop.order.paid', 'com.mail.order', 'org.shop.order', 'com.shopping', 'com.shop.order']
        await realm.appendAll(topics.map((topic, i) => eventOf(topic, { publication: i + 1 })))
        const read = async (filter: UriPattern, first: 'oldest' | 'newest' = 'oldest'): Promise<number[]> =>
          (await realm.read({ filter, first, from: first === 'oldest' ? 0 : 1e9 })).events.map(({ publication }) => publication)
        expect(await read({ match: 'exact', uri: 'com.shop.order' })).toEqual([1, 6])
        expect(await read({ match: 'exact', uri: 'com.shop.order' }, 'newest')).toEqual([6, 1])
        expect(await read({ match: 'exact', uri: 'com.shop' })).toEqual([])
        expect(await read({ match: 'prefix', uri: 'com.shop' })).toEqual([1, 2, 5, 6])
        expect(await read({ match: 'wildcard', uri: '.shop.order' })).toEqual([1, 4, 6])
        expect(await read({ match: 'wildcard', uri: 'com..order' })).toEqual([1, 3, 6])
        expect(await read({ match: 'prefix', uri: '' }, 'newest')).toEqual([6, 5, 4, 3, 2, 1])
      }))

    it('finds a rare topic among many events', () =>
      withRealm(async (realm) => {
        const busy = (publication: number): DurableEvent =>
          eventOf(`busy${publication % 5}`, { publication, payload: payloadOf('x'.repeat(50)) })
        await realm.appendAll(Array.from({ length: 1_500 }, (_, i) => busy(i)))
        const rare = positionOf(await realm.append(eventOf('rare')))
        await realm.appendAll(Array.from({ length: 1_500 }, (_, i) => busy(i)))
        const filter = { match: 'exact', uri: 'rare' } as const
        expect(await realm.positions({ filter })).toEqual([rare])
        expect(await realm.positions({ filter, first: 'newest', from: 1e9 })).toEqual([rare])
        expect(await realm.positions({ filter, from: rare })).toEqual([])
      }))

    it('keeps realms apart', () =>
      withStore(async (scene) => {
        const [one, other] = ['one', 'other'].map((name) => new AskedRealm(scene.store.open(name), () => scene.settle()))
        one?.realm.keep('log', {})
        other?.realm.keep('log', {})
        await one?.append(eventOf('t', { publication: 1, isRetained: true }))
        await other?.append(eventOf('t', { publication: 2 }))
        expect((await one?.read())?.events.map(({ publication }) => publication)).toEqual([1])
        expect((await other?.read())?.events.map(({ publication }) => publication)).toEqual([2])
        expect(await other?.retained()).toEqual([])
        expect(one?.realm.epoch).not.toBe(other?.realm.epoch)
      }))

    it('answers what it was asked in the order in which it was asked', () =>
      withRealm(async (realm) => {
        const order: string[] = []
        const note = (what: string) => (): void => void order.push(what)
        const asked = [realm.append(eventOf('t')).then(note('append')), realm.append(eventOf('t')).then(note('second'))]
        await Promise.all(asked)
        expect(order).toEqual(['append', 'second'])
      }))
  })

  describe(`${name}: what a log keeps`, () => {
    it('keeps the newest of so many events', () =>
      withRealm(
        async (realm) => {
          const all = await realm.appendAll(Array.from({ length: 40 }, (_, i) => eventOf('t', { publication: i })))
          const { events, dropped } = await realm.read()
          expect(events.map(({ position }) => position)).toEqual(all.slice(-10))
          expect(dropped).toBe(all.at(-11))
          expect(realm.realm.size.events).toBe(10)
        },
        { events: 10 },
      ))

    it('keeps the newest of so many octets', () =>
      withRealm(
        async (realm) => {
          const payload = payloadOf('x'.repeat(1_000))
          const all = await realm.appendAll(Array.from({ length: 40 }, () => eventOf('t', { payload })))
          const kept = await realm.positions()
          expect(kept).toEqual(all.slice(-kept.length))
          expect(kept.length).toBeGreaterThan(7)
          expect(kept.length).toBeLessThan(11)
        },
        { bytes: 10_500 },
      ))

    it('drops events that are too old', () =>
      withRealm(
        async (realm) => {
          const all = await realm.appendAll([1_000, 2_000, 3_000].map((time) => eventOf('t', { time })))
          realm.realm.expire(12_500)
          await expect.poll(() => realm.positions()).toEqual(all.slice(2))
          expect((await realm.read()).dropped).toBe(all[1])
        },
        { ageMs: 10_000 },
      ))

    it('says of each topic whether any was dropped', () =>
      withRealm(
        async (realm) => {
          const rare = positionOf(await realm.append(eventOf('rare')))
          const first = positionOf(await realm.append(eventOf('busy')))
          await realm.appendAll(Array.from({ length: 12 }, () => eventOf('busy')))
          const of = async (uri: string, match: UriPattern['match'] = 'exact'): Promise<number> =>
            (await realm.read({ filter: { match, uri } })).dropped
          expect(await of('rare')).toBe(rare)
          expect(await of('busy')).toBeGreaterThan(first)
          expect(await of('never')).toBe(0)
          expect(await of('r', 'prefix')).toBe(rare)
        },
        { events: 10 },
      ))

    it('follows a changed rule', () =>
      withRealm(async (realm) => {
        const all = await realm.appendAll(Array.from({ length: 20 }, () => eventOf('t')))
        realm.realm.keep('log', { events: 5 })
        await expect.poll(() => realm.positions()).toEqual(all.slice(-5))
      }))

    it('drops events of one log, and none of another', () =>
      withRealm(
        async (realm) => {
          realm.realm.keep('other', {})
          const [first = 0] = await realm.appendAll([eventOf('a')], 'other')
          const all = await realm.appendAll([eventOf('b'), eventOf('b'), eventOf('b')])
          expect(await realm.positions()).toEqual([first, ...all.slice(1)])
          expect((await realm.read({ filter: { match: 'exact', uri: 'a' } })).dropped).toBe(0)
        },
        { events: 2 },
      ))
  })

  describe(`${name}: retained events`, () => {
    it('keeps the newest of a topic, also when its log has dropped it', () =>
      withRealm(
        async (realm) => {
          await realm.append(eventOf('a', { publication: 1, isRetained: true }))
          const newest = positionOf(await realm.append(eventOf('a', { publication: 2, isRetained: true, payload: payloadOf('x') })))
          await realm.append(eventOf('b', { publication: 3, isRetained: true }))
          await realm.appendAll([eventOf('a', { publication: 4 }), eventOf('a', { publication: 5 }), eventOf('a', { publication: 6 })])
          expect(await realm.retained({ match: 'exact', uri: 'a' })).toEqual([
            { ...eventOf('a', { publication: 2, isRetained: true, payload: payloadOf('x') }), position: newest },
          ])
          expect((await realm.retained()).map(({ publication }) => publication).toSorted((a, b) => a - b)).toEqual([2, 3])
        },
        { events: 2 },
      ))

    it('keeps those with an audience beside the one for all, and drops all when a newer one is for all', () =>
      withRealm(async (realm) => {
        const retain = (publication: number, audience?: DurableEvent['audience']): Promise<Appended> =>
          realm.append(eventOf('t', { publication, audience, isRetained: true }))
        const kept = async (): Promise<number[]> => (await realm.retained()).map(({ publication }) => publication)
        await retain(1)
        await retain(2, { eligible_authid: ['a'] })
        await retain(3, { eligible_authid: ['b'] })
        await retain(4, { eligible_authid: ['a'] })
        expect(await kept()).toEqual([1, 3, 4])
        for (let i = 0; i < 20; i++) await retain(100 + i, { eligible_authid: [`u${i}`] })
        expect(await kept()).toEqual([1, ...Array.from({ length: 16 }, (_, i) => 104 + i)])
        await retain(200)
        expect(await kept()).toEqual([200])
      }))

    it('gives them in pages', () =>
      withRealm(async (realm) => {
        await realm.appendAll(Array.from({ length: 25 }, (_, i) => eventOf(`t${i}`, { publication: i, isRetained: true })))
        const read: number[] = []
        for (let from = '', pages = 1; ; pages++) {
          const page = await realm.retainedPage({ from, most: 10 })
          read.push(...page.events.map(({ publication }) => publication))
          from = page.next
          if (!page.isLast) continue
          expect(pages).toBe(3)
          break
        }
        expect(read.sort((a, b) => a - b)).toEqual(Array.from({ length: 25 }, (_, i) => i))
      }))

    it('clears those of a topic or pattern, and no event of the log', () =>
      withRealm(async (realm) => {
        await realm.appendAll(['com.a', 'com.b', 'org.a', 'net.a'].map((topic) => eventOf(topic, { isRetained: true })))
        const clear = (filter: UriPattern): Promise<unknown> => realm.ask((done) => realm.realm.clearRetained(filter, done))
        expect(await clear({ match: 'prefix', uri: 'com.' })).toEqual({ topics: 2 })
        expect(await clear({ match: 'exact', uri: 'com.a' })).toEqual({ topics: 0 })
        expect(await clear({ match: 'exact', uri: 'net.a' })).toEqual({ topics: 1 })
        expect((await realm.retained()).map(({ topic }) => topic)).toEqual(['org.a'])
        expect(await realm.positions()).toHaveLength(4)
      }))

    it('clears what was queued before, and nothing that comes after', () =>
      withRealm(async (realm) => {
        const all = [
          realm.append(eventOf('t', { publication: 1, isRetained: true })),
          realm.ask((done) => realm.realm.clearRetained({ match: 'exact', uri: 't' }, done)),
          realm.append(eventOf('t', { publication: 2, isRetained: true })),
        ]
        await Promise.all(all)
        expect((await realm.retained()).map(({ publication }) => publication)).toEqual([2])
      }))
  })

  describe(`${name}: durable subscriptions`, () => {
    const consumer = (name: string, more: Partial<DurableConsumer> = {}): DurableConsumer => ({
      name,
      filter: { match: 'wildcard', uri: 'com..order' },
      principal: 'jürgen',
      settings: { maxInFlight: 1, ackWaitMs: 1, attempts: undefined, deadLetters: undefined },
      created: 1,
      isPaused: false,
      acked: 7,
      ackedAbove: [9, 12],
      attempts: new Map([[8, 3]]),
      ...more,
    })

    it('keeps the last state of each', () =>
      withRealm(async (realm) => {
        const save = (each: DurableConsumer): Promise<unknown> => realm.ask((done) => realm.realm.saveConsumer(each, done))
        await save(consumer('a'))
        await save(consumer('b', { ackedAbove: [], attempts: new Map() }))
        expect(await save(consumer('a', { acked: 12 }))).toBeUndefined()
        const kept = (await realm.consumers()).toSorted((one, other) => (one.name < other.name ? -1 : 1))
        expect(kept).toEqual([consumer('a', { acked: 12 }), consumer('b', { ackedAbove: [], attempts: new Map() })])
      }))

    it('forgets one that was removed', () =>
      withRealm(async (realm) => {
        await realm.ask((done) => realm.realm.saveConsumer(consumer('a'), done))
        expect(await realm.ask((done) => realm.realm.removeConsumer('a', done))).toBeUndefined()
        await realm.ask((done) => realm.realm.removeConsumer('never', done))
        expect(await realm.consumers()).toEqual([])
      }))
  })

  describe(`${name}: opening and closing`, () => {
    it('keeps everything of a realm that is closed and opened again', () =>
      withRealm(async (realm, scene) => {
        const { epoch } = realm.realm
        const all = await realm.appendAll(['a', 'b', 'c'].map((topic) => eventOf(topic, { isRetained: true })))
        realm.realm.close()
        const again = new AskedRealm(scene.store.open('realm1'), () => scene.settle())
        expect(again.realm.epoch).toBe(epoch)
        expect(again.realm.last).toBe(all.at(-1))
        expect(await again.positions()).toEqual(all)
        expect(await again.retained()).toHaveLength(3)
        again.realm.keep('log', {})
        expect(positionOf(await again.append(eventOf('a')))).toBeGreaterThan(all.at(-1) ?? 0)
      }))

    it('answers what is queued before the end, and refuses all after it', () =>
      withRealm(async (realm) => {
        const queued = realm.append(eventOf('t'))
        realm.realm.close()
        expect(await queued).toHaveProperty('position')
        expect(await realm.append(eventOf('t'))).toEqual({ error: 'closed' })
        expect(await realm.page()).toEqual({ error: 'closed' })
        expect(await realm.ask((done) => realm.realm.consumers(done))).toEqual({ error: 'closed' })
      }))

    it('closes what was open when a realm is opened again', () =>
      withRealm(async (realm, scene) => {
        scene.store.open('realm1')
        expect(await realm.append(eventOf('t'))).toEqual({ error: 'closed' })
      }))

    it('keeps everything over a restart, if it keeps anything at all', () =>
      withRealm(
        async (realm, scene) => {
          const { epoch } = realm.realm
          realm.realm.keep('other', {})
          const all = await realm.appendAll(Array.from({ length: 30 }, (_, i) => eventOf(`t${i % 3}`, { isRetained: i > 27 })))
          const more = await realm.appendAll([eventOf('other', { payload: payloadOf('x') })], 'other')
          await realm.ask((done) => realm.realm.saveConsumer({ name: 'c', ...CONSUMER }, done))
          const before = await realm.read()
          const again = await reopened(scene)
          if (scene.reopen !== undefined) expect(again.realm).not.toBe(realm.realm)
          expect(again.realm.epoch).toBe(epoch)
          expect(await again.read()).toEqual(before)
          expect(before.events.map(({ position }) => position)).toEqual([...all.slice(-20), ...more])
          expect(await again.retained()).toHaveLength(2)
          expect(await again.consumers()).toEqual([{ name: 'c', ...CONSUMER }])
          again.realm.keep('log', { events: 20 })
          const next = positionOf(await again.append(eventOf('t0')))
          expect(next).toBeGreaterThan(more.at(-1) ?? 0)
          expect(await again.positions()).toEqual([...all.slice(-19), ...more, next])
        },
        { events: 20 },
      ))
  })
}

const CONSUMER = {
  filter: ALL,
  principal: 'p',
  settings: { maxInFlight: 10, ackWaitMs: 30_000, attempts: 5, deadLetters: 'com.dead' },
  created: 1_700_000_000_000,
  isPaused: true,
  acked: 1,
  ackedAbove: [3],
  attempts: new Map([[2, 1]]),
}
