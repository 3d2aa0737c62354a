// A list of the admin API, page by page: its cursors lead on, and the pages before are remembered by theirs. A page that is
// read again keeps its place; a cursor that is too old leads to the first page.

import { signal } from '@preact/signals'
import { isError, wordsFor } from './words.ts'

export interface Page<Row> {
  readonly rows: readonly Row[]
  /** The cursor of the next page; null: this is the last. */
  readonly next: string | null
  readonly total: number
}

export type ReadPage<Row> = (after: string | undefined) => Promise<Page<Row>>

export interface Shown<Row> extends Page<Row> {
  /** From 1. */
  readonly number: number
}

/** Pages without entries that are not the last: so many are passed over at once. */
const MOST_EMPTY_PAGES = 10

export class PagedList<Row> {
  /** Undefined until the first page has come. */
  readonly page = signal<Shown<Row> | undefined>(undefined)
  /** Why the last reading failed. */
  readonly fault = signal<string | undefined>(undefined)
  readonly #read: ReadPage<Row>
  /** The cursors of the pages up to the one that is shown. */
  #cursors: readonly (string | undefined)[] = [undefined]
  #isReading = false
  /** The cursors of the page that follows the one which is being read. */
  #wanted: readonly (string | undefined)[] | undefined

  constructor(read: ReadPage<Row>) {
    this.#read = read
  }

  /** Reads the shown page again, or the first; while a page is being read it does nothing. */
  async refresh(): Promise<void> {
    if (!this.#isReading) await this.#show(this.#cursors)
  }

  async next(): Promise<void> {
    const next = this.page.value?.next
    if (typeof next === 'string') await this.#go([...this.#cursors, next])
  }

  async previous(): Promise<void> {
    if (this.#cursors.length > 1) await this.#go(this.#cursors.slice(0, -1))
  }

  /** Waits for what is being read: the reader has asked for another page, and gets it. */
  async #go(cursors: readonly (string | undefined)[]): Promise<void> {
    if (this.#isReading) this.#wanted = cursors
    else await this.#show(cursors)
  }

  async #show(cursors: readonly (string | undefined)[]): Promise<void> {
    this.#isReading = true
    try {
      const page = await this.#readOn(cursors.at(-1))
      this.#cursors = cursors
      this.page.value = { ...page, number: cursors.length }
      this.fault.value = undefined
    } catch (error) {
      if (isError(error, 'trunkline.error.cursor_too_old') && cursors.length > 1) this.#wanted ??= [undefined]
      else this.fault.value = wordsFor(error)
    }
    this.#isReading = false
    const wanted = this.#wanted
    this.#wanted = undefined
    if (wanted !== undefined) await this.#show(wanted)
  }

  /** Passes over pages in which a search has found nothing. */
  async #readOn(after: string | undefined): Promise<Page<Row>> {
    let page = await this.#read(after)
    for (let i = 0; i < MOST_EMPTY_PAGES && page.rows.length === 0 && page.next !== null; i++) page = await this.#read(page.next)
    return page
  }
}
