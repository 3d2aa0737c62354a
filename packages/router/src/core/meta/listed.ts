// Lists of the meta API in which each caller sees what its rights show, and its own entries.

import { isForRouter } from '@trunkline/protocol'
import type { Action } from '../ports/rights.ts'
import type { Judge } from '../rights/judge.ts'
import type { Sees, Visible } from '../rights/visibility.ts'
import { shownBy } from '../rights/visibility.ts'
import type { Session } from '../state/session.ts'
import type { KeptLists } from './kept-lists.ts'
import type { OwnResult } from './meta-session.ts'

/** A list, and what each viewer sees of it. */
export interface Listed {
  readonly name: string
  /** Changes whenever an entry is added or removed. */
  readonly version: number
  readonly actions: readonly Action[]
  /** The entries that the viewer sees whatever its rights are. */
  own(viewer: Session): Iterable<Visible>
  sees(viewer: Session): Sees
  list(sees: Sees): unknown
}

/** The list for one viewer: shared by all with the same rights, unless these may change or hide an entry of the viewer's own. */
export function listFor(lists: KeptLists, judge: Judge, viewer: Session, listed: Listed): OwnResult {
  const rights = judge.constant(viewer)
  if (rights === undefined) return [listed.list(listed.sees(viewer))]
  const shows = shownBy(rights, listed.actions)
  const kept = lists.get(listed.name, listed.version, rights, () => {
    let isWhole = true
    const value = listed.list((entry) => {
      const isShown = shows(entry)
      isWhole &&= isShown || isForRouter(entry.uri)
      return isShown
    })
    return { value, isWhole }
  })
  if (kept.isWhole || areShown(listed.own(viewer), shows)) return kept.answer()
  return [listed.list(listed.sees(viewer))]
}

function areShown(entries: Iterable<Visible>, shows: Sees): boolean {
  for (const entry of entries) if (!shows(entry) && !isForRouter(entry.uri)) return false
  return true
}
