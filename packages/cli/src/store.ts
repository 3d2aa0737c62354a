// The store of durable topics of a router that the command runs.

import { randomInt } from 'node:crypto'
import type { EventStore } from '@trunkline/router'
import { MemoryEventStore } from '@trunkline/router'
import type { StoreConfig } from './config/store.ts'

/** A store that is open. */
export interface OpenStore {
  readonly store: EventStore
  /** After the router was closed. */
  close(): Promise<void>
}

/**
 * Opens the store of a configuration.
 * @throws {UsageError} (rejects) when it cannot be opened
 */
export function openStore(_config: StoreConfig): Promise<OpenStore> {
  return Promise.resolve(memoryStore())
}

/** A store in the memory of this process. */
export function memoryStore(): OpenStore {
  const scheduler = { defer: (task: () => void) => void setImmediate(task) }
  const store = new MemoryEventStore({ scheduler, ids: { random: () => randomInt(1, 2 ** 48 - 1) } })
  return { store, close: () => Promise.resolve() }
}
