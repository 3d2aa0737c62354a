// Where a list over several realms goes on: a text that only the router that made it can read.

import { ApplicationError, uris } from '@trunkline/protocol'
import type { Page, PageRequest, RealmView } from '@trunkline/router'

/** A part of a list, and the cursor of the next. */
export interface ListPage<Row> {
  readonly rows: readonly Row[]
  readonly next: string | null
}

export const CURSOR_TOO_OLD = 'trunkline.error.cursor_too_old'
const DEFAULT_LIMIT = 100
/** Realms and entries that one call looks at. */
const MOST_REALMS = 1_000
const MOST_LOOKED_AT = 20_000

export interface Wanted {
  readonly after?: string | undefined
  readonly limit?: number | undefined
}

/** The place of a page: all realms before this one are done, and of this one all entries up to a place. */
interface Place {
  readonly realm: string
  readonly after: number
}

export class Cursors {
  readonly #run: string

  /** @param run a text that differs each time the router is started */
  constructor(run: string) {
    this.#run = run
  }

  /**
   * One page of a list over realms, in their order.
   * @throws {ApplicationError} for a cursor that is none, or is too old
   */
  page<Row>(
    realms: readonly RealmView[],
    { after, limit = DEFAULT_LIMIT }: Wanted,
    list: (realm: RealmView, request: PageRequest) => Page<Row>,
  ): ListPage<Row> {
    const start = after === undefined ? undefined : this.#read(after)
    const first = start === undefined ? 0 : realms.findIndex(({ name }) => name === start.realm)
    if (first === -1) throw new ApplicationError(CURSOR_TOO_OLD, ['the realm of the last page was removed: begin with the first page'])
    const rows: Row[] = []
    let looked = 0
    for (const [i, realm] of realms.slice(first).entries()) {
      const place = i === 0 ? (start?.after ?? 0) : 0
      if (rows.length >= limit || looked >= MOST_LOOKED_AT || i >= MOST_REALMS) return { rows, next: this.#write(realm.name, place) }
      const page = list(realm, { after: place, most: limit - rows.length })
      rows.push(...page.entries)
      looked += page.looked
      if (page.next !== undefined) return { rows, next: this.#write(realm.name, page.next) }
    }
    return { rows, next: null }
  }

  #write(realm: string, after: number): string {
    return Buffer.from(JSON.stringify([this.#run, realm, after])).toString('base64url')
  }

  #read(cursor: string): Place {
    const [run, realm, after] = partsOf(cursor)
    if (typeof run !== 'string' || typeof realm !== 'string' || typeof after !== 'number') {
      throw new ApplicationError(uris.INVALID_ARGUMENT, ['after: expected the next of a page'])
    }
    if (run === this.#run) return { realm, after }
    throw new ApplicationError(CURSOR_TOO_OLD, ['the router was restarted since the last page: begin with the first page'])
  }
}

function partsOf(cursor: string): readonly unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    return Array.isArray(parts) ? parts : []
  } catch {
    return []
  }
}
