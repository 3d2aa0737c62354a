// The admin API as the page uses it: the procedures of its contract, with their types.

import type { Session } from '@trunkline/client'
import type { Out } from '@trunkline/contract'
import { adminApi } from '../../admin/admin-contract.ts'

export function adminCalls(session: Session) {
  return session.use(adminApi)
}

export type AdminCalls = ReturnType<typeof adminCalls>

type View = typeof adminApi.view
export type Status = Out<View['status']['spec']['result']>
export type RealmRow = Out<View['realms']['spec']['result']>['realms'][number]
export type SessionRow = Out<View['session']['spec']['result']>
export type ProcedureRow = Out<View['procedures']['spec']['result']>['procedures'][number]
export type TopicRow = Out<View['topics']['spec']['result']>['topics'][number]
export type NodeLink = Out<View['nodes']['spec']['result']>['nodes'][number]
export type LimitRow = Out<View['limits']['spec']['result']>['limits'][number]

type Part<Loop> = Loop extends AsyncIterable<infer Each> ? Each : never
/** What happened between sessions, as live traffic shows it. */
export type TrafficLine = Part<ReturnType<AdminCalls['view']['tail']['stream']>>['lines'][number]
/** Who calls and publishes what, over some seconds. */
export type Picture = Part<ReturnType<AdminCalls['view']['graph']['stream']>>
