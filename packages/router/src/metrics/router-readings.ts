// Reads the metrics of a router from its plain counters. Changes nothing.

import { nameOf } from '@trunkline/protocol'
import type { RealmView } from '../core/index.ts'
import type { ClusterLoad, MeasuredRouter, NodeLoad } from './measured-router.ts'
import type { Reading, Readings } from './metric.ts'
import type { ROUTER_METRICS } from './router-table.ts'

/** Series of the same metric for different realms; the rest share one, whose label no realm can have. */
const MOST_REALMS = 100
const ALL_OTHERS = 'all others'

/** The present values of {@link ROUTER_METRICS}. */
export function routerReadings({ counters, durations, realms, load, cluster }: MeasuredRouter): Readings<keyof typeof ROUTER_METRICS> {
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
    ...storeReadings(realms, counters),
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
    ...clusterReadings(cluster, counters),
    trunkline_faults_total: counters.faults,
    trunkline_log_lines_dropped_total: counters.logLinesDropped,
  }
}

function clusterReadings(cluster: ClusterLoad | undefined, counters: MeasuredRouter['counters']) {
  const { nodes = [], counts } = cluster ?? {}
  const byNode = (value: (node: NodeLoad) => number): Reading[] => nodes.map((node) => ({ labels: [node.node], value: value(node) }))
  const ways = (sent: number, received: number): readonly Reading[] => (counts === undefined ? [] : labelled({ sent, received }))
  const states = { joining: 0, up: 0, draining: 0, left: 0, incompatible: 0, lost: 0 }
  for (const { state } of nodes) states[state]++
  const measured = nodes.filter(({ roundTripMs }) => roundTripMs !== undefined)
  return {
    trunkline_cluster_nodes: cluster === undefined ? [] : labelled(states),
    trunkline_cluster_settings_differ: byNode(({ otherSettings }) => otherSettings.length),
    trunkline_cluster_clock_ahead_seconds: byNode(({ clockAheadMs }) => clockAheadMs / 1_000),
    trunkline_cluster_round_trip_seconds: measured.map(({ node, roundTripMs = 0 }) => ({ labels: [node], value: roundTripMs / 1_000 })),
    trunkline_cluster_queued_bytes: byNode(({ queuedBytes }) => queuedBytes),
    trunkline_cluster_frames_total: ways(counts?.framesSent ?? 0, counts?.framesReceived ?? 0),
    trunkline_cluster_frames_unwritable_total: one(counts?.framesUnwritable),
    trunkline_cluster_packets_total: ways(counts?.packetsSent ?? 0, counts?.packetsReceived ?? 0),
    trunkline_cluster_packets_resent_total: byNode(({ resent }) => resent),
    trunkline_cluster_packets_dropped_total: one(counts?.packetsDropped),
    trunkline_cluster_sessions_paced_total: one(counts?.sessionsPaced),
    trunkline_cluster_links_lost_total: one(counts?.linksLost),
    trunkline_cluster_links_put_off_total: one(counts?.linksPutOff),
    trunkline_cluster_settle_late_total: one(cluster && counters.clusterSettleLate),
    trunkline_cluster_events_missed_total: one(cluster && counters.clusterEventsMissed),
    trunkline_cluster_ids_taken_total: one(cluster && counters.clusterIdsTaken),
    trunkline_cluster_kept_lost_total:
      cluster === undefined ? [] : labelled({ testament: counters.clusterTestamentsLost, definition: counters.clusterDefinitionsLost }),
    trunkline_cluster_strangers_total: one(counts && counts.strangers + counts.hellosMalformed),
  }
}

function one(value: number | undefined): readonly Reading[] {
  return value === undefined ? [] : [{ labels: [], value }]
}

function storeReadings(realms: readonly RealmView[], counters: MeasuredRouter['counters']) {
  const { appends } = counters
  const storing = realms.filter(({ stored }) => stored !== undefined)
  const isUsed = storing.length > 0
  return {
    trunkline_appends_total: isUsed ? labelled(appends.counts) : [],
    trunkline_append_duration_seconds: isUsed ? [{ labels: [], value: appends.durations }] : [],
    trunkline_stored_events: byRealm(storing, ({ stored }) => stored?.events ?? 0),
    trunkline_stored_bytes: byRealm(storing, ({ stored }) => stored?.bytes ?? 0),
    trunkline_catch_ups: byRealm(storing, ({ catchUps }) => catchUps),
    trunkline_durable_subscriptions: byRealm(storing, ({ durable }) => durable.subscriptions),
    trunkline_durable_waiting: byRealm(storing, ({ durable }) => durable.waiting),
    trunkline_durable_in_flight: byRealm(storing, ({ durable }) => durable.inFlight),
    trunkline_durable_redelivered_total: isUsed ? one(counters.durableRedelivered) : [],
    trunkline_durable_dead_total: isUsed ? one(counters.durableDead) : [],
    trunkline_durable_dropped_total: isUsed ? one(counters.durableDropped) : [],
    trunkline_durable_late_receipts_total: isUsed ? one(counters.durableLate) : [],
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
  return realms.length > MOST_REALMS ? [...readings, { labels: [ALL_OTHERS], value: rest }] : readings
}
