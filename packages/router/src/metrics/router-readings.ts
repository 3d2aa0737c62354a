// Reads the metrics of a router from its plain counters. Changes nothing.

import { nameOf } from '@trunkline/protocol'
import type { RealmView } from '../core/index.ts'
import type { MeasuredRouter } from './measured-router.ts'
import type { Reading, Readings } from './metric.ts'
import type { ROUTER_METRICS } from './router-table.ts'

/** Series of the same metric for different realms; the rest share one. */
const MOST_REALMS = 100

/** The present values of {@link ROUTER_METRICS}. */
export function routerReadings({ counters, durations, realms, load }: MeasuredRouter): Readings<keyof typeof ROUTER_METRICS> {
  return {
    trunkline_draining: Number(load.isDraining),
    trunkline_sessions: byRealm(realms, ({ memberCount }) => memberCount),
    trunkline_sessions_opened_total: counters.sessionsOpened,
    trunkline_sessions_closed_total: counters.sessionsClosed,
    trunkline_sessions_replaced_total: counters.sessionsReplaced,
    trunkline_sessions_throttled_total: counters.sessionsThrottled,
    trunkline_logins_total: counters.logins.counts.map(({ method, outcome, count }) => ({ labels: [method, outcome], value: count })),
    trunkline_connections: load.connections,
    trunkline_connections_before_login: load.connectionsBeforeLogin,
    trunkline_connections_refused_total: counters.connectionsRefused,
    trunkline_messages_received_total: byType(counters.received.messages),
    trunkline_messages_sent_total: byType(counters.sent.messages),
    trunkline_received_bytes_total: byType(counters.received.octets),
    trunkline_sent_bytes_total: byType(counters.sent.octets),
    trunkline_registrations: byRealm(realms, ({ registrationCount }) => registrationCount),
    trunkline_subscriptions: byRealm(realms, ({ subscriptionCount }) => subscriptionCount),
    trunkline_calls_routed_total: counters.callsRouted,
    trunkline_calls_rerouted_total: counters.callsRerouted,
    trunkline_calls_open: byRealm(realms, ({ openCallCount }) => openCallCount),
    trunkline_calls_ended_total: labelled(counters.callsEnded),
    trunkline_call_duration_seconds: Array.from(durations.series, ({ realm, procedure, durations: value }) => {
      return { labels: [realm, procedure], value }
    }),
    trunkline_calls_refused_total: labelled({
      callee_queue_full: counters.callsRefusedFull,
      caller_queue_full: counters.resultsRefusedFull,
      draining: counters.callsRefusedDraining,
    }),
    trunkline_call_messages_dropped_total: labelled({
      late_answer: counters.lateAnswersDropped,
      late_chunk: counters.lateChunksDropped,
      unasked_progress: counters.unaskedProgressDropped,
    }),
    trunkline_publications_total: labelled({ routed: counters.publicationsRouted, refused: counters.publicationsRefused }),
    trunkline_events_sent_total: counters.eventsSent,
    trunkline_events_acknowledged_total: counters.eventsAcknowledged,
    trunkline_events_dropped_total: labelled({
      queue_full: counters.eventsDropped,
      too_large: counters.eventsTooLarge,
      unencodable: counters.eventsUnencodable,
    }),
    trunkline_events_not_retained_total: counters.eventsNotRetained,
    trunkline_gaps_reported_total: counters.gapsReported,
    trunkline_testaments_refused_total: counters.testamentsRefused,
    trunkline_queued_bytes: load.queuedBytes,
    trunkline_queued_sessions: load.queuedSessions,
    trunkline_slow_consumers_warned_total: counters.slowConsumersWarned,
    trunkline_slow_consumers_closed_total: counters.slowConsumersClosed,
    trunkline_limits_hit_total: labelled(Object.fromEntries(counters.limits)),
    trunkline_authorizations_asked_total: counters.authorizationsAsked,
    trunkline_authorizations_failed_total: counters.authorizationsFailed,
    trunkline_grants_revoked_total: counters.grantsRevoked,
    trunkline_contract_violations_total: counters.contractViolations,
    trunkline_protocol_violations_total: counters.violations,
    trunkline_request_ids_irregular_total: labelled({ gap: counters.requestIdGaps, disorder: counters.requestIdsInDisorder }),
    trunkline_faults_total: counters.faults,
    trunkline_log_lines_dropped_total: counters.logLinesDropped,
  }
}

function labelled(counts: Readonly<Record<string, number>>): readonly Reading[] {
  return Object.entries(counts).map(([label, value]) => ({ labels: [label], value }))
}

function byType(counts: Float64Array): readonly Reading[] {
  const readings: Reading[] = []
  for (const [type, value] of counts.entries()) if (value > 0) readings.push({ labels: [nameOf(type)], value })
  return readings
}

function byRealm(realms: readonly RealmView[], count: (realm: RealmView) => number): readonly Reading[] {
  const readings: Reading[] = realms.slice(0, MOST_REALMS).map((realm) => ({ labels: [realm.name], value: count(realm) }))
  const rest = realms.slice(MOST_REALMS).reduce((sum, realm) => sum + count(realm), 0)
  return realms.length > MOST_REALMS ? [...readings, { labels: ['other'], value: rest }] : readings
}
