// The file of a store: transactions and reading by lmdb, with room made ahead, so that no commit and no reading meets a full disk. Knows nothing
// of events.

import type { RootDatabase } from 'lmdb'
import { open } from 'lmdb'
import { FileRoom } from './file-room.ts'
import type { KeyRange } from './lmdb-keys.ts'
import type { Changes, Row, Table } from './lmdb-table.ts'
import { RecordError } from './record-error.ts'

export interface LmdbFileOptions {
  readonly path: string
  /** The octets that the file takes at most. */
  readonly maxBytes: number
  readonly isReadOnly?: boolean | undefined
}

/** What a transaction may need besides its values: pages of the trees, and the list of free pages. */
const TREES = 262_144
/** For each row: it may lie in a page of its own. */
const ROW = 8_192
/** Addresses are reserved for a file so much larger than it may become. */
const MARGIN = 256 * 1024 * 1024

export class LmdbFile implements Table {
  readonly path: string
  readonly #options: LmdbFileOptions
  #db: RootDatabase<Buffer, Buffer>
  #isOpen = true
  readonly #room: FileRoom

  /** @throws what lmdb says of a file that it cannot read */
  constructor(options: LmdbFileOptions) {
    this.path = options.path
    this.#options = options
    this.#db = opened(options)
    this.#room = new FileRoom(options.path, options.maxBytes)
  }

  /** @throws {RecordError} while the file is not open */
  get(key: Buffer): Buffer | undefined {
    this.#check()
    return this.#db.getBinary(key)
  }

  /** @throws {RecordError} while the file is not open */
  rows({ start, end }: KeyRange, most: number): readonly Row[] {
    this.#check()
    return [...this.#db.getRange({ start, end, limit: most })].map(({ key, value }) => ({ key, value }))
  }

  /** Octets in use, free pages in between included. */
  get used(): number {
    const { lastPageNumber, pageSize } = this.#db.getStats() as { readonly lastPageNumber: number; readonly pageSize: number }
    return (lastPageNumber + 1) * pageSize
  }

  /** Makes room for a transaction. @returns false when the disk is full, or the file as long as it may be */
  makeRoom(octets: number, rows: number): Promise<boolean> {
    return this.#room.ensure(this.used, 2 * octets + rows * ROW + TREES)
  }

  /** Whether the disk has room for any transaction that only removes. */
  get hasRoom(): boolean {
    return this.#room.has(this.used, TREES)
  }

  /** Commits all changes, or none. Then they are on the disk. @throws what went wrong */
  async commit(changes: Changes): Promise<void> {
    const done = this.#db.batch(() => {
      for (const { key, value } of changes.rows) void (value === undefined ? this.#db.remove(key) : this.#db.put(key, value))
    })
    try {
      await done
    } catch (error) {
      throw await causeOf(error)
    }
  }

  /** After a fault of the disk lmdb takes no more changes: begins with what was committed. @throws when the file cannot be read any more */
  async reopen(): Promise<void> {
    this.#isOpen = false
    await this.#db.close()
    this.#db = opened(this.#options)
    this.#isOpen = true
  }

  /** Copies the store as it is to a new file, while it is used. */
  async backup(path: string): Promise<void> {
    await this.#db.backup(path, false)
  }

  async close(): Promise<void> {
    await this.#room.close()
    if (!this.#isOpen) return
    this.#isOpen = false
    await this.#db.close()
  }

  #check(): void {
    if (!this.#isOpen) throw new RecordError('the file is not open')
  }
}

function opened({ path, maxBytes, isReadOnly = false }: LmdbFileOptions): RootDatabase<Buffer, Buffer> {
  return open<Buffer, Buffer>({
    path,
    noSubdir: true,
    encoding: 'binary',
    keyEncoding: 'binary',
    cache: false,
    maxDbs: 1,
    // Committed is on the disk: nothing is taken back after a loss of power.
    overlappingSync: false,
    mapSize: maxBytes + MARGIN,
    readOnly: isReadOnly,
  })
}

/** lmdb says what went wrong in a promise of its own. */
async function causeOf(error: unknown): Promise<unknown> {
  const { commitError } = error as { readonly commitError?: Promise<never> }
  try {
    await commitError
  } catch (cause) {
    return cause
  }
  return error
}
