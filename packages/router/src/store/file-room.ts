// Room at the end of a file, filled with zeros before it is used. A disk that is full is found here; later it would be found by a commit, or by a
// page of the map that has no place, which ends the process.

import type { FileHandle } from 'node:fs/promises'
import { open } from 'node:fs/promises'

/** Zeros that are written at a time. */
const PIECE = 1_048_576
/** How far ahead the file is filled: a quarter of what is used, within these. */
const [LEAST_AHEAD, MOST_AHEAD] = [PIECE, 32 * PIECE]

export class FileRoom {
  readonly #path: string
  readonly #most: number
  #handle: FileHandle | undefined
  /** Octets of the file that are known to be on the disk. */
  #length = 0
  /** One filling at a time. */
  #filling: Promise<boolean> = Promise.resolve(true)
  #isAhead = false

  /** @param most octets that the file may take */
  constructor(path: string, most: number) {
    this.#path = path
    this.#most = most
  }

  /** Whether so many octets are there behind those that are used. */
  has(used: number, octets: number): boolean {
    return used + octets <= this.#length
  }

  /**
   * Sees to it that so many octets are there behind those that are used.
   * @returns false when the disk has no room for them
   */
  async ensure(used: number, octets: number): Promise<boolean> {
    const isThere = this.has(used, octets) || (await this.#fill(used + octets))
    if (isThere && !this.#isAhead) this.#goAhead(used, octets)
    return isThere
  }

  async close(): Promise<void> {
    await this.#filling
    await this.#handle?.close()
    this.#handle = undefined
  }

  /** Fills in the background before the room comes to its end. */
  #goAhead(used: number, octets: number): void {
    const ahead = Math.min(MOST_AHEAD, Math.max(LEAST_AHEAD, Math.floor(used / 4)))
    if (this.has(used, octets + ahead / 2)) return
    this.#isAhead = true
    void this.#fill(Math.min(this.#most, used + octets + ahead)).then(() => (this.#isAhead = false))
  }

  #fill(length: number): Promise<boolean> {
    this.#filling = this.#filling.then(() => this.#fillTo(length))
    return this.#filling
  }

  async #fillTo(length: number): Promise<boolean> {
    if (length > this.#most) return false
    try {
      this.#handle ??= await open(this.#path, 'r+')
      this.#length = Math.max(this.#length, (await this.#handle.stat()).size)
      if (length <= this.#length) return true
      while (this.#length < length) {
        const piece = Math.min(PIECE, Math.ceil((length - this.#length) / PAGE) * PAGE)
        const { bytesWritten } = await this.#handle.write(new Uint8Array(piece), 0, piece, this.#length)
        this.#length += bytesWritten
      }
      await this.#handle.datasync()
      return true
    } catch {
      // Full, beyond a quota, or a fault: in each case there is no room. What was written before stays for what removes events.
      return false
    }
  }
}

const PAGE = 4_096
