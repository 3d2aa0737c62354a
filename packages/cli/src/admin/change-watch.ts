// Finds what has changed in a router since the last look: it compares numbers, so that a storm of logins costs it nothing.

import type { RealmView, Router } from '@trunkline/router'
import type { LogLevels } from '../leveled-log.ts'
import type { Members } from './members.ts'
import { MOST } from './members.ts'
import { limitRows, realmRow } from './rows.ts'
import type { Part } from './nodes/parts.ts'
import type { ProcessChanges } from './nodes/questions.ts'

/** What the watch looks at. */
export interface Watched {
  readonly router: Pick<Router, 'realms' | 'counters' | 'isDraining'>
  readonly log: { readonly levels: LogLevels }
  /** Any value that is another one after each reload. */
  readonly live?: { readonly config: unknown } | undefined
}

/** Realms that one report names at most. */
const MOST_REALMS = 100

/** What this process has counted, and who has come and gone since the last time. */
export function processChanges({ counters }: Pick<Router, 'counters'>, members: Members): ProcessChanges {
  const { sessionsOpened: opened, sessionsClosed: closed, limits } = counters
  return { opened, closed, limits: [...limits], ...members.take() }
}

export class ChangeWatch {
  readonly #watched: Watched
  readonly #members: Members
  readonly #node: string
  readonly #processes = new Map<string, ProcessChanges>()
  #before: Seen

  /** @param node the name of this process */
  constructor(watched: Watched, members: Members, node = '') {
    this.#watched = watched
    this.#members = members
    this.#node = node
    this.#processes.set(node, processChanges(watched.router, members))
    this.#before = seen(watched, this.#limits)
  }

  /** The next look reports all realms: another process has reported what changed before, or was about to. */
  reportAll(): void {
    this.#before = { ...this.#before, realms: new Map() }
  }

  /**
   * What is different from the look before; undefined: nothing.
   * @param parts what each process has counted; those that are missing are looked at the next time
   */
  look(parts: readonly Part<ProcessChanges>[] = [{ node: this.#node, answer: processChanges(this.#watched.router, this.#members) }]) {
    const opened = this.#grown(parts, (each) => each.opened)
    const closed = this.#grown(parts, (each) => each.closed)
    for (const { node, answer } of parts) this.#processes.set(node, answer)
    const [before, now] = [this.#before, seen(this.#watched, this.#limits)]
    this.#before = now
    const realms = this.#watched.router.realms.filter(({ name }) => before.realms.get(name) !== now.realms.get(name))
    const removed = [...before.realms.keys()].filter((name) => !now.realms.has(name))
    const limits = limitRows(now.limits).filter(({ limit, hits }) => before.limits.get(limit) !== hits)
    const reloaded = before.config !== now.config
    const isSame = opened + closed === 0 && before.state === now.state && before.levels === now.levels
    if (isSame && !reloaded && realms.length + removed.length + limits.length === 0) return undefined
    return {
      realms: realms.slice(0, MOST_REALMS).map(realmRow),
      more_realms: Math.max(0, realms.length - MOST_REALMS),
      removed_realms: removed.slice(0, MOST_REALMS),
      sessions_opened: opened,
      sessions_closed: closed,
      joined: few(parts, opened, ({ joined }) => joined),
      left: few(parts, closed, ({ left }) => left),
      limits,
      state: now.state,
      log_level: now.levels.level,
      log_areas: now.levels.areas,
      reloaded,
    }
  }

  /** How much more the processes have counted than before. One that was started again has counted from 0; of a new one that is not known. */
  #grown(parts: readonly Part<ProcessChanges>[], of: (changes: ProcessChanges) => number): number {
    return parts.reduce((sum, { node, answer }) => {
      const before = this.#processes.get(node)
      if (before === undefined) return sum
      return sum + (of(answer) < of(before) ? of(answer) : of(answer) - of(before))
    }, 0)
  }

  /** Hits of all processes. */
  get #limits(): ReadonlyMap<string, number> {
    return allLimits(this.#processes.values())
  }
}

/** The hits of each limit in all processes. */
export function allLimits(all: Iterable<Pick<ProcessChanges, 'limits'>>): ReadonlyMap<string, number> {
  const sums = new Map<string, number>()
  for (const { limits } of all) for (const [limit, hits] of limits) sums.set(limit, (sums.get(limit) ?? 0) + hits)
  return sums
}

/** None where there were too many to be shown. */
function few<Each>(
  parts: readonly Part<ProcessChanges>[],
  count: number,
  of: (changes: ProcessChanges) => readonly Each[],
): readonly Each[] {
  const all = parts.flatMap(({ answer }) => of(answer))
  return count > MOST || all.length > MOST ? [] : all
}

interface Seen {
  /** The version of each realm. */
  readonly realms: ReadonlyMap<string, number>
  readonly limits: ReadonlyMap<string, number>
  readonly state: 'running' | 'draining'
  readonly levels: LogLevels
  readonly config: unknown
}

function seen({ router, log, live }: Watched, limits: ReadonlyMap<string, number>): Seen {
  const { realms, isDraining } = router
  return {
    realms: new Map(realms.map((realm: RealmView) => [realm.name, realm.wholeExtent.version])),
    limits,
    state: isDraining ? 'draining' : 'running',
    levels: log.levels,
    config: live?.config,
  }
}
