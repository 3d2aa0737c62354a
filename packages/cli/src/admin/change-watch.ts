// Finds what has changed in a router since the last look: it compares numbers, so that a storm of logins costs it nothing.

import type { RealmView, Router } from '@trunkline/router'
import type { LogLevel } from '../leveled-log.ts'
import { limitRows, realmRow } from './rows.ts'

/** What the watch looks at. */
export interface Watched {
  readonly router: Pick<Router, 'realms' | 'counters' | 'isDraining'>
  readonly log: { readonly level: LogLevel }
  /** Any value that is another one after each reload. */
  readonly live?: { readonly config: unknown } | undefined
}

/** Realms that one report names at most. */
const MOST_REALMS = 100

export class ChangeWatch {
  readonly #watched: Watched
  #before: Seen

  constructor(watched: Watched) {
    this.#watched = watched
    this.#before = seen(watched)
  }

  /** What is different from the look before; undefined: nothing. */
  look() {
    const [before, now] = [this.#before, seen(this.#watched)]
    this.#before = now
    const realms = this.#watched.router.realms.filter(({ name }) => before.realms.get(name) !== now.realms.get(name))
    const removed = [...before.realms.keys()].filter((name) => !now.realms.has(name))
    const limits = limitRows(now.limits).filter(({ limit, hits }) => before.limits.get(limit) !== hits)
    const reloaded = before.config !== now.config
    const isSame = before.opened === now.opened && before.closed === now.closed && before.state === now.state && before.level === now.level
    if (isSame && !reloaded && realms.length + removed.length + limits.length === 0) return undefined
    return {
      realms: realms.slice(0, MOST_REALMS).map(realmRow),
      more_realms: Math.max(0, realms.length - MOST_REALMS),
      removed_realms: removed.slice(0, MOST_REALMS),
      sessions_opened: now.opened - before.opened,
      sessions_closed: now.closed - before.closed,
      limits,
      state: now.state,
      log_level: now.level,
      reloaded,
    }
  }
}

interface Seen {
  /** The version of each realm. */
  readonly realms: ReadonlyMap<string, number>
  readonly limits: ReadonlyMap<string, number>
  readonly opened: number
  readonly closed: number
  readonly state: 'running' | 'draining'
  readonly level: LogLevel
  readonly config: unknown
}

function seen({ router, log, live }: Watched): Seen {
  const { counters, realms, isDraining } = router
  return {
    realms: new Map(realms.map((realm: RealmView) => [realm.name, realm.extent.version])),
    limits: new Map(counters.limits),
    opened: counters.sessionsOpened,
    closed: counters.sessionsClosed,
    state: isDraining ? 'draining' : 'running',
    level: log.level,
    config: live?.config,
  }
}
