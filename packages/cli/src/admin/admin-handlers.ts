// What the procedures of the admin API do.

import { ApplicationError, UsageError } from '@trunkline/client'
import type { Context, Handlers } from '@trunkline/contract'
import { isUri, RELOAD_FAILED, uris } from '@trunkline/protocol'
import type { RealmView, Router, SessionFilter } from '@trunkline/router'
import type { LeveledLog } from '../leveled-log.ts'
import type { LiveConfiguration } from '../live-configuration.ts'
import type { adminApi } from './admin-contract.ts'
import { adminStatus } from './admin-status.ts'
import type { Cursors } from './cursors.ts'
import type { EventLoopDelay } from './event-loop-delay.ts'
import { effectiveConfiguration } from './effective-configuration.ts'
import type { Asker, OwnTurns } from './own-turns.ts'
import { limitRows, procedureRow, realmRow, sessionRow, topicRow } from './rows.ts'

/** What the handlers act on. */
export interface AdminHost {
  readonly router: Router
  readonly log: LeveledLog
  /** Absent: the router runs without a configuration file. */
  readonly live?: Pick<LiveConfiguration, 'config' | 'reload' | 'plan'> | undefined
  /** Stops the router as SIGTERM does. */
  readonly stop: () => void
}

export interface AdminParts extends AdminHost {
  readonly delay: EventLoopDelay
  readonly cursors: Cursors
  readonly turns: OwnTurns
  /** When the router was started, in milliseconds since 1970. */
  readonly since: number
}

/** A handler for each procedure of the contract. */
export function adminHandlers(parts: AdminParts): Handlers<typeof adminApi> {
  const { router, cursors, log, turns } = parts
  const list = async <Row, Shown>(
    { asker, ...wanted }: Wanted,
    page: Parameters<typeof cursors.page<Row>>[2],
    show: (realm: string, row: Row) => Shown,
  ) => {
    await turns.next(asker)
    const realms = chosenRealms(router, wanted.realm)
    const { rows, next } = cursors.page(realms, wanted, (realm, request) => {
      const { entries, ...rest } = page(realm, request)
      return { ...rest, entries: entries.map((row) => show(realm.name, row)) }
    })
    return { realms, rows, next }
  }
  return {
    view: {
      status: async (asker) => {
        await turns.next(asker)
        return adminStatus({ ...parts, logLevel: log.level })
      },
      realms: async (wanted, asker) => {
        const one = (realm: RealmView) => ({ entries: [realm], next: undefined, looked: 1 })
        const { realms, rows, next } = await list({ ...wanted, asker }, one, (_, realm) => realmRow(realm))
        return { realms: rows, next, total: realms.length }
      },
      sessions: async ({ slow, ...wanted }, asker) => {
        const filter: SessionFilter = { ...wanted, isSlow: slow }
        const { realms, rows, next } = await list({ ...wanted, asker }, (realm, request) => realm.sessionPage(filter, request), sessionRow)
        return { sessions: rows, next, total: sum(realms, ({ sessions }) => sessions) }
      },
      session: async (id, { realm: name }, asker) => {
        await turns.next(asker)
        for (const realm of chosenRealms(router, name)) {
          const row = realm.sessionRow(id)
          if (row !== undefined) return sessionRow(realm.name, row)
        }
        throw noSession(id)
      },
      procedures: async (wanted, asker) => {
        const { realms, rows, next } = await list(
          { ...wanted, asker },
          (realm, request) => realm.procedurePage(wanted, request),
          procedureRow,
        )
        return { procedures: rows, next, total: sum(realms, ({ procedures }) => procedures) }
      },
      topics: async (wanted, asker) => {
        const { realms, rows, next } = await list({ ...wanted, asker }, (realm, request) => realm.topicPage(wanted, request), topicRow)
        return { topics: rows, next, total: sum(realms, ({ topics }) => topics) }
      },
      limits: () => ({ limits: limitRows(router.counters.limits) }),
      configuration: async (asker) => {
        await turns.next(asker)
        return effectiveConfiguration(liveOf(parts).config)
      },
    },
    ...adminActions(parts),
  }
}

/** The procedures that change something. */
function adminActions(parts: AdminParts): Omit<Handlers<typeof adminApi>, 'view'> {
  const { router, log, stop, turns } = parts
  return {
    kick: async ({ reason, message, ...selection }, asker) => {
      await turns.next(asker)
      const { caller } = asker
      const { session, realm, authid, authrole } = selection
      if (session === undefined && authid === undefined && authrole === undefined) {
        throw new ApplicationError(uris.INVALID_ARGUMENT, ['kick needs a session, an authid or an authrole'])
      }
      if (reason !== undefined && !isUri(reason)) throw new ApplicationError(uris.INVALID_ARGUMENT, ['the reason is not a valid URI'])
      if (session !== undefined && session === caller?.session) {
        throw new ApplicationError(uris.INVALID_ARGUMENT, ['a session cannot kick itself'])
      }
      chosenRealms(router, realm)
      const ended = router.endSessions({ ...selection, except: caller?.session }, { reason, message })
      if (ended === 0 && session !== undefined) throw noSession(session)
      log.warn('sessions kicked', { sessions: ended, session, realm, authid, authrole, reason, ...whoIs(caller) })
      return { sessions: ended }
    },
    drain: ({ caller }) => {
      const sessions = sum(router.realms, (extent) => extent.sessions)
      log.warn('drain requested', { sessions, ...whoIs(caller) })
      // In a later turn, so that the caller gets its answer.
      setImmediate(stop)
      return { sessions }
    },
    reload: async ({ dry_run: isDry = false }) => {
      const live = liveOf(parts)
      try {
        if (isDry) return { changes: await live.plan(), need_restart: [], sessions_ended: 0, revoked: 0 }
        const { changes, needRestart, sessionsEnded, revoked } = await live.reload('procedure')
        return { changes, need_restart: needRestart, sessions_ended: sessionsEnded, revoked }
      } catch (error) {
        if (error instanceof UsageError) throw new ApplicationError(RELOAD_FAILED, error.message.split('\n'))
        throw error
      }
    },
    setLogLevel: (level, { caller }) => {
      const before = log.level
      log.setLevel(level, whoIs(caller))
      return { before, level }
    },
  }
}

function liveOf({ live }: AdminParts): NonNullable<AdminParts['live']> {
  if (live !== undefined) return live
  throw new ApplicationError(NO_CONFIGURATION, ['this router runs without a configuration file'])
}

const NO_CONFIGURATION = 'trunkline.error.no_configuration'

interface Wanted {
  readonly asker: Asker
  readonly realm?: string | undefined
  readonly after?: string | undefined
  readonly limit?: number | undefined
}

/** @throws {ApplicationError} when there is no such realm */
function chosenRealms(router: Router, name: string | undefined): readonly RealmView[] {
  if (name === undefined) return router.realms
  const realm = router.realm(name)
  if (realm === undefined) throw new ApplicationError(uris.NO_SUCH_REALM, [`there is no realm '${name}'`])
  return [realm]
}

function noSession(id: number): ApplicationError {
  return new ApplicationError(uris.NO_SUCH_SESSION, [`there is no session ${id}`])
}

/** Who did it, for the log. */
function whoIs(caller: Context['caller']): Readonly<Record<string, unknown>> {
  return { by: caller?.session, byAuthid: caller?.authid, byAuthrole: caller?.authrole }
}

function sum(realms: readonly RealmView[], of: (extent: RealmView['extent']) => number): number {
  return realms.reduce((total, { extent }) => total + of(extent), 0)
}
