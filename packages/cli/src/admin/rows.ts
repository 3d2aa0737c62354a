// What the admin API shows of a realm, in the names of its contract.

import type { Latency, ProcedureRow, RealmView, SessionRow, TopicRow } from '@trunkline/router'

export function realmRow(realm: RealmView) {
  const { sessions, procedures, topics } = realm.wholeExtent
  return { realm: realm.name, sessions, procedures, topics }
}

export type ShownSession = ReturnType<typeof sessionRow>
export type ShownProcedure = ReturnType<typeof procedureRow>
export type ShownTopic = ReturnType<typeof topicRow>

export function sessionRow(realm: string, { id, transport, agent, since, traffic, backlog, ...row }: Omit<SessionRow, 'place'>) {
  const { authid, authrole, authmethod, authprovider, serializer, subscriptions, registrations, calls, invocations } = row
  return {
    session: id,
    realm,
    authid,
    authrole,
    authmethod,
    authprovider,
    agent: agent ?? null,
    transport: transport.kind,
    serializer,
    peer: transport.peer,
    address: transport.address ?? null,
    secure: transport.isSecure,
    since: moment(since),
    subscriptions,
    registrations,
    calls,
    invocations,
    messages_in: traffic?.messagesIn ?? null,
    octets_in: traffic?.octetsIn ?? null,
    messages_out: traffic?.messagesOut ?? null,
    octets_out: traffic?.octetsOut ?? null,
    queued_events: backlog?.events ?? 0,
    queued_replies: backlog?.replies ?? 0,
    queued_bytes: (backlog?.eventBytes ?? 0) + (backlog?.replyBytes ?? 0),
    dropped_events: backlog?.dropped ?? 0,
    seconds_without_progress: Math.floor((backlog?.stalledMs ?? 0) / 1000),
  }
}

export function procedureRow(realm: string, { id, uri, match, invoke, created, callees, calls, errors, latency }: ProcedureRow) {
  const counts = { callees, calls, errors, latency_ms: latency === undefined ? null : latencyRow(latency) }
  return { realm, registration: id, procedure: uri, match, invoke, created: moment(created), ...counts }
}

function latencyRow({ mean, p50, p99 }: Latency) {
  return { mean: milliseconds(mean), p50: milliseconds(p50), p99: milliseconds(p99) }
}

function milliseconds(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e3
}

export function topicRow(realm: string, { id, uri, match, created, subscribers, publications, deliveries, dropped, gaps }: TopicRow) {
  const counts = { subscribers, publications, deliveries, dropped_events: dropped, gaps }
  return { realm, subscription: id, topic: uri, match, created: moment(created), ...counts }
}

/** Those with most hits first. */
export function limitRows(limits: ReadonlyMap<string, number>) {
  const rows = Array.from(limits, ([limit, hits]) => ({ limit, hits }))
  return rows.toSorted((a, b) => b.hits - a.hits)
}

export function moment(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
