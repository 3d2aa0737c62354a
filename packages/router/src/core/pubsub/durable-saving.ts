// Saves how far durable subscriptions are: soon where much has changed, once a second where little has, and one write of each at a time.
// What was acknowledged and not saved is sent again after a crash.

import type { StoreFailure } from '../ports/event-store.ts'
import type { DurableSubscription } from '../state/durable-subscription.ts'
import type { RealmContext } from '../state/realm-context.ts'
import type { DurableTopics } from './durable-topics.ts'

export class DurableSaving {
  readonly #context: RealmContext
  readonly #topics: DurableTopics

  constructor(context: RealmContext, topics: DurableTopics) {
    this.#context = context
    this.#topics = topics
  }

  /** Something has changed: saves it where that is much. */
  note(durable: DurableSubscription): void {
    if (durable.changes >= MANY) this.save(durable)
  }

  /** Saves what has changed. @param then called when it is saved, or could not be; not where there is nothing to save */
  save(durable: DurableSubscription, then?: (failure: StoreFailure | undefined) => void): void {
    const { store } = this.#topics
    if (store === undefined || durable.isSaving || durable.isDeleted || durable.changes === 0) return
    durable.isSaving = true
    durable.changes = 0
    store.saveConsumer(durable.record, (failure) => {
      this.#context.scheduler.defer(() => {
        durable.isSaving = false
        // Tried again within a second.
        if (failure !== undefined) durable.changes++
        then?.(failure)
        this.note(durable)
      })
    })
  }
}

/** So many changes are saved at once. */
const MANY = 256
