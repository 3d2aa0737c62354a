// What the meta procedures about registrations and subscriptions share: lists of ids, and single entries as far as a caller sees them.

import { ApplicationError, isUri, MATCH_POLICIES, matchPolicy, uris } from '@trunkline/protocol'
import type { Dict } from '@trunkline/protocol'
import type { Session } from '../state/session.ts'
import type { Sees, Visible } from '../rights/visibility.ts'
import type { Listed, Lists } from './listed.ts'
import { listFor } from './listed.ts'
import { ListRoom, TOO_LONG } from './list-room.ts'
import { ENTRIES_IN_A_STEP } from './list-turns.ts'
import type { Steps } from './list-turns.ts'
import type { OwnOutcome } from './meta-session.ts'
import { invalid, isDict, isNumber, isString, optional, required } from './procedure-arguments.ts'

/** A realm whose lists callers read. */
interface ListingRealm extends Lists {
  readonly sessions: ReadonlyMap<number, Session>
}

export function listTo(realm: ListingRealm, caller: number, listed: () => Listed): OwnOutcome {
  const viewer = realm.sessions.get(caller)
  if (viewer === undefined) throw new ApplicationError(uris.NO_SUCH_SESSION)
  return listFor(realm, viewer, listed)
}

/** What a caller sees; a caller that has left sees no entry. */
export function viewOf(caller: number, sessions: ReadonlyMap<number, Session>, view: (viewer: Session) => Sees): Sees {
  const viewer = sessions.get(caller)
  return viewer === undefined ? () => false : view(viewer)
}

export function byId<E extends Visible>(
  entries: ReadonlyMap<number, E>,
  sees: (caller: number) => Sees,
  error: string,
): (id: unknown, caller: number) => E {
  return (id, caller) => {
    const entry = entries.get(required(id, isNumber, 'an id'))
    if (entry === undefined || !sees(caller)(entry)) throw new ApplicationError(error)
    return entry
  }
}

export function* idsByPolicy(entries: Iterable<Visible>, sees: Sees): Steps<Record<Visible['match'], number[]> | typeof TOO_LONG> {
  const ids: Record<Visible['match'], number[]> = { exact: [], prefix: [], wildcard: [] }
  const room = new ListRoom()
  let looked = 0
  for (const entry of entries) {
    if (sees(entry)) {
      if (!room.take()) return TOO_LONG
      ids[entry.match].push(entry.id)
    }
    if (++looked % ENTRIES_IN_A_STEP === 0) yield
  }
  return ids
}

export function lookup(
  index: { get(match: Visible['match'], uri: string): Visible | undefined },
  sees: Sees,
  uri: unknown,
  options: unknown,
): number | null {
  const dict = optional(options, isDict, 'a dict of options') ?? {}
  const match = dict['match']
  if (match !== undefined && !MATCH_POLICIES.some((policy) => policy === match)) throw invalid('a match policy')
  const entry = index.get(matchPolicy(dict), required(uri, isString, 'a URI'))
  return entry !== undefined && sees(entry) ? entry.id : null
}

/** The reason sent to the session concerned; at a text that is no URI some clients would drop their connection. */
export function reasonOf(kwargs: Dict): string | undefined {
  const reason = optional(kwargs['reason'], isShort, `a reason URI of at most ${MOST_CHARACTERS} characters`)
  if (reason !== undefined && !isUri(reason)) throw new ApplicationError(uris.INVALID_URI, ['the reason is not a valid URI'])
  return reason
}
/** Very many sessions may get it, each in octets of its own. */
export const MOST_CHARACTERS = 1_000

/** Whether a value is a text that may be sent to very many sessions. */
export function isShort(value: unknown): value is string {
  return isString(value) && value.length <= MOST_CHARACTERS
}
