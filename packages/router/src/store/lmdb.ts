// The entry of @trunkline/router/store-lmdb. Only programs that keep events on the disk import it, since it needs `lmdb`.

export { LmdbEventStore } from './lmdb-event-store.ts'
export type { LmdbEventStoreOptions } from './lmdb-event-store.ts'
