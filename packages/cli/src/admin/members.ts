// Who joined and left since the last look, as long as they are few. Counts nothing.

import type { Actor, TableChange } from '@trunkline/router'
import { actorRow } from './traffic-line.ts'

export type Member = ReturnType<typeof actorRow> & { readonly realm: string }

/** The most that are shown of those that joined, and of those that left. */
export const MOST = 20

export class Members {
  #joined: Member[] = []
  #left: Member[] = []

  note(change: TableChange, realm: string, by: Actor): void {
    if (by.isInternal || (change !== 'join' && change !== 'leave')) return
    const list = change === 'join' ? this.#joined : this.#left
    // One more than are shown: then none is.
    if (list.length <= MOST) list.push({ realm, ...actorRow(by) })
  }

  /** Each list is empty where there were too many. */
  take(): { readonly joined: readonly Member[]; readonly left: readonly Member[] } {
    const [joined, left] = [this.#joined, this.#left].map((list) => (list.length > MOST ? [] : list))
    this.#joined = []
    this.#left = []
    return { joined: joined ?? [], left: left ?? [] }
  }
}
