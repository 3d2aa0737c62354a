// The entry of @trunkline/router/store-lmdb. Only programs that keep events on the disk import it, since it needs `lmdb`.

export { LmdbEventStore } from './lmdb-event-store.ts'
export type { LmdbEventStoreOptions } from './lmdb-event-store.ts'
export { LmdbStoreReader, StoreDamage } from './lmdb-store-reader.ts'
export type { StoredEvent, StoredLog, StoredPlace, StoredQuery, StoredRealm } from './lmdb-store-reader.ts'
export type { Damage } from './lmdb-verify.ts'
export { STORE_FILE } from './store-folder.ts'
