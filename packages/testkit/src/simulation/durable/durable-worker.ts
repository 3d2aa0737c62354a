// Workers of a durable world that share a durable subscription: they acknowledge, give back, forget or lose what they get, and together check
// that each event comes until it is acknowledged, never again after that was saved, and is never given up in silence (D6).

import type { UriPattern } from '@trunkline/protocol'
import { SimulationFailure } from '../failure.ts'
import type { Random } from '../random.ts'
import type { DurablePeer } from './durable-peer.ts'
import { matches } from './matching.ts'
import type { PromisedStore } from './promised-store.ts'

export const DEAD_LETTERS = 'com.dead'
const NAME = 'work'

/** An event that a worker has and has not decided about. */
interface Held {
  readonly position: number
  readonly publication: number
}

/** What the store said that needs nothing more. */
interface Saved {
  readonly acked: number
  readonly above: ReadonlySet<number>
}

export class DurableWorkers {
  readonly pattern: UriPattern
  readonly workers: readonly DurableWorker[]
  readonly attempts: number | undefined
  readonly ackWait: number
  readonly store: PromisedStore
  readonly hasDeadLetters: boolean
  readonly #maxInFlight: number
  /** Behind which place it began; undefined until it exists. */
  begin: number | undefined
  /** Acknowledged, and published as dead letters. */
  readonly done = new Set<number>()
  readonly dead = new Set<number>()
  /** Those that routers gave up without a topic for them. */
  dropped = 0
  /** How often each event was seen since the router began. */
  readonly seen = new Map<number, number>()
  redelivered = 0

  constructor(random: Random, pattern: UriPattern, store: PromisedStore) {
    this.pattern = pattern
    this.store = store
    this.attempts = random.percent(50) ? random.between(1, 4) : undefined
    this.hasDeadLetters = random.percent(70)
    this.ackWait = random.pick([500, 2_000, 10_000])
    this.#maxInFlight = random.pick([1, 2, 5, 100])
    this.workers = Array.from({ length: random.between(1, 3) }, (_, i) => new DurableWorker(this, `worker ${i}`))
  }

  /** As SUBSCRIBE has it. */
  get asked(): Record<string, unknown> {
    const { attempts, ackWait } = this
    const settings = { max_in_flight: this.#maxInFlight, ack_wait: ackWait, from: 'oldest' }
    return {
      name: NAME,
      ...settings,
      ...(attempts !== undefined && { attempts }),
      ...(this.hasDeadLetters && { dead_letters: DEAD_LETTERS }),
    }
  }

  get saved(): Saved {
    const { acked = 0, ackedAbove = [] } = this.store.kept.get(NAME) ?? {}
    return { acked, above: new Set(ackedAbove) }
  }

  /** The router has crashed. @param dead how many events it had given up */
  crashed(dead: number): void {
    for (const worker of this.workers) worker.lost()
    this.seen.clear()
    this.#note(dead)
  }

  #note(dead: number): void {
    if (!this.hasDeadLetters) this.dropped += dead
  }

  /** An event of the topic for dead letters. */
  isDead(details: Readonly<Record<string, unknown>>): void {
    const { durable, position, attempts } = details['_dead_letter'] as Readonly<Record<string, unknown>>
    if (durable !== NAME || typeof position !== 'number' || attempts !== this.attempts)
      throw new SimulationFailure('D6', `a dead letter says ${JSON.stringify(details)}`)
    this.dead.add(position)
  }

  /** Events that neither were acknowledged nor are known to be given up, and that the store has. */
  get missing(): readonly number[] {
    const { begin } = this
    if (begin === undefined) return []
    return this.store.ledger.flatMap(({ position, topic }) => {
      const isMeant = position > begin && position > this.store.dropped && matches(this.pattern, topic)
      return isMeant && !this.done.has(position) && !this.dead.has(position) ? [position] : []
    })
  }

  /** At the end all is accounted for, and saved. @param dead as of {@link crashed} */
  complete(dead: number): void {
    this.#note(dead)
    const { missing, begin } = this
    if (begin === undefined) throw new SimulationFailure('B5', 'the workers never got their subscription')
    if (missing.length > this.dropped)
      throw new SimulationFailure(
        'D6',
        `${missing.length} events never came, the first of the place ${missing[0]}; ${this.dropped} were given up`,
      )
    if (!this.isSaved) throw new SimulationFailure('D6', `up to ${this.#last} all is done, and ${this.saved.acked} is saved`)
  }

  /** Whether it is saved that all is done. */
  get isSaved(): boolean {
    return this.saved.acked >= this.#last
  }

  /** The place of the last event that is for them. */
  get #last(): number {
    return this.store.ledger.findLast(({ topic }) => matches(this.pattern, topic))?.position ?? 0
  }
}

export class DurableWorker {
  readonly name: string
  peer: DurablePeer | undefined
  readonly #all: DurableWorkers
  #held: Held[] = []
  #session = 0
  #asked: number | undefined
  #subscription: number | undefined
  #savedThen: Saved | undefined
  /** The last event that came for the first time. */
  #last = 0

  constructor(all: DurableWorkers, name: string) {
    this.#all = all
    this.name = name
  }

  lost(): void {
    this.peer = undefined
    this.#session = 0
    this.#asked = undefined
    this.#subscription = undefined
    this.#held = []
  }

  /** Subscribes where it has not. */
  subscribe(): void {
    if (this.#session === 0 || this.#asked !== undefined || this.#subscription !== undefined) return
    const { match, uri } = this.#all.pattern
    this.#savedThen = this.#all.saved
    this.#last = 0
    this.#asked = this.peer?.request(32, { ...(match !== 'exact' && { match }), _durable: this.#all.asked }, uri)
  }

  unsubscribe(): void {
    if (this.#subscription !== undefined) this.peer?.request(34, this.#subscription)
    this.#subscription = undefined
    this.#held = []
  }

  take([type, second, third, details]: readonly unknown[]): void {
    if (type === 2) this.#session = second as number
    else if (type === 33) this.#subscribed(third as number, details as Readonly<Record<string, unknown>>)
    else if (type === 8) this.#asked = undefined
    else if (type === 36) this.#event(second as number, third as number, details as Readonly<Record<string, unknown>>)
    else if (type === 3 || type === 6) this.lost()
    this.subscribe()
  }

  #subscribed(subscription: number, details: Readonly<Record<string, unknown>>): void {
    this.#asked = undefined
    this.#subscription = subscription
    const { _position: position, _epoch: epoch, _durable: durable } = details
    if (epoch !== this.#all.store.epoch || typeof position !== 'number' || (durable as { name?: unknown }).name !== NAME)
      this.#fail(`SUBSCRIBED says ${JSON.stringify(details)}`)
    this.#all.begin ??= position
  }

  #event(subscription: number, publication: number, details: Readonly<Record<string, unknown>>): void {
    const { _position: position, _epoch: epoch, _redelivered: before = 0 } = details
    const { store, seen, attempts = Number.POSITIVE_INFINITY } = this.#all
    if (typeof position !== 'number' || typeof before !== 'number' || epoch !== store.epoch)
      return this.#fail(`an event has ${JSON.stringify(details)}`)
    const kept = store.ledger.find((each) => each.position === position)
    if (kept?.publication !== publication) this.#fail(`the event of the place ${position} is not the one that the store has there`)
    const saved = this.#savedThen
    if (saved !== undefined && (position <= saved.acked || saved.above.has(position)))
      this.#fail(`the event of the place ${position} comes after it was saved that it is done`)
    if (before + 1 > attempts) this.#fail(`the event of the place ${position} comes for the time ${before + 1}, of ${attempts}`)
    const times = seen.get(position) ?? 0
    if (times > before)
      this.#fail(`the event of the place ${position} was seen ${times} times, and is said to have been sent ${before} times`)
    seen.set(position, times + 1)
    if (before > 0) this.#all.redelivered++
    else if (position <= this.#last) this.#fail(`the event of the place ${position} comes first after that of ${this.#last}`)
    else this.#last = position
    if (subscription === this.#subscription) this.#held.push({ position, publication })
  }

  /** Decides about what it has. @param isCareful it acknowledges all */
  work(random: Random, isCareful: boolean): void {
    for (const held of this.#held.splice(0, isCareful ? Infinity : random.between(1, 4))) {
      const chance = isCareful ? 0 : random.below(100)
      if (chance < 60) this.#acknowledge(held)
      else if (chance < 70) this.#upTo(held)
      else if (chance < 80) this.peer?.say([337, held.publication, { _again: true }])
      else if (chance < 85) this.peer?.say([337, held.publication, { _again: true, _after: 700 }])
    }
  }

  #acknowledge({ position, publication }: Held): void {
    this.#all.done.add(position)
    this.peer?.say([337, publication])
  }

  /** Everything before it that it has, what it forgot included. */
  #upTo({ position, publication }: Held): void {
    for (const [each] of this.#all.seen) if (each <= position) this.#all.done.add(each)
    this.peer?.say([337, publication, { _up_to: true }])
  }

  #fail(text: string): never {
    throw new SimulationFailure('D6', `${this.name}: ${text}`)
  }
}
