// The store of durable topics of a router that the command runs.

import { randomInt } from 'node:crypto'
import { UsageError } from '@trunkline/client'
import type { EventStore, Log } from '@trunkline/router'
import { MemoryEventStore } from '@trunkline/router'
import type * as LmdbDoor from '@trunkline/router/store-lmdb'
import type { StoreConfig } from './config/store.ts'

/** A store that is open. */
export interface OpenStore {
  readonly store: EventStore
  /** After the router was closed. */
  close(): Promise<void>
}

/** What has to be installed beside the command. */
const PACKAGE = 'lmdb@3.5'

/**
 * Opens the store of a configuration.
 * @throws {UsageError} (rejects) when its folder cannot be used, or the package is not installed
 */
export async function openStore(config: StoreConfig, log: Log): Promise<OpenStore> {
  if (config.in === 'memory') return memoryStore()
  const { LmdbEventStore: Store } = await lmdbPackage()
  const { folder, maxBytes } = config
  const store = await Store.open({ folder, log, maxBytes })
  return { store, close: () => store.close() }
}

/** @throws {UsageError} (rejects) when the package is not installed */
export async function needStore(config: StoreConfig): Promise<void> {
  if (config.in === 'lmdb') await lmdbPackage()
}

/** @throws {UsageError} (rejects) when the package is not installed */
export async function lmdbPackage(): Promise<typeof LmdbDoor> {
  try {
    return await import('@trunkline/router/store-lmdb')
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new UsageError(`a store on the disk needs a package that is not installed: npm install ${PACKAGE}`, 'TL_USAGE', { cause: error })
  }
}

/** A store in the memory of this process. */
export function memoryStore(): OpenStore {
  const scheduler = { defer: (task: () => void) => void setImmediate(task) }
  const store = new MemoryEventStore({ scheduler, ids: { random: () => randomInt(1, 2 ** 48 - 1) } })
  return { store, close: () => Promise.resolve() }
}
