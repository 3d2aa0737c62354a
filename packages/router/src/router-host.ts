// What the lives of sessions need from their router, put together from its parts. Decides nothing.

import type { RealmParts, Realms } from './realms.ts'
import type { Faults } from './faults.ts'
import { methodOf, outcomeOf } from './login-outcome.ts'
import type { Admission } from './peers/admission.ts'
import type { LifeDeadlines } from './peers/life-deadlines.ts'
import type { LifeHost } from './peers/life-host.ts'
import type { RouterLimits } from './router-options.ts'
import type { SessionJournal } from './session-journal.ts'
import type { ThrottledPeers } from './throttled.ts'

/** The parts of a router that the lives of its sessions meet. */
export interface HostParts extends Pick<RealmParts, 'clock' | 'counters'> {
  readonly agent: string
  readonly limits: RouterLimits
  readonly realms: Realms
  readonly lives: LifeDeadlines
  readonly admission: Admission
  readonly throttled: ThrottledPeers
  readonly journal: SessionJournal
  readonly faults: Faults
}

/** Puts the parts together. */
export function lifeHostOf(parts: HostParts): LifeHost {
  const { agent, limits, clock, counters, realms, lives, admission, throttled, journal, faults } = parts
  return {
    agent,
    limits,
    authenticate: (request, info, next) => realms.authenticate(request, info, next),
    realm: (name) => realms.get(name),
    now: () => clock.monotonic(),
    watch: (life, at) => lives.watch(life, at),
    watchDate: (life, at) => lives.watchDate(life, at),
    unwatch: (life) => lives.unwatch(life),
    enter: (info, realm) => admission.enter(info, realm),
    exit: (info) => admission.exit(info),
    throttle: (life) => {
      journal.throttled(life)
      counters.sessionsThrottled++
      throttled.add(life)
    },
    unthrottle: (life) => throttled.remove(life),
    onRefused: (life, refusal) => {
      const { wish, challenged } = life
      if (wish !== undefined) counters.logins.note(methodOf({ challenged, offered: wish.authmethods }), outcomeOf(refusal.reason))
      journal.refused(life, refusal)
    },
    onJoined: (session, realm) => {
      if (!session.isInternal) counters.logins.note(session.identity.authmethod, 'accepted')
      journal.joined(session, realm)
    },
    onLeft: (session, realm, cause) => journal.left(session, realm, cause),
    onViolation: (life, error) => faults.noteViolation(life, error),
    irregularIds: {
      gap: () => void counters.requestIdGaps++,
      disorder: () => void counters.requestIdsInDisorder++,
    },
    onFault: (life, error) => faults.note('session', error, life),
  }
}
