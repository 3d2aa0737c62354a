// Events of durable topics in a file, by lmdb: they are there after any end of the process, and after a loss of power. One process writes to it.

import type { EventStore, Log, RealmStore, Scheduler, StoreError, StoreSize } from '../core/ports/index.ts'
import { DEFAULT_KEYS } from './event-keys.ts'
import { EventRecords } from './event-record.ts'
import { Group } from './group.ts'
import { LmdbFile } from './lmdb-file.ts'
import { checkFormat, formatRow } from './lmdb-format.ts'
import { FORMAT_KEY, REALMS } from './lmdb-keys.ts'
import type { RealmPlace } from './lmdb-realm.ts'
import { LmdbRealm } from './lmdb-realm.ts'
import { allRows, Changes, octetsOf } from './lmdb-table.ts'
import type { Change } from './open-lmdb-realm.ts'
import { OpenLmdbRealm } from './open-lmdb-realm.ts'
import { RecordError } from './record-error.ts'
import { StoreFolder } from './store-folder.ts'

export interface LmdbEventStoreOptions {
  /** Where the store is; made if it is not there. */
  readonly folder: string
  readonly log: Log
  /** The octets that events take at most; beyond it they are refused. Default 8 GiB. The file may be somewhat longer. */
  readonly maxBytes?: number | undefined
  /** The keys of publications that are known of one user or network in a realm; of all four times as many. Default 100,000. */
  readonly maxKeys?: number | undefined
}

const DEFAULT_BYTES = 8 * 1024 ** 3
/** The file may be longer than its events by a part of them, and by so much: free pages lie between those in use. */
const [LONGER_PART, LONGER] = [4, 64 * 1024 * 1024]
/** A disk that stays full is logged so often. */
const FULL_MS = 60_000

/** Runs each task in a turn of its own. */
const TURNS: Scheduler = { defer: (task) => void setImmediate(task) }

export class LmdbEventStore implements EventStore {
  readonly maxBytes: number
  readonly #folder: StoreFolder
  readonly #file: LmdbFile
  readonly #log: Log
  readonly #maxKeys: number
  readonly #records = new EventRecords()
  readonly #realms = new Map<string, LmdbRealm>()
  readonly #open = new Map<string, OpenLmdbRealm>()
  readonly #group: Group<Change>
  #isClosed = false
  /** The file could not be opened again after a fault. */
  #isBroken = false
  #fullLoggedAt = Number.NEGATIVE_INFINITY

  private constructor(
    folder: StoreFolder,
    file: LmdbFile,
    { log, maxBytes = DEFAULT_BYTES, maxKeys = DEFAULT_KEYS }: LmdbEventStoreOptions,
  ) {
    this.#folder = folder
    this.#file = file
    this.#log = log
    this.maxBytes = maxBytes
    this.#maxKeys = maxKeys
    this.#group = new Group({ commit: (changes) => this.#commit(changes) })
    for (const { value } of allRows(file, REALMS)) {
      const realm = LmdbRealm.load(value, (number) => this.#placeOf(number))
      this.#realms.set(realm.name, realm)
    }
  }

  /**
   * Opens the store of a folder. One that is damaged is set aside, logged, and a new one begins.
   * @throws {UsageError} `TL_STORE` when the folder cannot be written to, another process does, or its format is another
   */
  static async open(options: LmdbEventStoreOptions): Promise<LmdbEventStore> {
    const folder = await StoreFolder.take(options.folder, options.log)
    try {
      await folder.check()
      return await LmdbEventStore.#opened(folder, options, true)
    } catch (error) {
      await folder.release()
      throw error
    }
  }

  static async #opened(folder: StoreFolder, options: LmdbEventStoreOptions, mayBegin: boolean): Promise<LmdbEventStore> {
    const { maxBytes = DEFAULT_BYTES } = options
    let file: LmdbFile | undefined
    try {
      file = new LmdbFile({ path: folder.file, maxBytes: maxBytes + Math.floor(maxBytes / LONGER_PART) + LONGER })
      await begun(file, folder.path)
      return new LmdbEventStore(folder, file, options)
    } catch (error) {
      await file?.close()
      if (!mayBegin || !isDamage(error)) throw error
      folder.setAside(error.message)
      await folder.check()
      return LmdbEventStore.#opened(folder, options, false)
    }
  }

  get size(): StoreSize {
    let [events, bytes] = [0, 0]
    for (const { size } of this.#realms.values()) {
      events += size.events
      bytes += size.bytes
    }
    return { events, bytes }
  }

  open(name: string): RealmStore {
    this.#open.get(name)?.close()
    let realm = this.#realms.get(name)
    if (realm === undefined) {
      const numbers = Array.from(this.#realms.values(), ({ number }) => number)
      realm = LmdbRealm.begin(name, this.#placeOf(Math.max(0, ...numbers) + 1))
      this.#realms.set(name, realm)
    }
    const opened = new OpenLmdbRealm(realm, {
      records: this.#records,
      scheduler: TURNS,
      add: (change) => this.#add(change),
      isClosed: () => this.#isClosed,
    })
    this.#open.set(name, opened)
    return opened
  }

  /** Copies the store as it is to a new file, while it is used. @throws what the disk says */
  backup(path: string): Promise<void> {
    return this.#file.backup(path)
  }

  /** Keeps what is queued, and closes the file. Everything after that fails as `closed`. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#group.drain()
    await this.#commit([])
    await this.#file.close()
    await this.#folder.release()
  }

  #placeOf(realm: number): RealmPlace {
    return { realm, table: this.#file, records: this.#records, maxKeys: this.#maxKeys, onDamage: (error) => this.#noteDamage(error) }
  }

  #add(change: Change): boolean {
    if (this.#group.isFull) return false
    this.#group.add(change)
    return true
  }

  /** Commits a group, and what was dropped since the last. */
  async #commit(group: readonly Change[]): Promise<void> {
    const error = this.#isBroken ? 'damaged' : undefined
    const fits = error === undefined && (await this.#makeRoom(group))
    const mayRemove = error === undefined && (fits || this.#file.hasRoom)
    const changes = new Changes(this.#file)
    const tell: (() => void)[] = []
    const staged: Change[] = []
    let { bytes } = this.size
    for (const change of group) {
      const isRepeated = error === undefined && change.isRepeated?.() === true
      const takes = change.takes === 0 || isRepeated ? 0 : octetsOf(change.takes)
      const isRefused = isRepeated ? false : takes === 0 ? !mayRemove : !fits || bytes + takes > this.maxBytes
      if (isRefused) {
        if (error === undefined) this.#noteFull()
        tell.push(() => change.fail(error ?? 'full'))
        continue
      }
      bytes += takes
      staged.push(change)
      tell.push(change.stage(changes))
    }
    const failure = mayRemove ? await this.#write(changes) : undefined
    if (failure === undefined) for (const each of tell) each()
    else for (const change of group) change.fail(failure)
  }

  #makeRoom(group: readonly Change[]): Promise<boolean> {
    let octets = 0
    for (const change of group) octets += change.octets
    // With each group the small chunk at the end of a log is written again.
    const rows = group.length + 8 * this.#realms.size
    return this.#file.makeRoom(octets, Math.min(rows, 256))
  }

  /** @returns why nothing was written */
  async #write(changes: Changes): Promise<StoreError | undefined> {
    const realms = [...this.#realms.values()]
    for (const realm of realms) if (realm.isChanged) realm.write(changes)
    if (changes.size === 0) return undefined
    try {
      await this.#file.commit(changes)
      for (const realm of realms) realm.committed()
      return undefined
    } catch (error) {
      this.#log.error('the event store could not be written to', { area: 'store', error: String(error) })
      await this.#beginAgain()
      return 'damaged'
    }
  }

  /** After a fault: what is known is what the file holds. */
  async #beginAgain(): Promise<void> {
    try {
      await this.#file.reopen()
      for (const realm of this.#realms.values()) realm.load()
    } catch (error) {
      this.#isBroken = true
      this.#log.error('the event store cannot be used any more', { area: 'store', error: String(error) })
    }
  }

  #noteFull(): void {
    const now = performance.now()
    if (now - this.#fullLoggedAt < FULL_MS) return
    this.#fullLoggedAt = now
    this.#log.error('the event store is full: events are refused', { area: 'store', bytes: this.size.bytes, most: this.maxBytes })
  }

  #noteDamage(error: RecordError): void {
    this.#log.error('events cannot be read', { area: 'store', error: error.message })
  }
}

async function begun(file: LmdbFile, folder: string): Promise<void> {
  if (checkFormat(file, folder)) return
  const changes = new Changes(file)
  changes.put(FORMAT_KEY, formatRow())
  await file.commit(changes)
}

/** Whether a file is damaged, by what reading it says: lmdb's own words, or a checksum of ours. */
function isDamage(error: unknown): error is Error {
  return (
    error instanceof RecordError ||
    (error instanceof Error && /MDB_(INVALID|CORRUPTED|PAGE_NOTFOUND|VERSION_MISMATCH|BAD_)|Invalid key size/.test(error.message))
  )
}
