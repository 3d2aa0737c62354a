// Saves how far durable subscriptions are: soon where much has changed, once a second where little has, and one write of each at a time.
// Some of them in a turn, owner after owner. What was acknowledged and not saved is sent again after a crash.

import type { RealmStore } from '../ports/event-store.ts'
import type { DurableSubscription } from '../state/durable-subscription.ts'
import type { RealmContext } from '../state/realm-context.ts'
import { SessionTurns } from '../state/session-turns.ts'

/** Where it is saved. */
interface SavingTopics {
  readonly store: Pick<RealmStore, 'saveConsumer'> | undefined
}

export class DurableSaving {
  readonly #context: Pick<RealmContext, 'scheduler'>
  readonly #topics: SavingTopics
  readonly #turns = new SessionTurns<DurableSubscription>()
  readonly #queued = new Set<DurableSubscription>()

  constructor(context: Pick<RealmContext, 'scheduler'>, topics: SavingTopics) {
    this.#context = context
    this.#topics = topics
  }

  /** Something has changed: saves it where that is much. */
  note(durable: DurableSubscription): void {
    if (durable.changes >= MANY) this.save(durable)
  }

  /** Saves what has changed, when it is its owner's turn. */
  save(durable: DurableSubscription): void {
    if (durable.changes === 0 || durable.isSaving || this.#queued.has(durable)) return
    this.#queued.add(durable)
    this.#turns.add({ owner: durable.principal, session: durable.subscription.id }, durable)
    if (this.#queued.size === 1) this.#next()
  }

  #next(): void {
    if (this.#queued.size > 0) this.#context.scheduler.defer(() => this.#goOn())
  }

  #goOn(): void {
    for (let positions = 0; positions < MOST_IN_A_TURN;) {
      const durable = this.#turns.next()
      if (durable === undefined) break
      this.#queued.delete(durable)
      positions += AS_POSITIONS + durable.open.size + durable.done.size
      this.#write(durable)
    }
    this.#next()
  }

  #write(durable: DurableSubscription): void {
    const { store } = this.#topics
    if (store === undefined || durable.isDeleted) return
    durable.isSaving = true
    durable.changes = 0
    store.saveConsumer(durable.record, (failure) => {
      this.#context.scheduler.defer(() => {
        durable.isSaving = false
        // Tried again within a second.
        if (failure !== undefined) durable.changes++
        this.note(durable)
      })
    })
  }
}

/** So many changes are saved at once. */
const MANY = 256
/** Positions that are written in one turn, before the next has its own; a durable subscription without any costs as much as so many. */
const MOST_IN_A_TURN = 1_024
const AS_POSITIONS = 32
