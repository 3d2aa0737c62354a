// A store of durable topics that keeps exactly what it promises: what it has answered for survives a crash, of the rest some of the
// oldest or nothing. It answers when the world says so.

import type {
  Appended,
  DurableConsumer,
  EventPage,
  EventQuery,
  EventStore,
  KeepRule,
  KeptEvent,
  NewEvent,
  RealmStore,
  RetainedPage,
  StoreFailure,
  StoreSize,
} from '@trunkline/router'
import type { Random } from '../random.ts'
import { matches } from './matching.ts'

type Answer = () => void

/** What waits to be written: an event, or a change of a durable subscription. */
type Queued =
  | { readonly event: NewEvent; readonly done: (outcome: Appended) => void }
  | { readonly event?: never; readonly change: () => void; readonly done: (failure: StoreFailure | undefined) => void }

/** How long a key is known. */
const WINDOW_MS = 120_000

export class PromisedStore implements EventStore {
  readonly maxBytes = Number.MAX_SAFE_INTEGER
  /** All that was ever kept, also what the limits have dropped since. */
  readonly ledger: KeptEvent[] = []
  /** Up to here the limits have dropped everything. */
  dropped = 0
  /** There is no room on the disk. */
  isFull = false
  epoch: string
  readonly #random: Random
  /** The first event of each key, by owner and topic; kept with the event. */
  readonly #keys = new Map<string, KeptEvent>()
  #keep: KeepRule = {}
  /** The durable subscriptions. */
  readonly kept = new Map<string, DurableConsumer>()
  #queue: Queued[] = []
  #reads: Answer[] = []
  #answers: Answer[] = []
  #opened = 0

  constructor(random: Random, epoch: string) {
    this.#random = random
    this.epoch = epoch
  }

  get size(): StoreSize {
    return { events: this.ledger.length, bytes: 0 }
  }

  get last(): number {
    return this.ledger.at(-1)?.position ?? 0
  }

  get isIdle(): boolean {
    return this.#queue.length + this.#reads.length + this.#answers.length === 0
  }

  open(): RealmStore {
    const opened = ++this.#opened
    const answer = (task: Answer): void => {
      this.#answers.push(() => {
        if (opened === this.#opened) task()
      })
    }
    const change = (task: () => void, done: (failure: StoreFailure | undefined) => void): void =>
      void this.#queue.push({ change: task, done: (failure) => answer(() => done(failure)) })
    const now = (): Pick<RealmStore, 'last' | 'size'> => ({ last: this.last, size: this.size })
    return {
      epoch: this.epoch,
      get last() {
        return now().last
      },
      get size() {
        return now().size
      },
      keep: (_log, rule) => {
        this.#keep = rule
        this.#drop()
      },
      append: (_log, event, done) => void this.#queue.push({ event, done: (outcome) => answer(() => done(outcome)) }),
      // It may answer before the appends that it has seen.
      read: (query, done) => {
        this.#reads.push(() => {
          if (opened === this.#opened) done(this.#read(query))
        })
      },
      retained: (_query, done: (page: RetainedPage | StoreFailure) => void) => answer(() => done({ events: [], next: '', isLast: true })),
      clearRetained: (_filter, done) => answer(() => done({ topics: 0 })),
      consumers: (done) => answer(() => done({ consumers: [...this.kept.values()] })),
      saveConsumer: ({ ackedAbove, attempts, ...consumer }, done) => {
        const kept = { ...consumer, ackedAbove: [...ackedAbove], attempts: new Map(attempts) }
        change(() => void this.kept.set(kept.name, kept), done)
      },
      removeConsumer: (name, done) => change(() => void this.kept.delete(name), done),
      expire: () => {},
      close: () => {},
    }
  }

  /** Writes what waits, or some of it, as one group. */
  commit(most: number): void {
    for (const queued of this.#queue.splice(0, most)) {
      if (queued.event === undefined) {
        if (!this.isFull) queued.change()
        queued.done(this.isFull ? { error: 'full' } : undefined)
        continue
      }
      const { event, done } = queued
      const first = this.#firstOf(event)
      if (first !== undefined) done({ position: first.position, repeated: first.publication })
      else if (this.isFull) done({ error: 'full' })
      else done({ position: this.#write(event) })
    }
    this.#drop()
  }

  /** Looks up what was asked for. */
  look(most: number): void {
    for (const read of this.#reads.splice(0, most)) read()
  }

  /** Tells some of what it has done. */
  answer(most: number): void {
    for (const task of this.#answers.splice(0, most)) task()
  }

  /** The process ends: of what was not answered for, some of the oldest is kept, and nobody is told. */
  crash(): void {
    if (!this.isFull) {
      for (const queued of this.#queue.slice(0, this.#random.below(this.#queue.length + 1))) {
        if (queued.event === undefined) queued.change()
        else if (this.#firstOf(queued.event) === undefined) this.#write(queued.event)
      }
    }
    this.#queue = []
    this.#reads = []
    this.#answers = []
    this.#opened++
  }

  #firstOf({ once, topic, time }: NewEvent): KeptEvent | undefined {
    const first = once && this.#keys.get(JSON.stringify([once.owner, topic, once.key]))
    return first !== undefined && time - first.time < WINDOW_MS ? first : undefined
  }

  #write({ once, ...event }: NewEvent): number {
    const payload = event.payload && { ...event.payload, raw: event.payload.raw.slice() }
    // Positions may leave some out.
    const position = this.last + (this.#random.percent(10) ? 3 : 1)
    const kept = { ...event, payload, position }
    this.ledger.push(kept)
    if (once !== undefined) this.#keys.set(JSON.stringify([once.owner, event.topic, once.key]), kept)
    return position
  }

  #drop(): void {
    const { events } = this.#keep
    if (events === undefined || this.ledger.length <= events) return
    this.dropped = Math.max(this.dropped, this.ledger.at(-events - 1)?.position ?? 0)
  }

  #read({ filter, from, most }: EventQuery): EventPage {
    const behind = this.ledger.filter(({ position, topic }) => position > Math.max(from, this.dropped) && matches(filter, topic))
    // A page may be shorter than it could be.
    const length = this.#random.percent(50) ? Math.min(most, this.#random.between(1, 4)) : most
    const events = behind
      .slice(0, length)
      .map((event) => ({ ...event, payload: event.payload && { ...event.payload, raw: event.payload.raw.slice() } }))
    const isLast = events.length === behind.length
    return { events, next: isLast ? Math.max(from, this.last) : (events.at(-1)?.position ?? from), isLast, dropped: this.dropped }
  }
}
