// Plain counters of what happened, read when somebody asks. Counting is all that is done here.

/** Counts since the router started. */
export class Counters {
  sessionsOpened = 0
  sessionsClosed = 0
  /** Sessions ended because their successor said so. */
  sessionsReplaced = 0
  callsRouted = 0
  publicationsRouted = 0
  eventsSent = 0
  /** Receipts of events, from clients that give them. */
  eventsAcknowledged = 0
  /** Protocol violations that ended a session or an opening. */
  violations = 0
  /** Faults of the router's own, each of which ended at most one session. */
  faults = 0
  /** Gaps in the request ids of clients, where the realm lets them pass. */
  requestIdGaps = 0
  /** Request ids not greater than one before them, where the realm lets them pass. */
  requestIdsInDisorder = 0
  /** YIELD and ERROR that came after their call had ended. */
  lateAnswersDropped = 0
  /** Progressive YIELDs that nobody had asked for. */
  unaskedProgressDropped = 0
  /** Chunks of progressive calls that came after their call had ended. */
  lateChunksDropped = 0
  /** Calls that were given to another callee because one was unavailable. */
  callsRerouted = 0
  /** Calls and chunks of calls that did not fit into what may wait for the callee, and results that did not for the caller. */
  callsRefusedFull = 0
  resultsRefusedFull = 0
  /** Calls ended because their time was over. */
  callsTimedOut = 0
  /** Publications without acknowledgement that were refused. */
  publicationsRefused = 0
  /** Calls refused because the router was about to stop. */
  callsRefusedDraining = 0
  /** Questions put to an authorizer procedure, and those that it did not answer well or in time. */
  authorizationsAsked = 0
  authorizationsFailed = 0
  /** Subscriptions and registrations taken away because rights changed. */
  grantsRevoked = 0
  /** Events that a receiver could not take, or that were given up because it did not read. */
  eventsUnencodable = 0
  eventsTooLarge = 0
  eventsDropped = 0
  /** Events that were to be retained and were not: the realm keeps no more. */
  eventsNotRetained = 0
  /** Testaments that were not published, because their owner might not publish them any more. */
  testamentsRefused = 0
  /** How often more than the soft limit waited for a session. */
  slowConsumersWarned = 0
  /** Sessions closed because they did not read. */
  slowConsumersClosed = 0
  /** How often a session was not read for a while because it sent more messages than it may. */
  sessionsThrottled = 0
  /** Connections refused, or ended, because too many had not logged in yet, or had sent too much. */
  connectionsRefused = 0
  /** Sessions and requests refused by a limit. */
  limitsHit = 0
  /** Lines that the log was spared because there were too many about one session or address. */
  logLinesDropped = 0
}
