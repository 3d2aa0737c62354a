// For tests: a world whose realm has durable topics, with a store in memory that answers when the test says so.

import type { KeepRule, RealmOptions } from '@trunkline/router'
import { MemoryEventStore } from '@trunkline/router'
import { OPEN_REALM, World } from '@trunkline/testkit'
import type { Realm } from '../core/index.ts'
import { realmIn } from './realm-in.ts'
import { ManualScheduler, SeededIds } from '@trunkline/testing/ports'

/** The options of {@link DurableWorld}. */
export interface DurableWorldOptions {
  readonly keep?: KeepRule
  readonly realm?: RealmOptions
  readonly maxBytes?: number
  readonly outboxBytes?: number
}

export class DurableWorld {
  /** The turns of the store. */
  readonly disk = new ManualScheduler()
  readonly store: MemoryEventStore
  readonly #options: DurableWorldOptions
  world: World
  #routers = 0

  constructor(options: DurableWorldOptions = {}) {
    this.#options = options
    this.store = new MemoryEventStore({ scheduler: this.disk, ids: new SeededIds(7), maxBytes: options.maxBytes })
    this.world = this.#begin()
    this.sync()
  }

  /** The realm itself. */
  get realm(): Realm {
    const realm = realmIn(this.world, 'realm1')
    if (realm === undefined) throw new Error('the realm is gone')
    return realm
  }

  /** The router ends without a word, and another begins with what the store has. @param isLoaded it has read that */
  crash(isLoaded = true): void {
    this.world = this.#begin()
    if (isLoaded) this.sync()
  }

  /** Lets the store answer, and the router go on, until nothing is left to do. */
  sync(): void {
    for (let i = 0; i < 200; i++) {
      this.disk.settle()
      this.world.settle()
    }
  }

  #begin(): World {
    const { keep, realm, outboxBytes } = this.#options
    const topics = [{ uri: 'com.shop.**', durable: keep === undefined ? {} : { keep } }]
    const realms = { realm1: { ...OPEN_REALM, topics, ...realm } }
    return new World({
      store: this.store,
      ids: new SeededIds(++this.#routers),
      realms,
      limits: outboxBytes === undefined ? {} : { outboxBytes },
    })
  }
}
