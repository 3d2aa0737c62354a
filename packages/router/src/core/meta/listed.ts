// Lists of the meta API in which each caller sees what its rights show, and its own entries.

import { isForRouter } from '@trunkline/protocol'
import type { Action, Rights } from '../ports/rights.ts'
import type { Judge } from '../rights/judge.ts'
import type { Sees, Visible } from '../rights/visibility.ts'
import { shownBy } from '../rights/visibility.ts'
import type { Session } from '../state/session.ts'
import type { KeptList, KeptLists } from './kept-lists.ts'
import { TOO_LONG, tooLong } from './list-room.ts'
import type { ListTurns, Steps } from './list-turns.ts'
import { ENTRIES_IN_A_STEP } from './list-turns.ts'
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
  /** Makes the list, or {@link TOO_LONG}. */
  list(sees: Sees): Steps<unknown>
}

/** A list that is the same for every caller. */
export type CommonList = Pick<Listed, 'name' | 'version' | 'entries'> & { readonly list: () => Steps<unknown> }

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
      (value) => {
        if (value === TOO_LONG) throw tooLong()
        return [value]
      },
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
  return listTurns.make(listed.entries, () => keepingFor(lists, listed, rights, shows), answer, again)
}

/** The list for any caller. */
export function listForAll(realm: Pick<Lists, 'lists' | 'listTurns'>, listedNow: () => CommonList): OwnOutcome {
  const { lists, listTurns } = realm
  const listed = listedNow()
  const kept = lists.find(listed.name, listed.version, EVERYBODY)
  if (kept !== undefined) return kept.answer()
  const made = (): Steps<KeptList> => keeping(lists, listed, EVERYBODY, () => true)
  const again = (): OwnOutcome => listForAll(realm, listedNow)
  return listTurns.make(listed.entries, made, (list) => list.answer(), again)
}

/** The view of lists that are the same for every caller. */
const EVERYBODY = {}

function* keepingFor(lists: KeptLists, listed: Listed, rights: Rights, shows: Sees): Steps<KeptList> {
  let isWhole = true
  const list = (): Steps<unknown> =>
    listed.list((entry) => {
      const isShown = shows(entry)
      isWhole &&= isShown || isForRouter(entry.uri)
      return isShown
    })
  return yield* keeping(lists, { ...listed, list }, rights, () => isWhole)
}

/** To encode a long list takes a step of its own, and so does converting it for its first caller. A refusal is the same for all. */
function* keeping(lists: KeptLists, { name, version, entries, list }: CommonList, view: object, isWhole: () => boolean): Steps<KeptList> {
  const value = yield* list()
  if (entries > ENTRIES_IN_A_STEP) yield
  const kept = lists.keep(name, version, view, { value, isWhole: value === TOO_LONG || isWhole(), entries })
  if (entries > ENTRIES_IN_A_STEP) yield
  return kept
}

function areShown(entries: Iterable<Visible>, shows: Sees): boolean {
  for (const entry of entries) if (!shows(entry) && !isForRouter(entry.uri)) return false
  return true
}
