// The router's own procedures for its operator, besides the meta procedures. They only show.

import { ApplicationError, SLOWEST_SESSIONS, uris } from '@trunkline/protocol'
import type { OwnProcedure } from './meta-session.ts'
import type { Backlog } from '../ports/link.ts'
import type { Clock } from '../ports/clock.ts'
import type { Session } from '../state/session.ts'

const DEFAULT_MOST = 10

/** All admin procedures of a realm by their URI. */
export function adminProcedures(sessions: ReadonlyMap<number, Session>, clock: Clock): ReadonlyMap<string, OwnProcedure> {
  return new Map<string, OwnProcedure>([[SLOWEST_SESSIONS, ([most]) => [slowest(sessions, clock.monotonic(), count(most))]]])
}

interface Slow {
  readonly session: Session
  readonly backlog: Backlog
}

/** Sessions with queued messages or dropped events: most octets first, then most events dropped. */
function slowest(sessions: ReadonlyMap<number, Session>, now: number, most: number): Record<string, unknown>[] {
  const slow: Slow[] = []
  for (const session of sessions.values()) {
    const backlog = session.link.backlog?.(now)
    if (backlog !== undefined && bytesOf(backlog) + backlog.dropped > 0) slow.push({ session, backlog })
  }
  slow.sort((a, b) => bytesOf(b.backlog) - bytesOf(a.backlog) || b.backlog.dropped - a.backlog.dropped)
  return slow.slice(0, most).map(({ session: { id, identity }, backlog }) => ({
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

function bytesOf({ eventBytes, replyBytes }: Backlog): number {
  return eventBytes + replyBytes
}

function count(most: unknown): number {
  if (most === undefined || most === null) return DEFAULT_MOST
  if (typeof most === 'number' && Number.isInteger(most) && most >= 0) return most
  throw new ApplicationError(uris.INVALID_ARGUMENT, ['expected a number of sessions, a positive integer'])
}
