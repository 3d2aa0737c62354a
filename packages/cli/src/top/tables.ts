// What `trunkline top` lists: sessions, procedures or topics, each with what changed in a second since the look before.

import type { Api, Out } from '@trunkline/contract'
import type { adminApi } from '../admin/admin-contract.ts'

type Router = Api<typeof adminApi>
type View = typeof adminApi.view
type SessionRow = Out<View['sessions']['spec']['result']>['sessions'][number]
type ProcedureRow = Out<View['procedures']['spec']['result']>['procedures'][number]
type TopicRow = Out<View['topics']['spec']['result']>['topics'][number]

export const TABLES = ['sessions', 'procedures', 'topics'] as const
export type TableName = (typeof TABLES)[number]

/** One entry: its numbers count from a beginning of its own. */
export interface Entry {
  readonly key: string
  readonly cells: Readonly<Record<string, string | number | null>>
  /** Counters, of which the difference in a second is shown. */
  readonly counters: Readonly<Record<string, number>>
}

/** Some entries of a list, and how many there are in all. */
export interface Listed {
  readonly entries: readonly Entry[]
  readonly total: number
}

interface Page {
  readonly entries: readonly Entry[]
  readonly total: number
  readonly next: string | null
}

interface Place {
  readonly realm: string | undefined
  readonly after: string | undefined
  readonly limit: number
}

const PAGES: Readonly<Record<TableName, (router: Router, place: Place) => Promise<Page>>> = {
  sessions: async ({ view }, place) => {
    const { sessions, total, next } = await view.sessions(place)
    return { entries: sessions.map(sessionEntry), total, next }
  },
  procedures: async ({ view }, place) => {
    const { procedures, total, next } = await view.procedures(place)
    return { entries: procedures.map(procedureEntry), total, next }
  },
  topics: async ({ view }, place) => {
    const { topics, total, next } = await view.topics(place)
    return { entries: topics.map(topicEntry), total, next }
  },
}

const LONGEST_PAGE = 200

/** Lists so many entries at most, the oldest ones. */
export async function listed(
  router: Router,
  table: TableName,
  { realm, most }: { readonly realm: string | undefined; readonly most: number },
): Promise<Listed> {
  const entries: Entry[] = []
  let [next, total]: [string | null | undefined, number] = [undefined, 0]
  do {
    const page: Page = await PAGES[table](router, { realm, after: next ?? undefined, limit: Math.min(LONGEST_PAGE, most - entries.length) })
    entries.push(...page.entries)
    next = page.next
    total = page.total
  } while (next !== null && entries.length < most)
  return { entries, total }
}

function sessionEntry(row: SessionRow): Entry {
  const {
    session,
    realm,
    authid,
    authrole,
    peer,
    address,
    queued_bytes: queued,
    dropped_events: dropped,
    calls,
    seconds_without_progress: stalled,
  } = row
  return {
    key: `${realm} ${session}`,
    cells: {
      SESSION: String(session),
      REALM: realm,
      AUTHID: authid,
      ROLE: authrole,
      PEER: address ?? peer,
      CALLS: calls,
      QUEUED: queued,
      DROPPED: dropped,
      STALLED: stalled,
    },
    counters: {
      'IN/s': row.messages_in ?? 0,
      'OUT/s': row.messages_out ?? 0,
      'KB/s': ((row.octets_in ?? 0) + (row.octets_out ?? 0)) / 1000,
    },
  }
}

function procedureEntry({ realm, registration, procedure, match, callees, calls, errors, latency_ms: latency }: ProcedureRow): Entry {
  return {
    key: `${realm} ${registration}`,
    cells: {
      PROCEDURE: procedure,
      MATCH: match,
      REALM: realm,
      CALLEES: callees,
      CALLS: calls,
      'MEAN ms': latency?.mean ?? null,
      'P99 ms': latency?.p99 ?? null,
    },
    counters: { 'CALLS/s': calls, 'ERRORS/s': errors },
  }
}

function topicEntry({
  realm,
  subscription,
  topic,
  match,
  subscribers,
  publications,
  deliveries,
  dropped_events: dropped,
}: TopicRow): Entry {
  return {
    key: `${realm} ${subscription}`,
    cells: { TOPIC: topic, MATCH: match, REALM: realm, SUBSCRIBERS: subscribers, DROPPED: dropped },
    counters: { 'EVENTS/s': deliveries, 'PUBLICATIONS/s': publications },
  }
}
