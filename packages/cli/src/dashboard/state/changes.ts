// What an event of the admin API changes in the lists that the page keeps.

interface Named {
  readonly realm: string
}

/** A session that came or went. */
export interface Member {
  readonly realm: string
  readonly session: number
  readonly authid: string
  readonly authrole: string
}

export interface Coming extends Member {
  readonly kind: 'joined' | 'left'
  /** In milliseconds since 1970. */
  readonly at: number
}

const MOST_COMINGS = 8

/** The last sessions that came or went, newest first. */
export function newestComings(
  before: readonly Coming[],
  { joined, left }: { readonly joined: readonly Member[]; readonly left: readonly Member[] },
  at: number,
): readonly Coming[] {
  const came = joined.map((member): Coming => ({ ...member, kind: 'joined', at }))
  const went = left.map((member): Coming => ({ ...member, kind: 'left', at }))
  return [...went.toReversed(), ...came.toReversed(), ...before].slice(0, MOST_COMINGS)
}

/** The realms after a change: rows that are known are replaced, others added at the end. */
export function changedRealms<Row extends Named>(
  before: readonly Row[],
  changed: readonly Row[],
  removed: readonly string[],
): readonly Row[] {
  const news = new Map(changed.map((row) => [row.realm, row]))
  const known = new Set(before.map(({ realm }) => realm))
  const kept = before.filter(({ realm }) => !removed.includes(realm)).map((row) => news.get(row.realm) ?? row)
  return [...kept, ...changed.filter(({ realm }) => !known.has(realm))]
}
