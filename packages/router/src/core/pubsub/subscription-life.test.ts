// Tries every cell of the table "The life of a subscription" in docs/protocol-tables.md, each in a world of its own.

import type { TestPeer } from '@trunkline/testkit'
import { readTable, World } from '@trunkline/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { realmIn } from '../../testing/realm-in.ts'
import type { Realm } from '../realm.ts'
import type { Session } from '../state/session.ts'

const TOPIC = 'com.example.topic'
const ON_GAP = 'trunkline.session.on_gap'
const FILLER = 'y'.repeat(500)

type Subscription = ReturnType<Session['subscriptions']['get']>
type Verdict = (verdict: boolean) => void

/** A session that may subscribe, another that publishes, and an authorizer that can be late. */
class Scene {
  readonly world: World
  readonly subscriber: TestPeer
  readonly publisher: TestPeer
  readonly session: Session
  readonly #onGap: number
  #isLate = false
  #answer: Verdict | undefined
  #request = 1
  #published = 0
  #subscription = 4711
  #wasSubscribed = false
  #isGone = false

  constructor() {
    this.world = new World({
      realms: {
        realm1: {
          anonymousRole: 'anonymous',
          authorizer: {
            allows: ({ action, uri }, answer) => (action !== 'subscribe' || uri !== TOPIC || !this.#isLate ? true : this.#wait(answer)),
          },
        },
      },
    })
    this.subscriber = this.world.join({ features: { subscriber: ['subscription_revocation'] } })
    this.publisher = this.world.join()
    this.subscriber.say(32, 1, {}, ON_GAP)
    this.#onGap = this.subscriber.takeOne()[2] as number
    const session = this.#realm.sessions.get(this.subscriber.session)
    if (session === undefined) throw new Error('the subscriber has no session')
    this.session = session
  }

  enter(state: string): void {
    if (state === 'none') return
    if (state === 'asked') this.#isLate = true
    this.subscribe()
    this.#isLate = false
    if (state === 'gap') this.publishTooLarge()
    if (state === 'ended') this.unsubscribe()
    this.subscriber.take()
  }

  get state(): string {
    if (this.#isGone) return 'gone'
    if (this.session.pending !== undefined) return 'asked'
    const subscription = this.#held
    if (subscription !== undefined) return subscription.gaps?.has(this.session) === true ? 'gap' : 'subscribed'
    return this.#wasSubscribed ? 'ended' : 'none'
  }

  subscribe(): void {
    this.subscriber.say(32, ++this.#request, {}, TOPIC)
    this.#subscription = this.#held?.id ?? this.#subscription
    this.#wasSubscribed ||= this.#held !== undefined
  }

  unsubscribe(): void {
    this.subscriber.say(34, ++this.#request, this.#subscription)
  }

  publish(options: Record<string, unknown> = {}, payload: unknown[] = []): void {
    this.publisher.say(16, ++this.#published, options, TOPIC, payload)
  }

  publishTooLarge(): void {
    this.subscriber.maxSendBytes = 300
    this.publish({}, [FILLER])
    this.subscriber.maxSendBytes = Number.MAX_SAFE_INTEGER
  }

  publishItself(): void {
    this.subscriber.say(16, ++this.#request, {}, TOPIC)
  }

  decide(verdict: boolean): void {
    this.#answer?.(verdict)
    this.#answer = undefined
    this.world.settle()
    this.#wasSubscribed ||= this.#held !== undefined
  }

  revoke(): void {
    const subscription = this.#held
    if (subscription !== undefined) this.#realm.broker.revoke(this.session, subscription, 'com.example.reason')
  }

  leave(): void {
    this.#isGone = true
    this.subscriber.drop()
  }

  /** What was sent to the session since, in the words of the table. */
  sent(): string {
    const words = this.subscriber.take().map((message) => this.#inWords(message))
    return words.length === 0 ? '-' : words.join(', ')
  }

  get #realm(): Realm {
    const realm = realmIn(this.world, 'realm1')
    if (realm === undefined) throw new Error('there is no realm')
    return realm
  }

  get #held(): Subscription {
    return [...this.session.subscriptions.values()].find(({ uri }) => uri === TOPIC)
  }

  #wait(answer: Verdict): undefined {
    this.#answer = answer
  }

  #inWords([type, first, second, third, fourth]: unknown[]): string {
    switch (type) {
      case 8:
        return `ERROR ${String(fourth)}`
      case 33:
        return 'SUBSCRIBED'
      case 35:
        return first === 0 ? 'UNSUBSCRIBED revoked' : 'UNSUBSCRIBED'
      case 36:
        if (first === this.#onGap) return 'EVENT on_gap'
        return (third as Record<string, unknown>)['_gap'] === undefined ? 'EVENT' : 'EVENT _gap'
      default:
        return JSON.stringify([type, first, second, third, fourth])
    }
  }
}

const EVENTS: Record<string, (scene: Scene) => void> = {
  SUBSCRIBE: (scene) => scene.subscribe(),
  UNSUBSCRIBE: (scene) => scene.unsubscribe(),
  'another publishes': (scene) => scene.publish(),
  'another publishes for others only': (scene) => scene.publish({ eligible: [] }),
  'another publishes what is too large for it': (scene) => scene.publishTooLarge(),
  'it publishes itself': (scene) => scene.publishItself(),
  'two seconds pass': ({ world }) => world.advance(2_000),
  'the authorizer allows it': (scene) => scene.decide(true),
  'the authorizer refuses it': (scene) => scene.decide(false),
  'the subscription is revoked': (scene) => scene.revoke(),
  'the session leaves': (scene) => scene.leave(),
}

describe('the life of a subscription', () => {
  let scene: Scene | undefined
  afterEach(() => scene?.world.end())

  const { columns, rows } = readTable('The life of a subscription')

  it('has a row for every event and a column for every state', () => {
    expect(rows.map(({ name }) => name).toSorted()).toEqual(Object.keys(EVENTS).toSorted())
    expect(rows.map(({ cells }) => cells.length)).toEqual(rows.map(() => columns.length))
    expect(columns).toEqual(['none', 'asked', 'subscribed', 'gap', 'ended'])
  })

  const cells = rows.flatMap(({ name, cells: texts }) => columns.map((state, i) => [state, name, texts[i] ?? ''] as const))

  it.each(cells)('in the state %s, %s: %s', (state, event, cell) => {
    scene = new Scene()
    scene.enter(state)
    expect(scene.state).toBe(state)
    EVENTS[event]?.(scene)
    expect(`${scene.sent()} → ${scene.state}`).toBe(cell)
  })
})
