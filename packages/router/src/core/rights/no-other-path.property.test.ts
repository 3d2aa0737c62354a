// Shows that no path shows what the direct path denies: live events, retained events, history and testaments, compared event by
// event with a naive model of who may receive what, over random sequences of what sessions do.

import type { Rule } from '@trunkline/router'
import type { TestPeer } from '@trunkline/testkit'
import { ALLOW_ALL, World } from '@trunkline/testkit'
import fc from 'fast-check'
import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import { realmIn } from '../../testing/realm-in.ts'

type Match = 'exact' | 'prefix' | 'wildcard'
type Options = Readonly<Record<string, unknown>>

const TOPICS = ['a.x', 'a.y', 'b.x'] as const
const ROLES = ['admin', 'guest'] as const
const AUTHIDS = ['u1', 'u2'] as const
const PATTERNS: readonly (readonly [Match, string])[] = [
  ['exact', 'a.x'],
  ['exact', 'a.y'],
  ['exact', 'b.x'],
  ['prefix', ''],
  ['prefix', 'a.'],
  ['wildcard', '.x'],
]
/** Asked for history: all but the last two are kept, or covered by what is. */
const HISTORIES: readonly (readonly [Match, string])[] = [
  ['prefix', 'a.'],
  ['exact', 'b.x'],
  ['exact', 'a.x'],
  ['wildcard', '.x'],
]

/** A guest may subscribe to `a.x` only. */
const GUEST: readonly Rule[] = [
  { uri: 'a.**', allow: ['publish', 'subscribe'] },
  { uri: 'a.y', allow: ['publish'] },
  { uri: 'wamp.**', allow: ['call'] },
]

interface Actor {
  readonly peer: TestPeer
  readonly role: (typeof ROLES)[number]
  readonly authid: (typeof AUTHIDS)[number]
  readonly subscriptions: Set<number>
  readonly testaments: Publication[]
  isGone: boolean
  request: number
}

interface Publication {
  readonly number: number
  readonly by: Actor
  readonly topic: string
  readonly options: Options
}

function matches([match, uri]: readonly [Match, string], topic: string): boolean {
  if (match === 'exact') return topic === uri
  if (match === 'prefix') return topic.startsWith(uri)
  return uri.split('.').every((component, i) => component === '' || component === topic.split('.')[i])
}

function maySubscribe({ role }: Actor, pattern: readonly [Match, string]): boolean {
  return role === 'admin' || TOPICS.filter((topic) => matches(pattern, topic)).every((topic) => topic === 'a.x')
}

/** By the lists of a publication. */
function isAddressed({ options }: Publication, { peer, authid, role }: Actor): boolean {
  const has = (key: string, value: unknown): boolean | undefined => (options[key] as unknown[] | undefined)?.includes(value)
  return (
    has('eligible', peer.session) !== false &&
    has('eligible_authid', authid) !== false &&
    has('eligible_authrole', role) !== false &&
    has('exclude', peer.session) !== true &&
    has('exclude_authid', authid) !== true &&
    has('exclude_authrole', role) !== true
  )
}

function mayReceive(publication: Publication, actor: Actor): boolean {
  return isAddressed(publication, actor) && (publication.by !== actor || publication.options['exclude_me'] === false)
}

const LISTS = ['eligible', 'eligible_authid', 'eligible_authrole', 'exclude', 'exclude_authid', 'exclude_authrole']

function audienceKey({ options }: Publication): string {
  return JSON.stringify(LISTS.map((key) => options[key]))
}

class Model {
  readonly retained = new Map<string, Publication[]>()
  readonly history: Publication[] = []
  readonly #published: Publication[] = []

  /** Who gets the event live: once for each subscription that matches. */
  publish(publication: Publication, actors: readonly Actor[]): Map<Actor, number[]> {
    this.#keep(publication)
    const expected = new Map<Actor, number[]>()
    for (const actor of actors) {
      if (actor.isGone || !mayReceive(publication, actor)) continue
      const copies = [...actor.subscriptions].filter((i) => matches(PATTERNS[i] ?? ['exact', ''], publication.topic))
      expected.set(
        actor,
        copies.map(() => publication.number),
      )
    }
    return expected
  }

  retainedFor(actor: Actor, pattern: readonly [Match, string]): number[] {
    const found = [...this.retained.entries()].flatMap(([topic, kept]) => {
      const newest = matches(pattern, topic) ? kept.findLast((each) => mayReceive(each, actor)) : undefined
      return newest === undefined ? [] : [newest]
    })
    // In the order of publishing: a testament was numbered long before.
    return found.sort((a, b) => this.#published.indexOf(a) - this.#published.indexOf(b)).map(({ number }) => number)
  }

  historyFor(actor: Actor, pattern: readonly [Match, string]): number[] {
    return this.history.filter((each) => matches(pattern, each.topic) && isAddressed(each, actor)).map((each) => each.number)
  }

  #keep(publication: Publication): void {
    this.#published.push(publication)
    const { topic, options } = publication
    if (options['eligible'] === undefined && options['exclude'] === undefined) this.history.push(publication)
    if (options['retain'] !== true) return
    const isForAll = LISTS.every((key) => options[key] === undefined)
    const others = isForAll ? [] : (this.retained.get(topic) ?? []).filter((each) => audienceKey(each) !== audienceKey(publication))
    this.retained.set(topic, [...others, publication])
  }
}

class Play {
  readonly world: World
  readonly model = new Model()
  readonly actors: Actor[] = []
  #number = 0

  constructor() {
    this.world = new World({
      realms: {
        realm1: {
          roles: { admin: ALLOW_ALL, guest: GUEST },
          authenticate: ({ authid = '' }, _, done) => {
            const [authrole = '', name = ''] = authid.split(':')
            done({ accept: { authid: name, authrole, authmethod: 'ticket', authprovider: 'test' } })
          },
          topics: [
            { uri: 'a.**', history: { events: 100 } },
            { uri: 'b.x', history: { events: 100 } },
          ],
        },
      },
    })
    for (const role of ROLES) for (const authid of AUTHIDS) this.join(role, authid)
    this.join('guest', 'u1')
  }

  join(role: Actor['role'], authid: Actor['authid']): void {
    const peer = this.world.connect()
    peer.say(1, 'realm1', {
      roles: { publisher: {}, subscriber: {}, caller: {} },
      authmethods: ['ticket'],
      authid: `${role}:${authid}`,
    })
    this.actors.push({ peer: peer.welcomed(), role, authid, subscriptions: new Set(), testaments: [], isGone: false, request: 0 })
  }

  publish(by: Actor, topic: string, options: Options): void {
    const publication = this.#publication(by, topic, options)
    by.peer.say(16, ++by.request, options, topic, [publication.number])
    const isAllowed = by.role === 'admin' || topic.startsWith('a.')
    this.#expectEvents(isAllowed ? this.model.publish(publication, this.actors) : new Map())
  }

  subscribe(actor: Actor, index: number): void {
    const pattern = PATTERNS[index] ?? ['exact', '']
    actor.peer.say(32, ++actor.request, { match: pattern[0], get_retained: true }, pattern[1])
    const [answer, ...events] = actor.peer.take()
    assert.equal(answer?.[0], maySubscribe(actor, pattern) ? 33 : 8)
    assert.deepEqual(events.map(numberOf), answer?.[0] === 33 ? this.model.retainedFor(actor, pattern) : [])
    if (answer?.[0] === 33) actor.subscriptions.add(index)
  }

  query(actor: Actor, index: number): void {
    const pattern = HISTORIES[index] ?? ['exact', '']
    const id = realmIn(this.world, 'realm1')?.broker.index.get(...pattern)?.id ?? 0
    actor.peer.say(48, ++actor.request, {}, 'wamp.subscription.get_events', [id])
    const answer = actor.peer.takeOne()
    if (id === 0) assert.match(String(answer[4]), /no_such_subscription|invalid_argument/)
    else if (!maySubscribe(actor, pattern)) assert.equal(answer[4], 'wamp.error.not_authorized')
    else {
      const events = (answer[3] ?? []) as { args: unknown[] }[]
      // The wildcard keeps no history of its own.
      assert.deepEqual(
        events.map(({ args }) => args[0]),
        pattern[0] === 'wildcard' ? [] : this.model.historyFor(actor, pattern),
      )
    }
  }

  addTestament(by: Actor, topic: string, options: Options): void {
    const publication = this.#publication(by, topic, options)
    by.peer.say(48, ++by.request, {}, 'wamp.session.add_testament', [topic, [publication.number]], { publish_options: options })
    const isAllowed = by.role === 'admin' || topic.startsWith('a.')
    const [type] = by.peer.takeOne()
    assert.equal(type, isAllowed && by.testaments.length < 16 ? 50 : 8)
    if (type === 50) by.testaments.push(publication)
  }

  leave(actor: Actor): void {
    actor.isGone = true
    actor.subscriptions.clear()
    actor.peer.drop()
    const expected = new Map<Actor, number[]>()
    for (const testament of actor.testaments) {
      for (const [other, numbers] of this.model.publish(testament, this.actors)) {
        expected.set(other, [...(expected.get(other) ?? []), ...numbers])
      }
    }
    this.#expectEvents(expected)
  }

  #publication(by: Actor, topic: string, options: Options): Publication {
    return { number: ++this.#number, by, topic, options }
  }

  #expectEvents(expected: ReadonlyMap<Actor, readonly number[]>): void {
    for (const actor of this.actors) {
      if (!actor.isGone) assert.deepEqual(actor.peer.take().map(numberOf), expected.get(actor) ?? [])
    }
  }
}

function numberOf([type, , , , args]: unknown[]): unknown {
  assert.equal(type, 36)
  return (args as unknown[])[0]
}

/** Options of a publication; session ids as the places of actors. */
const optionsArbitrary: fc.Arbitrary<Options> = fc
  .tuple(
    fc.record({ retain: fc.boolean(), exclude_me: fc.boolean() }, { requiredKeys: [] }),
    fc.record(
      {
        eligible: fc.subarray([0, 1, 2, 3, 4]),
        exclude: fc.subarray([0, 1, 2, 3, 4]),
        eligible_authid: fc.subarray([...AUTHIDS]),
        exclude_authid: fc.subarray([...AUTHIDS]),
        eligible_authrole: fc.subarray([...ROLES]),
        exclude_authrole: fc.subarray([...ROLES]),
      },
      { requiredKeys: [] },
    ),
    // Most have one list or none: who is on many is on none.
    fc.subarray(LISTS, { maxLength: 2 }),
  )
  .map(([plain, lists, kept]) => ({ ...plain, ...Object.fromEntries(Object.entries(lists).filter(([key]) => kept.includes(key))) }))

const actor = fc.nat({ max: 4 })
const topic = fc.constantFrom(...TOPICS)

const stepArbitrary = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('publish' as const), actor, topic, options: optionsArbitrary }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('subscribe' as const), actor, pattern: fc.nat({ max: PATTERNS.length - 1 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('query' as const), actor, pattern: fc.nat({ max: HISTORIES.length - 1 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('testament' as const), actor, topic, options: optionsArbitrary }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), actor }) },
)

type Step = typeof stepArbitrary extends fc.Arbitrary<infer Value> ? Value : never

function take(play: Play, step: Step): void {
  const doer = play.actors[step.actor]
  if (doer === undefined || doer.isGone) return
  const withIds = (options: Options): Options => {
    const ids = (places: unknown): number[] => (places as number[]).map((place) => play.actors[place]?.peer.session ?? 0)
    const { eligible, exclude, ...rest } = options
    return { ...rest, ...(eligible !== undefined && { eligible: ids(eligible) }), ...(exclude !== undefined && { exclude: ids(exclude) }) }
  }
  switch (step.do) {
    case 'publish':
      return play.publish(doer, step.topic, withIds(step.options))
    case 'subscribe':
      return play.subscribe(doer, step.pattern)
    case 'query':
      return play.query(doer, step.pattern)
    case 'testament':
      return play.addTestament(doer, step.topic, withIds(step.options))
    case 'leave':
      return play.leave(doer)
  }
}

describe('no path shows what the direct path denies', () => {
  it('live, retained, historical and testament events go to exactly those who may have them [AP-PS-RET-10 AP-PS-RET-11 AP-PS-HIS-22 AP-PS-BWL-08 AP-PS-BWL-12]', () => {
    fc.assert(
      fc.property(fc.array(stepArbitrary, { maxLength: 40, size: 'max' }), (steps) => {
        const play = new Play()
        for (const step of steps) take(play, step)
        play.world.end()
      }),
      { numRuns: 100 },
    )
  })
})
