// Lists of the meta API in which each caller sees what its rights show, and its own entries.

import { isForRouter } from '@trunkline/protocol'
import type { Action, Rights } from '../ports/rights.ts'
import type { Judge } from '../rights/judge.ts'
import type { Sees, Visible } from '../rights/visibility.ts'
import { shownBy } from '../rights/visibility.ts'
import type { Session } from '../state/session.ts'
import type { KeptList, KeptLists } from './kept-lists.ts'
import type { ListTurns, Steps } from './list-turns.ts'
import type { OwnOutcome } from './meta-session.ts'

/** A list, and what each viewer sees of it. */
export interface Listed {
  readonly name: string
  /** Changes whenever an entry is added or removed. */
  readonly version: number
  /** How many entries there are, seen or not. */
  readonly entries: number
  readonly actions: readonly Action[]
  /** The entries that the viewer sees whatever its rights are. */
  own(viewer: Session): Iterable<Visible>
  sees(viewer: Session): Sees
  list(sees: Sees): Steps<unknown>
}

/** What makes and keeps the lists of a realm. */
export interface Lists {
  readonly lists: KeptLists
  readonly listTurns: ListTurns
  readonly judge: Judge
}

/** The list for one viewer: shared by all with the same rights, unless these may change or hide an entry of the viewer's own. */
export function listFor(realm: Lists, viewer: Session, listedNow: () => Listed): OwnOutcome {
  const { lists, listTurns, judge } = realm
  const listed = listedNow()
  const again = (): OwnOutcome => listFor(realm, viewer, listedNow)
  const made = (): OwnOutcome =>
    listTurns.make(
      listed.entries,
      () => listed.list(listed.sees(viewer)),
      (value) => [value],
      again,
    )
  const rights = judge.constant(viewer)
  if (rights === undefined) return made()
  const shows = shownBy(rights, listed.actions)
  const answer = (kept: KeptList): OwnOutcome => {
    if (judge.constant(viewer) !== rights) return again()
    return kept.isWhole || areShown(listed.own(viewer), shows) ? kept.answer() : made()
  }
  const kept = lists.find(listed.name, listed.version, rights)
  if (kept !== undefined) return answer(kept)
  return listTurns.make(listed.entries, () => keeping(lists, listed, rights, shows), answer, again)
}

function* keeping(lists: KeptLists, listed: Listed, rights: Rights, shows: Sees): Steps<KeptList> {
  let isWhole = true
  const value = yield* listed.list((entry) => {
    const isShown = shows(entry)
    isWhole &&= isShown || isForRouter(entry.uri)
    return isShown
  })
  return lists.keep(listed.name, listed.version, rights, { value, isWhole })
}

function areShown(entries: Iterable<Visible>, shows: Sees): boolean {
  for (const entry of entries) if (!shows(entry) && !isForRouter(entry.uri)) return false
  return true
}
