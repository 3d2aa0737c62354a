// The router's own procedures for its operator, besides the meta procedures. They only show.

import type { Dict } from '@trunkline/protocol'
import { ApplicationError, SLOWEST_SESSIONS, uris } from '@trunkline/protocol'
import { ENTRIES_IN_A_STEP } from './list-turns.ts'
import type { ListTurns, Steps } from './list-turns.ts'
import { Later } from './meta-session.ts'
import type { OwnOutcome, OwnProcedure, OwnResult } from './meta-session.ts'
import type { RealmCluster } from '../state/realm-cluster.ts'
import type { Backlog } from '../ports/link.ts'
import type { Clock } from '../ports/clock.ts'
import type { Session } from '../state/session.ts'

const DEFAULT_MOST = 10
/** No answer has more. */
const MOST = 1_000

/** What these procedures need from their realm. */
export interface AdministeredRealm {
  readonly sessions: ReadonlyMap<number, Session>
  readonly listTurns: ListTurns
  /** The other nodes; undefined where this router stands alone. */
  readonly cluster: RealmCluster | undefined
}

/** All admin procedures of a realm by their URI. */
export function adminProcedures({ sessions, listTurns, cluster }: AdministeredRealm, clock: Clock): ReadonlyMap<string, OwnProcedure> {
  const show = (most: number): OwnOutcome =>
    listTurns.make(
      sessions.size,
      () => slowest(sessions, clock.monotonic(), most),
      (rows) => withOthers(cluster, rows, most),
      () => show(most),
    )
  return new Map<string, OwnProcedure>([[SLOWEST_SESSIONS, ([most]) => show(count(most))]])
}

/** Those of all nodes. */
function withOthers(cluster: RealmCluster | undefined, own: readonly Row[], most: number): OwnOutcome {
  if (cluster === undefined || cluster.sessions.size === 0) return [own]
  const merged = (answers: readonly Dict[]): OwnResult => {
    const rows = [...own, ...answers.flatMap(({ sessions }) => (sessions ?? []) as readonly Row[])]
    return [rows.sort((a, b) => b.queued_bytes - a.queued_bytes || b.dropped_events - a.dropped_events).slice(0, most)]
  }
  return new Later((finish) => cluster.ask('slowest_sessions', { most }, (answers) => finish(() => merged(answers))))
}

/** A session as it is shown. */
interface Row extends Dict {
  readonly queued_bytes: number
  readonly dropped_events: number
}

interface Slow {
  readonly session: Session
  readonly backlog: Backlog
}

/** Sessions with queued messages or dropped events: most octets first, then most events dropped. */
export function* slowest(sessions: ReadonlyMap<number, Session>, now: number, most: number): Steps<Row[]> {
  let slow: Slow[] = []
  let looked = 0
  for (const session of sessions.values()) {
    const backlog = session.link.backlog?.(now)
    if (backlog !== undefined && bytesOf(backlog) + backlog.dropped > 0) slow.push({ session, backlog })
    if (++looked % ENTRIES_IN_A_STEP !== 0) continue
    slow = first(slow, most)
    yield
  }
  return first(slow, most).map(({ session: { id, identity }, backlog }) => ({
    session: id,
    authid: identity.authid,
    authrole: identity.authrole,
    queued_bytes: bytesOf(backlog),
    queued_events: backlog.events,
    queued_replies: backlog.replies,
    dropped_events: backlog.dropped,
    seconds_without_progress: Math.floor(backlog.stalledMs / 1000),
  }))
}

function first(slow: readonly Slow[], most: number): Slow[] {
  return [...slow].sort((a, b) => bytesOf(b.backlog) - bytesOf(a.backlog) || b.backlog.dropped - a.backlog.dropped).slice(0, most)
}

function bytesOf({ eventBytes, replyBytes }: Backlog): number {
  return eventBytes + replyBytes
}

function count(most: unknown): number {
  if (most === undefined || most === null) return DEFAULT_MOST
  if (typeof most === 'number' && Number.isInteger(most) && most >= 0) return Math.min(most, MOST)
  throw new ApplicationError(uris.INVALID_ARGUMENT, ['expected a number of sessions, a positive integer'])
}
