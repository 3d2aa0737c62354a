// Puts lines of an export into a store. Positions are new ones; those of durable subscriptions follow them.

import { UsageError } from '@trunkline/client'
import type { Appended, DurableConsumer, EventStore, RealmStore, StoreFailure } from '@trunkline/router'
import { FaultFound } from '../fault-found.ts'
import { filterOf } from './event-lines.ts'
import type { StoreLine } from './line-reader.ts'

/** So many events are on their way to the store at most. */
const MOST_AT_ONCE = 1_024

/** A realm that is filled. */
interface Filling {
  readonly store: RealmStore
  readonly logs: Set<string>
  readonly consumers: DurableConsumer[]
  /** The places to which the subscriptions refer, in order; up to the next one they are known in the new store. */
  places: number[]
  readonly known: Map<number, number>
  /** Those whose own event is in the new store. */
  readonly present: Set<number>
  /** Where the last event came from and is now. */
  last: { readonly from: number; readonly to: number }
  next: number
}

export class Importing {
  events = 0
  readonly #store: EventStore
  readonly #mayAdd: boolean
  readonly #realms = new Map<string, Filling>()
  #open: Promise<void>[] = []
  #failure: StoreFailure | undefined

  /** @param mayAdd whether realms may have events already */
  constructor(store: EventStore, mayAdd: boolean) {
    this.#store = store
    this.#mayAdd = mayAdd
  }

  /**
   * @throws {UsageError} (rejects) when its realm has events already
   * @throws {FaultFound} (rejects) when the store takes no more
   */
  async take(line: StoreLine): Promise<void> {
    const realm = this.#realmOf(line.realm)
    if (line.kind === 'log') {
      realm.store.keep(line.log, line.keep)
      realm.logs.add(line.log)
    } else if (line.kind === 'subscription') {
      realm.consumers.push(line.consumer)
      realm.places = [...realm.places, ...placesOf(line.consumer)].sort((one, other) => one - other)
    } else {
      const { position, log, event } = line
      const name = log ?? logFor(event.topic, realm.logs)
      if (!realm.logs.has(name)) {
        realm.store.keep(name, {})
        realm.logs.add(name)
      }
      this.#open.push(
        asked<Appended>((done) => realm.store.append(name, event, done)).then((outcome) => {
          if ('error' in outcome) {
            this.#failure ??= outcome
            return
          }
          this.events++
          placed(realm, position, outcome.position)
        }),
      )
      if (this.#open.length >= MOST_AT_ONCE) await this.#settled()
    }
  }

  /** Everything is kept, and the durable subscriptions are where they were. @throws {FaultFound} (rejects) */
  async finish(): Promise<void> {
    await this.#settled()
    for (const realm of this.#realms.values()) {
      placed(realm, Number.POSITIVE_INFINITY, 0)
      for (const consumer of realm.consumers) {
        const outcome = await asked<StoreFailure | undefined>((done) => realm.store.saveConsumer(moved(consumer, realm), done))
        if (outcome !== undefined) throw this.#refused(outcome)
      }
    }
  }

  async #settled(): Promise<void> {
    const open = this.#open
    this.#open = []
    await Promise.all(open)
    if (this.#failure !== undefined) throw this.#refused(this.#failure)
  }

  #realmOf(name: string): Filling {
    const found = this.#realms.get(name)
    if (found !== undefined) return found
    const store = this.#store.open(name)
    if (!this.#mayAdd && store.last > 0) throw new UsageError(`realm ${name} of the store has events already; --add puts these behind them`)
    const realm = {
      store,
      logs: new Set<string>(),
      consumers: [],
      places: [],
      known: new Map(),
      present: new Set<number>(),
      last: { from: 0, to: store.last },
      next: 0,
    }
    this.#realms.set(name, realm)
    return realm
  }

  #refused({ error }: StoreFailure): FaultFound {
    return new FaultFound('TL_STORE_FAULT', `the store takes no more, it is ${error}; ${this.events} events are in it`)
  }
}

/** Notes where the places up to that of an event are now: each that of the last event before it, or its own. */
function placed(realm: Filling, from: number, to: number): void {
  for (let place = realm.places[realm.next]; place !== undefined && place < from; place = realm.places[++realm.next]) {
    realm.known.set(place, realm.last.to)
    if (place === realm.last.from) realm.present.add(place)
  }
  realm.last = { from, to }
}

function placesOf({ acked, ackedAbove, attempts }: DurableConsumer): readonly number[] {
  return [acked, ...ackedAbove, ...attempts.keys()]
}

/** A subscription by the places of the new store. */
function moved(consumer: DurableConsumer, { known, present }: Filling): DurableConsumer {
  const to = (position: number): number => known.get(position) ?? 0
  return {
    ...consumer,
    acked: to(consumer.acked),
    ackedAbove: consumer.ackedAbove.filter((position) => present.has(position)).map(to),
    attempts: new Map(
      [...consumer.attempts].filter(([position]) => present.has(position)).map(([position, count]) => [to(position), count]),
    ),
  }
}

/** The log for a retained event that its own has dropped. */
function logFor(topic: string, logs: ReadonlySet<string>): string {
  for (const name of logs) {
    const { match, uri } = filterOf(name)
    if (match === 'prefix' ? topic.startsWith(uri) : match === 'exact' && uri === topic) return name
  }
  return `exact ${topic}`
}

function asked<T>(ask: (done: (answer: T) => void) => void): Promise<T> {
  return new Promise((resolve) => ask(resolve))
}
