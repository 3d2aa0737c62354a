// The folder of a store: who may write to it, whether its file can be trusted, and what becomes of one that cannot.

import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { UsageError } from '@trunkline/protocol'
import type { Log } from '../core/ports/index.ts'
import { FolderLock } from './folder-lock.ts'
import { damageOf } from './lmdb-header.ts'
import { walk } from './lmdb-walk.ts'

/** The file of a store in its folder. */
export const STORE_FILE = 'events.mdb'
/** The table of readers that lmdb keeps beside its file; it would be made with holes, which a full disk cannot fill. */
const READERS_BYTES = 65_536
/** A router that has run so long was not ended by what it reads. */
const STEADY_MS = 60_000

export class StoreFolder {
  readonly path: string
  readonly #log: Log
  readonly #lock: FolderLock
  readonly #steady: NodeJS.Timeout
  /** How many routers in a row have ended without closing the store. */
  readonly #unclean: number

  private constructor(path: string, parts: { readonly log: Log; readonly lock: FolderLock }) {
    this.path = path
    this.#log = parts.log
    this.#lock = parts.lock
    this.#unclean = this.#begin()
    this.#steady = setTimeout(() => this.#mark(0), STEADY_MS)
    this.#steady.unref()
  }

  /** @throws {UsageError} when the folder cannot be written to, or another process does */
  static async take(path: string, log: Log): Promise<StoreFolder> {
    let lock: FolderLock | undefined
    try {
      mkdirSync(path, { recursive: true, mode: 0o700 })
      lock = await FolderLock.take(path)
    } catch (error) {
      throw new UsageError(`the folder of the event store, ${path}, cannot be written to: ${(error as Error).message}`, 'TL_STORE', {
        cause: error,
      })
    }
    if (lock === undefined) throw new UsageError(`the event store in ${path} is used by another process`, 'TL_STORE')
    return new StoreFolder(path, { log, lock })
  }

  get file(): string {
    return join(this.path, STORE_FILE)
  }

  /** Looks at the file before it is opened: closer, if the last routers did not close it. One that is damaged is set aside. */
  async check(): Promise<void> {
    const { file } = this
    if (existsSync(file) && statSync(file).size > 0) {
      const damage = damageOf(file) ?? (this.#unclean > 0 ? await walk(file, { isFull: this.#unclean > 1, log: this.#log }) : undefined)
      if (damage !== undefined) this.setAside(damage)
    }
    fillTo(`${file}-lock`, READERS_BYTES)
  }

  /** Gives a damaged file another name, so that a new one can begin. */
  setAside(damage: string): void {
    const date = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')
    const name = `${this.file}.damaged-${date}-${randomBytes(2).toString('hex')}`
    renameSync(this.file, name)
    rmSync(`${this.file}-lock`, { force: true })
    this.#log.error('the event store is damaged: it is set aside, and a new one begins', { area: 'store', damage, file: name })
  }

  /** The store was closed in order, or was left as it was found. */
  async release(): Promise<void> {
    clearTimeout(this.#steady)
    rmSync(this.#marker, { force: true })
    await this.#lock.release()
  }

  get #marker(): string {
    return join(this.path, 'running')
  }

  #begin(): number {
    const unclean = existsSync(this.#marker) ? (Number.parseInt(readFileSync(this.#marker, 'latin1'), 10) || 0) + 1 : 0
    this.#mark(unclean)
    return unclean
  }

  #mark(unclean: number): void {
    try {
      writeFileSync(this.#marker, `${unclean}\n`)
    } catch (error) {
      // On a full disk events can still be read.
      this.#log.warn('the event store cannot note that it is used', { area: 'store', error: String(error) })
    }
  }
}

/** Writes zeros behind the end of a file until it is so long. */
function fillTo(path: string, length: number): void {
  const file = openSync(path, 'a')
  try {
    const missing = length - statSync(path).size
    if (missing > 0) writeSync(file, new Uint8Array(missing))
  } finally {
    closeSync(file)
  }
}
