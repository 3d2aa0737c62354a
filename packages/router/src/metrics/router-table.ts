// The metrics of a router as data: names, types and meanings. The reference page is made of it.

import type { MetricTable } from './metric.ts'

const NONE: readonly string[] = []

/** What every router exposes. */
export const ROUTER_METRICS = {
  trunkline_draining: { type: 'gauge', across: 'max', labels: NONE, help: '1 while the router is about to stop, else 0.' },
  trunkline_sessions: { type: 'gauge', labels: ['realm'], help: 'Open sessions, without those of the router itself.' },
  trunkline_sessions_opened_total: { type: 'counter', labels: NONE, help: 'Sessions that were opened.' },
  trunkline_sessions_closed_total: { type: 'counter', labels: NONE, help: 'Sessions that have ended.' },
  trunkline_sessions_replaced_total: { type: 'counter', labels: NONE, help: 'Sessions ended because a successor replaced them.' },
  trunkline_sessions_throttled_total: {
    type: 'counter',
    labels: NONE,
    help: 'How often the router paused reading from a session that sent more messages than messageRate allows.',
  },
  trunkline_logins_total: {
    type: 'counter',
    labels: ['method', 'outcome'],
    help: 'Logins by method and outcome. A refused one has the method of its challenge, else the first that the client offered.',
  },
  trunkline_connections: { type: 'gauge', labels: NONE, help: 'Connections, those without a session and those in this process included.' },
  trunkline_connections_before_login: { type: 'gauge', labels: NONE, help: 'Sockets and connections on which no session is open.' },
  trunkline_connections_refused_total: {
    type: 'counter',
    labels: NONE,
    help: 'Connections refused or ended because too many had not logged in yet, or because they had sent too much.',
  },
  trunkline_messages_received_total: { type: 'counter', labels: ['type'], help: 'Messages that came over connections, by type.' },
  trunkline_messages_sent_total: { type: 'counter', labels: ['type'], help: 'Messages queued for connections, by type.' },
  trunkline_received_bytes_total: {
    type: 'counter',
    unit: 'bytes',
    labels: ['type'],
    help: 'Octets of the messages that came, as serialized, by type; without the framing of the transport.',
  },
  trunkline_sent_bytes_total: {
    type: 'counter',
    unit: 'bytes',
    labels: ['type'],
    help: 'Octets of the messages queued, as serialized, by type; without the framing of the transport.',
  },
  trunkline_registrations: { type: 'gauge', labels: ['realm'], help: "Registrations, those of the router's own procedures included." },
  trunkline_subscriptions: { type: 'gauge', labels: ['realm'], help: 'Subscriptions, each with any number of subscribers.' },
  trunkline_calls_routed_total: { type: 'counter', labels: NONE, help: 'Calls that reached a callee.' },
  trunkline_calls_rerouted_total: { type: 'counter', labels: NONE, help: 'Calls passed to another callee because one was unavailable.' },
  trunkline_calls_open: { type: 'gauge', labels: ['realm'], help: 'Calls without their final answer.' },
  trunkline_calls_ended_total: { type: 'counter', labels: ['outcome'], help: 'Calls that have ended, by the way they ended.' },
  trunkline_call_duration_seconds: {
    type: 'histogram',
    unit: 'seconds',
    labels: ['realm', 'procedure'],
    help:
      'From the moment a call was passed to its callee until it ended. The procedure is the most specific URI of a contract or pattern of ' +
      'a rule that allows calls; at most 200 have series, the others share one. Of more than 1,000 calls a second of one series one in eight ' +
      'is timed, and counts eight times.',
  },
  trunkline_calls_refused_total: {
    type: 'counter',
    labels: ['reason'],
    help: 'Calls, chunks and results refused: the queue of the callee or of the caller was full, or the router was draining.',
  },
  trunkline_call_messages_dropped_total: {
    type: 'counter',
    labels: ['reason'],
    help: 'Answers and chunks dropped: their call had ended, or the caller had not asked for progress.',
  },
  trunkline_publications_total: { type: 'counter', labels: ['outcome'], help: 'Publications, routed or refused.' },
  trunkline_events_sent_total: { type: 'counter', labels: NONE, help: 'Events queued for subscribers.' },
  trunkline_events_acknowledged_total: { type: 'counter', labels: NONE, help: 'Events that subscribers acknowledged, of those that do.' },
  trunkline_events_dropped_total: {
    type: 'counter',
    labels: ['reason'],
    help: 'Events that a subscriber did not get: its queue was full, or it could not take the event.',
  },
  trunkline_events_not_retained_total: { type: 'counter', labels: NONE, help: 'Events not retained because the realm keeps no more.' },
  trunkline_appends_total: {
    type: 'counter',
    labels: ['outcome'],
    help: 'Publications to durable topics: stored, repeated with a key that is stored, or why not. Full: no room on the disk, or within the limit of the store. Keys: too many of one user, or of all.',
  },
  trunkline_append_duration_seconds: {
    type: 'histogram',
    unit: 'seconds',
    labels: NONE,
    help: 'From the moment a publication to a durable topic was passed to the store until its publisher got its acknowledgement.',
  },
  trunkline_stored_events: { type: 'gauge', labels: ['realm'], help: 'Events of durable topics in the store.' },
  trunkline_stored_bytes: {
    type: 'gauge',
    unit: 'bytes',
    labels: ['realm'],
    help: 'Octets that the events of durable topics take in the store.',
  },
  trunkline_catch_ups: {
    type: 'gauge',
    labels: ['realm'],
    help: 'Subscriptions that get from the store what they missed, and no live events yet.',
  },
  trunkline_durable_subscriptions: {
    type: 'gauge',
    labels: ['realm'],
    help: 'Durable subscriptions, whether sessions are there for them or not.',
  },
  trunkline_durable_waiting: {
    type: 'gauge',
    labels: ['realm'],
    help: 'Events of all durable subscriptions that were not sent yet, or are to be sent again; after a restart of the router this may be too many.',
  },
  trunkline_durable_in_flight: {
    type: 'gauge',
    labels: ['realm'],
    help: 'Events of durable subscriptions that were sent and are not acknowledged.',
  },
  trunkline_durable_redelivered_total: { type: 'counter', labels: NONE, help: 'Events of durable subscriptions that were sent again.' },
  trunkline_durable_dead_total: {
    type: 'counter',
    labels: NONE,
    help: 'Events that were not acknowledged after all attempts: published to a topic for dead letters, or dropped.',
  },
  trunkline_durable_dropped_total: {
    type: 'counter',
    labels: NONE,
    help: 'Events, at most, that the store dropped before a durable subscription acknowledged them.',
  },
  trunkline_durable_late_receipts_total: {
    type: 'counter',
    labels: NONE,
    help: 'EVENT_RECEIVED about events that the session did not have, or had no longer.',
  },
  trunkline_gaps_reported_total: { type: 'counter', labels: NONE, help: 'Notices to subscribers of events that they missed.' },
  trunkline_testaments_refused_total: {
    type: 'counter',
    labels: NONE,
    help: 'Testaments not published because their session no longer had the right to.',
  },
  trunkline_queued_bytes: {
    type: 'gauge',
    unit: 'bytes',
    labels: NONE,
    help: 'Octets queued for all sessions; the same event counts once.',
  },
  trunkline_queued_sessions: { type: 'gauge', labels: NONE, help: 'Sessions for which anything is queued.' },
  trunkline_slow_consumers_warned_total: {
    type: 'counter',
    labels: NONE,
    help: 'How often the queue of a session passed half of its limit.',
  },
  trunkline_slow_consumers_closed_total: { type: 'counter', labels: NONE, help: 'Sessions closed because they did not read.' },
  trunkline_limits_hit_total: {
    type: 'counter',
    labels: ['limit'],
    help: 'Sessions, connections and requests refused because of a limit.',
  },
  trunkline_authorizations_asked_total: { type: 'counter', labels: NONE, help: 'Questions sent to authorizer procedures.' },
  trunkline_authorizations_failed_total: { type: 'counter', labels: NONE, help: 'Of these, those without a valid answer in time.' },
  trunkline_grants_revoked_total: {
    type: 'counter',
    labels: NONE,
    help: 'Subscriptions and registrations revoked because rights changed.',
  },
  trunkline_contract_violations_total: {
    type: 'counter',
    labels: NONE,
    help: 'Payloads that were not as a contract declares, whether they were refused or not.',
  },
  trunkline_protocol_violations_total: {
    type: 'counter',
    labels: NONE,
    help: 'Violations of the protocol that ended a session or a login.',
  },
  trunkline_request_ids_irregular_total: {
    type: 'counter',
    labels: ['kind'],
    help: 'Gaps and disorder in the request ids of clients, where the realm tolerates them.',
  },
  trunkline_cluster_nodes: {
    type: 'gauge',
    across: 'max',
    labels: ['state'],
    help: 'Other nodes of the cluster of which was heard in the last 10 minutes, workers of this router included, by state; left: they stopped and said so; incompatible: they speak no common version; lost: there is no link to them.',
  },
  trunkline_cluster_settings_differ: {
    type: 'gauge',
    across: 'max',
    labels: ['node'],
    help: 'Realms that another node serves by other settings.',
  },
  trunkline_cluster_clock_ahead_seconds: {
    type: 'gauge',
    unit: 'seconds',
    across: 'max',
    labels: ['node'],
    help: 'How far the clock of another node is ahead, as it said it last. Beyond 5 s it is logged.',
  },
  trunkline_cluster_round_trip_seconds: {
    type: 'gauge',
    unit: 'seconds',
    across: 'max',
    labels: ['node'],
    help: 'How long another node takes to acknowledge packets, on average.',
  },
  trunkline_cluster_queued_bytes: {
    type: 'gauge',
    unit: 'bytes',
    labels: ['node'],
    help: 'Octets that wait for another node. Beyond 48 MiB events are missed by it.',
  },
  trunkline_cluster_frames_total: { type: 'counter', labels: ['direction'], help: 'What nodes have told one another, in frames.' },
  trunkline_cluster_frames_unwritable_total: {
    type: 'counter',
    labels: NONE,
    help: 'Frames that were not sent to a node because they cannot be written. An event is missed by that node; for any other frame its link is lost.',
  },
  trunkline_cluster_packets_total: { type: 'counter', labels: ['direction'], help: 'Packets between nodes.' },
  trunkline_cluster_packets_resent_total: { type: 'counter', labels: ['node'], help: 'Of these, those that were sent again, by node.' },
  trunkline_cluster_packets_dropped_total: {
    type: 'counter',
    labels: NONE,
    help: 'Packets that came twice, too early or late. The links make up for them.',
  },
  trunkline_cluster_sessions_paced_total: {
    type: 'counter',
    labels: NONE,
    help: 'How often the router paused reading from a session, because much that its user or network sent was on its way to another node.',
  },
  trunkline_cluster_links_lost_total: { type: 'counter', labels: NONE, help: 'Links to other nodes that were lost.' },
  trunkline_cluster_links_put_off_total: {
    type: 'counter',
    labels: NONE,
    help: 'How often a node wanted to link that had to wait, because its link went down again and again or after a fault.',
  },
  trunkline_cluster_settle_late_total: {
    type: 'counter',
    labels: NONE,
    help: 'SUBSCRIBED that was sent after 10 s, before every other node knew of the subscription.',
  },
  trunkline_cluster_events_missed_total: {
    type: 'counter',
    labels: NONE,
    help: 'Events that could not be sent to another node. Its subscribers are told how many, as soon as that is possible.',
  },
  trunkline_cluster_ids_taken_total: {
    type: 'counter',
    labels: NONE,
    help: 'Subscriptions and registrations refused because another had the id that all nodes would give them.',
  },
  trunkline_cluster_kept_lost_total: {
    type: 'counter',
    labels: ['kind'],
    help: 'What sessions of other nodes left here to be kept, and there was no room for: testaments and definitions.',
  },
  trunkline_cluster_strangers_total: {
    type: 'counter',
    labels: NONE,
    help: 'Greetings that were ignored: they were of nodes with another secret, or none at all.',
  },
  trunkline_faults_total: { type: 'counter', labels: NONE, help: 'Faults of the router itself. Each ended one session at most.' },
  trunkline_log_lines_dropped_total: { type: 'counter', labels: NONE, help: 'Lines of the log dropped because one peer caused too many.' },
} as const satisfies MetricTable
