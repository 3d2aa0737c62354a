// Ends very many sessions in several turns, so that no turn takes long.

import type { Scheduler } from './ports/clock.ts'
import type { Session } from './state/session.ts'

/** What sessions that end in one turn may have to end together: 256 sessions with nothing, or two with sixteen testaments. */
const MOST_AT_ONCE = 4_096
const OF_A_SESSION = 16

/**
 * Ends as many sessions as one turn may end, and the rest in later turns.
 * @param end called for each that is a member still
 * @returns the members among the rest
 */
export function endInTurns(sessions: readonly Session[], scheduler: Scheduler, end: (session: Session) => void): Session[] {
  const isMember = (session: Session): boolean => session.isMember
  return sessions.slice(endSome(sessions, 0, scheduler, end)).filter(isMember)
}

/** @returns the place of the first of the rest */
function endSome(sessions: readonly Session[], first: number, scheduler: Scheduler, end: (session: Session) => void): number {
  let left = MOST_AT_ONCE
  for (const [i, session] of sessions.entries()) {
    if (i < first) continue
    left -= OF_A_SESSION + session.extent
    if (i > first && left < 0) {
      scheduler.defer(() => endSome(sessions, i, scheduler, end))
      return i
    }
    if (session.isMember) end(session)
  }
  return sessions.length
}
