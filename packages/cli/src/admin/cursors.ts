// Where a list over several realms goes on: a text that only the router that made it can read.

import { ApplicationError, uris } from '@trunkline/protocol'
import type { PartPlace } from './nodes/list-part.ts'

export const CURSOR_TOO_OLD = 'trunkline.error.cursor_too_old'

/** The place of a page: all realms before this one are done, and of this one what each process has up to its place. */
export interface Place {
  /** The index of the realm. */
  readonly realm: number
  readonly from: readonly PartPlace[]
}

export class Cursors {
  readonly #run: string

  /** @param run a text that differs each time the router is started */
  constructor(run: string) {
    this.#run = run
  }

  write(realm: string, from: readonly PartPlace[]): string {
    const places = from.map(({ node, boot, after }) => [node, boot, after])
    return Buffer.from(JSON.stringify([this.#run, realm, places])).toString('base64url')
  }

  /**
   * The place of the next page.
   * @param realms the names of those of the list, in their order
   * @throws {ApplicationError} for a cursor that is none, or is too old
   */
  read(cursor: string | undefined, realms: readonly string[]): Place {
    if (cursor === undefined) return { realm: 0, from: [] }
    const [run, name, places] = partsOf(cursor)
    const from = placesOf(places)
    if (typeof run !== 'string' || typeof name !== 'string' || from === undefined) {
      throw new ApplicationError(uris.INVALID_ARGUMENT, ['after: expected the next of a page'])
    }
    if (run !== this.#run)
      throw new ApplicationError(CURSOR_TOO_OLD, ['the router was restarted since the last page: begin with the first page'])
    const realm = realms.indexOf(name)
    if (realm === -1) throw new ApplicationError(CURSOR_TOO_OLD, ['the realm of the last page was removed: begin with the first page'])
    return { realm, from }
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

function placesOf(places: unknown): readonly PartPlace[] | undefined {
  if (!Array.isArray(places)) return undefined
  const from = places.map((place: unknown) => {
    const [node, boot, after]: readonly unknown[] = Array.isArray(place) ? place : []
    return typeof node === 'string' && typeof boot === 'string' && typeof after === 'number' ? { node, boot, after } : undefined
  })
  return from.every((place) => place !== undefined) ? from : undefined
}
