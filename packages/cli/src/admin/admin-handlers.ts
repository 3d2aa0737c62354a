// What the procedures of the admin API do.

import { ApplicationError, UsageError } from '@trunkline/client'
import type { Context, Handlers } from '@trunkline/contract'
import { isUri, RELOAD_FAILED, uris } from '@trunkline/protocol'
import type { RealmExtent, RealmView, Router } from '@trunkline/router'
import type { LeveledLog } from '../leveled-log.ts'
import type { LiveConfiguration } from '../live-configuration.ts'
import type { adminApi } from './admin-contract.ts'
import { adminStatus, nodesShown } from './admin-status.ts'
import { allLimits } from './change-watch.ts'
import { contractsIn, declaredEntry, ownContract } from './declared.ts'
import { effectiveConfiguration } from './effective-configuration.ts'
import { showGraph, showTail } from './looking.ts'
import type { OwnTurns } from './own-turns.ts'
import type { ShownProcedure, ShownSession, ShownTopic } from './rows.ts'
import { limitRows } from './rows.ts'
import { ShownPayload } from './shown-payload.ts'
import type { Traffic } from './traffic.ts'
import type { Lists } from './nodes/lists.ts'
import { chosenRealms } from './nodes/lists.ts'
import type { Entry } from './nodes/merged-list.ts'
import { mergedProcedure, mergedTopic } from './nodes/merged-rows.ts'
import type { OverNodes } from './nodes/over-nodes.ts'
import type { OtherNodes } from './nodes/questions.ts'

/** What the handlers act on. */
export interface AdminHost {
  readonly router: Router
  readonly log: LeveledLog
  /** Absent: the router runs without a configuration file. */
  readonly live?: Pick<LiveConfiguration, 'config' | 'reload' | 'plan'> | undefined
  /** Stops the router as SIGTERM does. */
  readonly stop: () => void
  /** The other nodes; absent: there are none. */
  readonly others?: OtherNodes | undefined
}

export interface AdminParts extends AdminHost {
  readonly over: OverNodes
  readonly lists: Lists
  readonly turns: OwnTurns
  readonly traffic: Traffic
  readonly payload: () => ShownPayload
  /** The realm in which the API is offered. */
  readonly realm: string
  /** The process of the router; of several the first. */
  readonly pid: number
  /** When the router was started, in milliseconds since 1970. */
  readonly since: number
}

/** A handler for each procedure of the contract. */
export function adminHandlers(parts: AdminParts): Handlers<typeof adminApi> {
  const { router, log, turns, over, lists, pid, since } = parts
  /** @throws {ApplicationError} when there is no such realm */
  const known = <Wish extends { readonly realm?: string | undefined }>(wish: Wish): Wish => {
    chosenRealms(router, wish.realm)
    return wish
  }
  return {
    view: {
      status: async (asker) => {
        await turns.next(asker)
        return adminStatus({ router, levels: log.levels, pid, since, over }, await over.gather('status', {}))
      },
      realms: (wanted, asker) => lists.realms({ ...wanted, asker }),
      sessions: async ({ slow, ...wanted }, asker) => {
        const show = ({ node, row }: Entry) => ({ ...(row as ShownSession), node: over.shown(node) })
        const filter = { ...wanted, isSlow: slow }
        const { realms, rows, next, missing } = await lists.page('sessions', filter, { ...wanted, asker }, show)
        return { sessions: rows, next, total: sum(realms, ({ sessions }) => sessions), missing }
      },
      session: async (id, { realm }, asker) => {
        await turns.next(asker)
        const realms = chosenRealms(router, realm).map(({ name }) => name)
        const { parts: answers } = await over.gather('session', { id, realms })
        for (const { node, answer } of answers) if (answer !== null) return { ...answer, node: over.shown(node) }
        throw noSession(id)
      },
      procedures: async (wanted, asker) => {
        const show = ({ row, others }: Entry) => mergedProcedure(row as ShownProcedure, others as readonly ShownProcedure[])
        const { realms, rows, next, missing } = await lists.page('procedures', wanted, { ...wanted, asker }, show)
        return { procedures: rows, next, total: sum(realms, ({ procedures }) => procedures), missing }
      },
      topics: async (wanted, asker) => {
        const show = ({ row, others }: Entry) => mergedTopic(row as ShownTopic, others as readonly ShownTopic[])
        const { realms, rows, next, missing } = await lists.page('topics', wanted, { ...wanted, asker }, show)
        return { topics: rows, next, total: sum(realms, ({ topics }) => topics), missing }
      },
      tail: (wish, asking) => showTail(parts, known(wish), asking),
      graph: (wish, asking) => showGraph(parts, known(wish), asking),
      contract: async (kind, uri, { realm }, asker) => {
        await turns.next(asker)
        chosenRealms(router, realm)
        const declared = contractsIn(parts.live?.config.router.realms[realm ?? parts.realm]?.contracts)
        const own = (realm ?? parts.realm) === parts.realm ? [ownContract()] : []
        return declaredEntry([...declared, ...own], kind, uri) ?? null
      },
      nodes: () => nodesShown(router),
      limits: async () => {
        const { parts: answers, missing } = await over.gather('limits', {})
        return { limits: limitRows(allLimits(answers.map(({ answer: limits }) => ({ limits })))), missing }
      },
      configuration: async (asker) => {
        await turns.next(asker)
        return effectiveConfiguration(liveOf(parts).config)
      },
    },
    traffic: {
      payload: (wish, asking) => showTail(parts, known(wish), asking, parts.payload),
    },
    ...adminActions(parts),
  }
}

/** The procedures that change something. */
function adminActions(parts: AdminParts): Omit<Handlers<typeof adminApi>, 'view' | 'traffic'> {
  const { router, log, stop, turns, over } = parts
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
      const wish = { selection: { ...selection, except: caller?.session }, reason, message }
      const { parts: answers, missing } = await over.gather('kick', wish)
      const ended = answers.reduce((all, { answer }) => all + answer, 0)
      if (ended === 0 && session !== undefined) throw noSession(session)
      log.warn('sessions kicked', { area: 'admin', sessions: ended, session, realm, authid, authrole, reason, ...whoIs(caller) })
      return { sessions: ended, missing }
    },
    drain: async ({ caller }) => {
      const { parts: processes } = await over.gather('status', {}, 'router')
      const sessions = processes.reduce((all, { answer }) => all + answer.sessions, 0)
      log.warn('drain requested', { area: 'admin', sessions, ...whoIs(caller) })
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
    setLogLevel: async (level, { area }, { caller }) => {
      const before = log.level(area)
      const { missing } = await over.gather('logLevel', { level, area, by: whoIs(caller) }, 'router')
      return { before, level: log.level(area), missing }
    },
  }
}

function liveOf({ live }: AdminParts): NonNullable<AdminParts['live']> {
  if (live !== undefined) return live
  throw new ApplicationError(NO_CONFIGURATION, ['this router runs without a configuration file'])
}

/** What may be shown by the present configuration, also after a reload. */
export function shownPayload(live: AdminHost['live']): () => ShownPayload {
  let [hide, shown] = [live?.config.document.admin?.hide, new ShownPayload(live?.config.document.admin?.hide)]
  return () => {
    const now = live?.config.document.admin?.hide
    if (now !== hide) [hide, shown] = [now, new ShownPayload(now)]
    return shown
  }
}

const NO_CONFIGURATION = 'trunkline.error.no_configuration'

function noSession(id: number): ApplicationError {
  return new ApplicationError(uris.NO_SUCH_SESSION, [`there is no session ${id}`])
}

/** Who did it, for the log. */
function whoIs(caller: Context['caller']): Readonly<Record<string, unknown>> {
  return { by: caller?.session, byAuthid: caller?.authid, byAuthrole: caller?.authrole }
}

function sum(realms: readonly RealmView[], of: (extent: RealmExtent) => number): number {
  return realms.reduce((total, { wholeExtent }) => total + of(wholeExtent), 0)
}
