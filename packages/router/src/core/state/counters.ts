// Plain counters of what happened, for metrics and statistics. They only count.

import { Appends } from './appends.ts'
import { Logins } from './logins.ts'
import { Traffic } from './traffic.ts'

/**
 * How a call ended.
 * - `result`, `error`: by the answer of the callee.
 * - `canceled`, `caller_left`: by the caller.
 * - `timed_out`, `callee_left`: without an answer.
 * - `undelivered`: a chunk or the answer could not be delivered, or no callee was left to pass it to.
 * - `unmatched`: no procedure had that URI.
 * - `denied`: the caller had no right to call it.
 * - `refused`: by the router for another reason, such as a limit, a contract or a full queue.
 */
export type CallOutcome =
  | 'result'
  | 'error'
  | 'canceled'
  | 'timed_out'
  | 'callee_left'
  | 'caller_left'
  | 'undelivered'
  | 'unmatched'
  | 'denied'
  | 'refused'

/** Counts since the router started. */
export class Counters {
  readonly logins = new Logins()
  /** Messages that came over connections and could be decoded. Those of sessions in this process are not counted. */
  readonly received = new Traffic()
  /** Messages queued for connections, also those that a queue had to drop later. */
  readonly sent = new Traffic()
  sessionsOpened = 0
  sessionsClosed = 0
  /** Sessions ended because a successor replaced them. */
  sessionsReplaced = 0
  callsRouted = 0
  /** Calls that have ended, by the way they ended; those of the router itself included. */
  readonly callsEnded: Record<CallOutcome, number> = {
    result: 0,
    error: 0,
    canceled: 0,
    timed_out: 0,
    callee_left: 0,
    caller_left: 0,
    undelivered: 0,
    unmatched: 0,
    denied: 0,
    refused: 0,
  }
  /** What became of publications to durable topics. */
  readonly appends = new Appends()
  publicationsRouted = 0
  eventsSent = 0
  /** Acknowledgements of events, from clients that send them. */
  eventsAcknowledged = 0
  /** Events of durable subscriptions: sent more than once, given up after all attempts, and dropped by the store before they were acknowledged. */
  durableRedelivered = 0
  durableDead = 0
  durableDropped = 0
  /** EVENT_RECEIVED about an event that was not in flight to that session. */
  durableLate = 0
  /** Protocol violations that ended a session or an opening handshake. */
  violations = 0
  /** Faults of the router itself, each of which ended at most one session. */
  faults = 0
  /** Gaps in the request ids of clients, where the realm tolerates them. */
  requestIdGaps = 0
  /** Request ids not greater than an earlier one, where the realm tolerates them. */
  requestIdsInDisorder = 0
  /** YIELD and ERROR that came after their call had ended. */
  lateAnswersDropped = 0
  /** Progressive YIELDs that the caller had not asked for. */
  unaskedProgressDropped = 0
  /** Chunks of progressive calls that came after their call had ended. */
  lateChunksDropped = 0
  /** Calls passed to another callee because one was unavailable. */
  callsRerouted = 0
  /** Calls and chunks refused because the callee's queue was full, and results refused because the caller's queue was full. */
  callsRefusedFull = 0
  resultsRefusedFull = 0
  /** Calls that reached their time limit. */
  callsTimedOut = 0
  /** Publications refused; without acknowledgement the publisher gets no answer. */
  publicationsRefused = 0
  /** Payloads that were not as a contract declares, whether they were refused or not. */
  contractViolations = 0
  /** Calls refused because the router is draining. */
  callsRefusedDraining = 0
  /** Questions sent to an authorizer procedure, and those without a valid answer in time. */
  authorizationsAsked = 0
  authorizationsFailed = 0
  /** Subscriptions and registrations revoked because rights changed. */
  grantsRevoked = 0
  /** Events that a receiver could not take, or that were dropped because it did not read. */
  eventsUnencodable = 0
  eventsTooLarge = 0
  eventsDropped = 0
  /** Events that were not retained because the realm keeps no more. */
  eventsNotRetained = 0
  /** Notices of missed events: events that carried the number of those missed before them, and events of `trunkline.session.on_gap`. */
  gapsReported = 0
  /** Testaments that were not published because their session no longer had the right to. */
  testamentsRefused = 0
  /** In a cluster: SUBSCRIBED that were sent before every node knew of the subscription, because one did not answer in time. */
  clusterSettleLate = 0
  /** In a cluster: subscriptions and registrations refused because another had the id that all nodes would give them. */
  clusterIdsTaken = 0
  /** In a cluster: events that could not be sent to another node. That node gets their number once it can be sent. */
  clusterEventsMissed = 0
  /** Testaments of sessions of other nodes that are not kept, because there are too many. */
  clusterTestamentsLost = 0
  /** The same of what sessions of other nodes describe (reflection). */
  clusterDefinitionsLost = 0
  /** How often the queue of a session passed the soft limit. */
  slowConsumersWarned = 0
  /** Sessions closed because they did not read. */
  slowConsumersClosed = 0
  /** How often the router paused reading from a session because it sent more messages than allowed. */
  sessionsThrottled = 0
  /** Connections refused or ended, because too many had not logged in yet or they had sent too much. */
  connectionsRefused = 0
  /** Sessions and requests refused because of a limit. */
  limitsHit = 0
  /** The same by the name of the limit. */
  readonly limits = new Map<string, number>()
  /** Lines dropped from the log because there were too many about one session or address. */
  logLinesDropped = 0

  /**
   * Counts a session or request that a limit refused.
   * @param limit one of few names, none of which a client chooses
   */
  noteLimit(limit: string): void {
    this.limitsHit++
    this.limits.set(limit, (this.limits.get(limit) ?? 0) + 1)
  }
}
