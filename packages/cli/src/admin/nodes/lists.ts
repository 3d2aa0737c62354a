// The lists of the admin API: of all processes of the router, page by page.

import { ApplicationError, uris } from '@trunkline/protocol'
import type { RealmView, Router } from '@trunkline/router'
import type { Cursors } from '../cursors.ts'
import type { Asker, OwnTurns } from '../own-turns.ts'
import { realmRow } from '../rows.ts'
import type { ListFilter, ListName, PartPlace } from './list-part.ts'
import type { Entry } from './merged-list.ts'
import { mergedList } from './merged-list.ts'
import type { OverNodes } from './over-nodes.ts'

const DEFAULT_LIMIT = 100
/** Realms that one call looks at. */
const MOST_REALMS = 1_000

export interface Wanted {
  readonly asker: Asker
  readonly realm?: string | undefined
  readonly after?: string | undefined
  readonly limit?: number | undefined
}

interface ListParts {
  readonly router: Pick<Router, 'realm' | 'realms'>
  readonly cursors: Cursors
  readonly turns: OwnTurns
  readonly over: OverNodes
}

export class Lists {
  readonly #parts: ListParts

  constructor(parts: ListParts) {
    this.#parts = parts
  }

  /** A page of the realms, as each process knows them. */
  async realms({ asker, after, limit = DEFAULT_LIMIT }: Wanted) {
    const { router, cursors, turns } = this.#parts
    await turns.next(asker)
    const all = router.realms
    const first = cursors.read(
      after,
      all.map(({ name }) => name),
    ).realm
    const behind = all[first + limit]
    const realms = all.slice(first, first + limit).map(realmRow)
    return { realms, next: behind === undefined ? null : cursors.write(behind.name, []), total: all.length }
  }

  /**
   * A page of entries, each as `show` makes it of the rows that processes have of it.
   * @throws {ApplicationError} (rejects) when there is no such realm, or for a cursor that is none or is too old
   */
  async page<Shown>(list: ListName, filter: ListFilter, { asker, ...wanted }: Wanted, show: (entry: Entry) => Shown) {
    const { router, cursors, turns, over } = this.#parts
    await turns.next(asker)
    const chosen = chosenRealms(router, wanted.realm)
    const names = chosen.map(({ name }) => name)
    const { realm: first, from } = cursors.read(wanted.after, names)
    const realms = names.slice(first, first + MOST_REALMS)
    const wish = { list, filter, realms, from, limit: wanted.limit ?? DEFAULT_LIMIT }
    const { parts, missing } = await over.gather('list', wish)
    const { entries, next } = mergedList(parts, wish)
    const write = (at: number, places: readonly PartPlace[]): string | null => {
      const name = names[first + at]
      return name === undefined ? null : cursors.write(name, places)
    }
    return {
      realms: chosen,
      rows: entries.map(show),
      next: next === undefined ? write(MOST_REALMS, []) : write(next.realm, next.from),
      missing,
    }
  }
}

/** @throws {ApplicationError} when there is no such realm */
export function chosenRealms(router: Pick<Router, 'realm' | 'realms'>, name: string | undefined): readonly RealmView[] {
  if (name === undefined) return router.realms
  const realm = router.realm(name)
  if (realm === undefined) throw new ApplicationError(uris.NO_SUCH_REALM, [`there is no realm '${name}'`])
  return [realm]
}
