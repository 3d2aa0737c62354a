// The router's own URIs and attributes in one table; docs/reference/own-names.md is made from it.
// URIs begin with `trunkline.`, attributes with an underscore (specification: "Extensibility").

export interface OwnName {
  readonly name: string
  readonly kind: 'error' | 'close reason' | 'attribute' | 'event' | 'procedure'
  /** The place where the name appears. */
  readonly where: string
  readonly meaning: string
}

export const LIMIT_EXCEEDED = 'trunkline.error.limit_exceeded'
export const INTERNAL_ERROR = 'trunkline.error.internal'
/** Reason of the end of a session that a new one replaced. */
export const REPLACED = 'trunkline.close.replaced'
/** The error of a CALL that arrives after the router began to stop. */
export const DRAINING = 'trunkline.close.draining'
/** The error of a call whose result is not as a contract declares it. */
export const CONTRACT_VIOLATION = 'trunkline.error.contract_violation'
/** The attribute of a HELLO that names the session that the new one replaces. */
export const REPLACES = '_replaces'
/** Reason of a revocation: another callee took the procedure over with `force_reregister`. */
export const TAKEN_OVER = 'trunkline.error.taken_over'
export const SLOW_CONSUMER = 'trunkline.close.slow_consumer'
/** Reason of the end of a session whose client sent nothing for too long. */
export const SILENT = 'trunkline.close.silent'
export const TOKEN_EXPIRED = 'trunkline.close.token_expired'
/** The attribute of an EVENT with the number of events of its subscription that the router dropped for this session since the last one. */
export const GAP = '_gap'
/** The attribute of a WELCOME that holds the limits of the connection. */
export const LIMITS = '_limits'
/** The attribute of the roles in WELCOME that announces that the router shards registrations and subscriptions. */
export const SHARDING = '_sharding'
/** The attribute of a REGISTER with `invoke: '_sharded'` that lists the shards of the callee. */
export const SHARD = '_shard'

/** The attributes of requests, and of what they cause, that tie them together in a trace. */
export const TRACEPARENT = '_traceparent'
export const TRACESTATE = '_tracestate'

/** The error of a PUBLISH to a durable topic that the store could not write. */
export const NOT_STORED = 'trunkline.error.not_stored'
/** The attribute of a PUBLISH to a durable topic by which a repeated one is known, and of the broker that knows it. */
export const PUBLICATION_KEY = '_key'
/** The attribute of a SUBSCRIBE that asks for what was missed, and of the broker that can give it. */
export const RESUME = '_resume'
/** The place of an event of a durable topic in the order of its realm, and the store's life within which places can be compared. */
export const POSITION = '_position'
export const EPOCH = '_epoch'
/** The attributes of a SUBSCRIBED that answer `_resume`. */
export const RECOVERED = '_recovered'
export const REASON = '_reason'

/** The attribute of a SUBSCRIBE that names a durable subscription, of the SUBSCRIBED that answers it, and of the broker that has them. */
export const DURABLE = '_durable'
/** The attribute of an EVENT of a durable subscription that was sent before, and of one that was given up. */
export const REDELIVERED = '_redelivered'
export const DEAD_LETTER = '_dead_letter'
/** The attributes of an EVENT_RECEIVED about an event of a durable subscription. */
export const SUBSCRIPTION = '_subscription'
export const UP_TO = '_up_to'
export const AGAIN = '_again'
export const AFTER = '_after'

/** Notifies one session of a gap that no event has announced. */
export const ON_GAP = 'trunkline.session.on_gap'
/** Tell that another node of the cluster cannot be reached, and that it can be again. */
export const ON_NODE_LOST = 'trunkline.cluster.on_node_lost'
export const ON_NODE_BACK = 'trunkline.cluster.on_node_back'
/** Takes the next token of a session that logged in by a token. */
export const RENEW_TOKEN = 'trunkline.auth.renew'
/** Deletes the cookie of the caller's connection. */
export const LOG_OUT = 'trunkline.auth.logout'
/** Deletes the cookies of a user. */
export const FORGET_LOGINS = 'trunkline.admin.forget_logins'
/** Lists the sessions of a realm with the most queued octets. */
export const SLOWEST_SESSIONS = 'trunkline.admin.slowest_sessions'
/** What owners do with their durable subscriptions. */
export const DURABLE_LIST = 'trunkline.durable.list'
export const DURABLE_GET = 'trunkline.durable.get'
export const DURABLE_SEEK = 'trunkline.durable.seek'
export const DURABLE_PAUSE = 'trunkline.durable.pause'
export const DURABLE_RESUME = 'trunkline.durable.resume'
export const DURABLE_DELETE = 'trunkline.durable.delete'
/** The same for operators, with those of all users of the realm: under this prefix in place of `trunkline.durable.`. */
export const DURABLE_ADMIN = 'trunkline.admin.durable.'
/** Deletes retained events. */
export const CLEAR_RETAINED = 'trunkline.admin.clear_retained'
/** Reads the configuration again. */
export const RELOAD = 'trunkline.admin.reload'
export const RELOAD_FAILED = 'trunkline.error.reload_failed'

export const OWN_NAMES: readonly OwnName[] = [
  {
    name: LIMIT_EXCEEDED,
    kind: 'error',
    where: 'ERROR, ABORT',
    meaning:
      'The request would exceed a limit of the session (ERROR), or the session a limit of the realm, the address or the connection (ABORT). Details.limit names the limit, Details.value is its value where it is known.',
  },
  {
    name: INTERNAL_ERROR,
    kind: 'error',
    where: 'ABORT',
    meaning: 'The router had an internal error while it handled this session; other sessions are not affected.',
  },
  {
    name: CONTRACT_VIOLATION,
    kind: 'error',
    where: 'ERROR',
    meaning:
      'The callee answered with a result that is not as a contract of the realm declares it. Keyword argument issues: a list of dicts with path, a JSON Pointer into the result, and message.',
  },
  {
    name: TAKEN_OVER,
    kind: 'error',
    where: 'UNREGISTERED.Details',
    meaning: 'Another callee took the procedure by `force_reregister`; open calls still get their answers.',
  },
  {
    name: SLOW_CONSUMER,
    kind: 'close reason',
    where: 'ABORT',
    meaning:
      'The session did not read fast enough: more octets were queued for it than limits.outbox, it took nothing for the time of limits.stall, or all queues together exceeded limits.outboxTotal. Details.message says which.',
  },
  {
    name: SILENT,
    kind: 'close reason',
    where: 'ABORT',
    meaning: 'The client sent nothing for the time of limits.silence, not even the answer to a ping.',
  },
  {
    name: REPLACED,
    kind: 'close reason',
    where: 'GOODBYE',
    meaning: 'A new session with the same authid, authrole and authmethod named this one in `_replaces`.',
  },
  {
    name: DRAINING,
    kind: 'close reason',
    where: 'ERROR, ABORT',
    meaning:
      'The router is stopping: it did not forward the call (ERROR) or did not open the session (ABORT). Open calls still get their answers.',
  },
  {
    name: REPLACES,
    kind: 'attribute',
    where: 'HELLO.Details',
    meaning:
      'The id of an earlier session that the client has lost. The router ends it before the new session begins, so that its registrations are free. Ignored if that session does not exist or has another authid, authrole or authmethod.',
  },
  {
    name: TOKEN_EXPIRED,
    kind: 'close reason',
    where: 'GOODBYE',
    meaning: 'The token of the session has expired, and the client did not renew it by `trunkline.auth.renew`.',
  },
  {
    name: GAP,
    kind: 'attribute',
    where: 'EVENT.Details',
    meaning:
      'The number of events of this subscription that the session missed since the last one: they were too large for it, its serializer cannot encode them, or the router dropped them by policy.',
  },
  {
    name: LIMITS,
    kind: 'attribute',
    where: 'WELCOME.Details',
    meaning:
      'A dict with the limits of this connection. message: the longest message that the router accepts, in octets; with a batched subprotocol or long-poll, the longest batch.',
  },
  {
    name: SHARDING,
    kind: 'attribute',
    where: 'WELCOME.Details.roles.broker, .dealer',
    meaning:
      "True: the broker sends an event with an `rkey` to one of the subscribers with an `nkey`, and the dealer accepts `invoke: '_sharded'` and routes calls by their `rkey`.",
  },
  {
    name: SHARD,
    kind: 'attribute',
    where: 'REGISTER.Options',
    meaning:
      "With `invoke: '_sharded'`: the shards whose calls this callee answers, a list of integers from 0 to 1023. A call belongs to the shard of its `rkey`: FNV-1a of 32 bits over the UTF-8 of a string or of an integer's decimal text, modulo 1024.",
  },
  {
    name: NOT_STORED,
    kind: 'error',
    where: 'ERROR',
    meaning:
      'The topic of a PUBLISH is durable and its store did not write the event, because the disk is full for example: the event was not published. Argument: a text that says why.',
  },
  {
    name: PUBLICATION_KEY,
    kind: 'attribute',
    where: 'PUBLISH.Options, WELCOME.Details.roles.broker',
    meaning:
      'In PUBLISH to a durable topic a string of 1 to 128 characters: a publication of the same user to the same topic with the same key within two minutes is the same event. It is answered with PUBLISHED as the first was, with the id of that, and goes to nobody again, also after a restart of the router. Without a login the network counts as the user. Refused with `wamp.error.invalid_argument` where the topic is not durable. In WELCOME true: the broker understands it.',
  },
  {
    name: RESUME,
    kind: 'attribute',
    where: 'SUBSCRIBE.Options, WELCOME.Details.roles.broker',
    meaning:
      'In SUBSCRIBE a dict with epoch and position, those of the last event that the client has seen: it gets the events of durable topics after it, then live ones. session: the id that it had then, so that it does not get what it was excluded from. An empty dict asks only where the subscription begins. In WELCOME true: the broker understands it.',
  },
  {
    name: POSITION,
    kind: 'attribute',
    where: 'EVENT.Details, SUBSCRIBED.Details',
    meaning:
      'In EVENT the place of an event of a durable topic among those of its realm: an integer that grows from event to event. In SUBSCRIBED, if `_resume` was asked for: after which place the subscription goes on.',
  },
  {
    name: EPOCH,
    kind: 'attribute',
    where: 'EVENT.Details, SUBSCRIBED.Details',
    meaning: 'Within which life of the store `_position` counts: places of different epochs cannot be compared.',
  },
  {
    name: RECOVERED,
    kind: 'attribute',
    where: 'SUBSCRIBED.Details',
    meaning:
      'Answers `_resume` with a position. True: every event after it that is for this session follows, in order, and then live ones. False: events may be missing, and `_reason` says why.',
  },
  {
    name: REASON,
    kind: 'attribute',
    where: 'SUBSCRIBED.Details',
    meaning:
      'Why nothing was recovered. expired: the store keeps less than was missed. epoch: the position is not one of the present store. limit: too many subscriptions of this user are catching up. not_allowed: the subscription cannot be resumed, since it is not, or not only, to durable topics, or shares its events by `nkey`.',
  },
  {
    name: DURABLE,
    kind: 'attribute',
    where: 'SUBSCRIBE.Options, SUBSCRIBED.Details, WELCOME.Details.roles.broker',
    meaning:
      'In SUBSCRIBE the name of a durable subscription, 1 to 128 of the characters A-Z a-z 0-9 . _ -, or a dict with name and what the first SUBSCRIBE of that name decides: from, `now` (default) or `oldest`; max_in_flight, how many events may be sent to each session and not acknowledged (default 100, at most 1,000); ack_wait, after how many milliseconds an event that is not acknowledged is sent again (default 30,000); attempts, how often it is sent at most (default: no limit); dead_letters, a topic for those that were sent so often. Each event goes to one of the sessions that have subscribed by the name, and waits while there is none; the client acknowledges it by EVENT_RECEIVED. Only the user who made it may subscribe by that name, with the same topic; settings that are given must be as they were. Refused with `wamp.error.invalid_argument` where the topics are not all durable by one rule. In SUBSCRIBED a dict with name, waiting, how many events were not sent yet at most, and paused. In WELCOME true: the broker understands it.',
  },
  {
    name: REDELIVERED,
    kind: 'attribute',
    where: 'EVENT.Details',
    meaning:
      'How often an event of a durable subscription was sent before, to this session or another: it may have been processed. Absent the first time.',
  },
  {
    name: DEAD_LETTER,
    kind: 'attribute',
    where: 'EVENT.Details',
    meaning:
      'A durable subscription has given up this event, and publishes it to its topic for dead letters. A dict with durable, its name; topic, publication, position and epoch of the event; attempts, how often it was sent. What is a dead letter already is never published as one again, but dropped.',
  },
  {
    name: SUBSCRIPTION,
    kind: 'attribute',
    where: 'EVENT_RECEIVED.Details',
    meaning:
      'The id of the subscription whose event is meant, where several durable subscriptions of the session have it. EVENT_RECEIVED is [337, Publication|id] or [337, Publication|id, Details|dict].',
  },
  {
    name: UP_TO,
    kind: 'attribute',
    where: 'EVENT_RECEIVED.Details',
    meaning: 'True: acknowledges besides all events of that durable subscription that were sent to this session and stand before this one.',
  },
  {
    name: AGAIN,
    kind: 'attribute',
    where: 'EVENT_RECEIVED.Details',
    meaning:
      'True: acknowledges nothing, and gives the event of a durable subscription back. It is sent again at once, or after the time of `_after`.',
  },
  {
    name: AFTER,
    kind: 'attribute',
    where: 'EVENT_RECEIVED.Details',
    meaning: 'With `_again`: after how many milliseconds the event is sent again, at most an hour: longer is cut.',
  },
  {
    name: TRACEPARENT,
    kind: 'attribute',
    where: 'CALL.Options, PUBLISH.Options, INVOCATION.Details, EVENT.Details',
    meaning:
      'The trace to which a request belongs, as traceparent of W3C Trace Context has it. The router passes it on from CALL to INVOCATION and from PUBLISH to EVENT, or that of its own span where it records one. Ignored where it is not valid.',
  },
  {
    name: TRACESTATE,
    kind: 'attribute',
    where: 'CALL.Options, PUBLISH.Options, INVOCATION.Details, EVENT.Details',
    meaning:
      'What systems for traces note beside `_traceparent`, passed on with it: at most 512 characters and 32 entries; more loses its last entries.',
  },
  {
    name: ON_GAP,
    kind: 'event',
    where: 'EVENT',
    meaning:
      'Notifies a session that missed events of a subscription and got no further event of it for one second. Only that session gets it. Arguments: the subscription id, its topic or pattern, the number of missed events.',
  },
  {
    name: ON_NODE_LOST,
    kind: 'event',
    where: 'EVENT',
    meaning:
      'Another node of the cluster is lost: what its clients publish is not delivered here, and its sessions and registrations have left. Told on each node that lost it, to the subscribers there, after all that has ended with the node. Arguments: the name of the node, when it was lost in milliseconds since 1970.',
  },
  {
    name: ON_NODE_BACK,
    kind: 'event',
    where: 'EVENT',
    meaning:
      'A node that `trunkline.cluster.on_node_lost` named can be reached again, or another process has its name. Its sessions have joined before. Argument: the name of the node.',
  },
  {
    name: RENEW_TOKEN,
    kind: 'procedure',
    where: 'CALL',
    meaning:
      'Replaces the JSON Web Token of the session, which then lasts until the new one expires. Argument: a token with the same authid and role. Result: when it expires, in milliseconds since 1970. Only in realms with `jwt`, for sessions that logged in by a token.',
  },
  {
    name: LOG_OUT,
    kind: 'procedure',
    where: 'CALL',
    meaning:
      "Deletes the cookie of the caller's connection, so that it is no longer a login; with all: true, every cookie of the caller's user. Sessions stay open. Result: the number of deleted cookies. Only in realms whose cookies the router issues.",
  },
  {
    name: FORGET_LOGINS,
    kind: 'procedure',
    where: 'CALL',
    meaning:
      'Deletes every cookie of a user, so that none is a login any more. Argument: the authid. Sessions stay open; wamp.session.kill_by_authid ends them. Result: the number of deleted cookies. Only in realms whose cookies the router issues.',
  },
  {
    name: SLOWEST_SESSIONS,
    kind: 'procedure',
    where: 'CALL',
    meaning:
      'The sessions of the realm with the most queued octets, the slowest first. Argument: the greatest number of sessions (default 10, at most 1,000). Result: a list of dicts with session, authid, authrole, queued_bytes, queued_events, queued_replies, dropped_events, seconds_without_progress.',
  },
  {
    name: DURABLE_LIST,
    kind: 'procedure',
    where: 'CALL',
    meaning: 'The durable subscriptions of the caller, by name. Result: a list of dicts as `trunkline.durable.get` has them.',
  },
  {
    name: DURABLE_GET,
    kind: 'procedure',
    where: 'CALL',
    meaning:
      'A durable subscription of the caller. Argument: its name. Result: a dict with name, owner, topic, match, subscription (its id), created (milliseconds since 1970), paused, sessions (how many have subscribed by the name), waiting (events that were not sent yet, or are to be sent again; after a restart of the router this may be too many), in_flight, position (up to which all are acknowledged), max_in_flight, ack_wait, attempts and dead_letters (where they are set), and what was counted since the router began: sent, acknowledged, redelivered, dead, dropped (by the store, before they were acknowledged). An unknown name, or one of another user, is wamp.error.no_such_subscription.',
  },
  {
    name: DURABLE_SEEK,
    kind: 'procedure',
    where: 'CALL',
    meaning:
      'Lets a durable subscription of the caller begin anew. Arguments: its name; behind which position, an integer, or `oldest` for all that is kept, or `now` for none. What was acknowledged and stands behind that is sent again, what stands before it never. Result: a dict as `trunkline.durable.get` has it.',
  },
  {
    name: DURABLE_PAUSE,
    kind: 'procedure',
    where: 'CALL',
    meaning:
      'Stops the events of a durable subscription of the caller, also over restarts, until `trunkline.durable.resume`; what is in flight may be acknowledged. Argument: its name. Result: a dict as `trunkline.durable.get` has it.',
  },
  {
    name: DURABLE_RESUME,
    kind: 'procedure',
    where: 'CALL',
    meaning: 'Undoes `trunkline.durable.pause`. Argument: the name. Result: a dict as `trunkline.durable.get` has it.',
  },
  {
    name: DURABLE_DELETE,
    kind: 'procedure',
    where: 'CALL',
    meaning:
      'Ends a durable subscription of the caller: the store forgets how far it was, and the sessions that have subscribed by its name lose it. Its events stay. Argument: its name.',
  },
  {
    name: 'trunkline.admin.durable.list',
    kind: 'procedure',
    where: 'CALL',
    meaning: 'As `trunkline.durable.list`, with the durable subscriptions of all users of the realm: for operators.',
  },
  {
    name: 'trunkline.admin.durable.get',
    kind: 'procedure',
    where: 'CALL',
    meaning: 'As `trunkline.durable.get`, with the durable subscriptions of all users of the realm: for operators.',
  },
  {
    name: 'trunkline.admin.durable.seek',
    kind: 'procedure',
    where: 'CALL',
    meaning: 'As `trunkline.durable.seek`, with the durable subscriptions of all users of the realm: for operators.',
  },
  {
    name: 'trunkline.admin.durable.pause',
    kind: 'procedure',
    where: 'CALL',
    meaning: 'As `trunkline.durable.pause`, with the durable subscriptions of all users of the realm: for operators.',
  },
  {
    name: 'trunkline.admin.durable.resume',
    kind: 'procedure',
    where: 'CALL',
    meaning: 'As `trunkline.durable.resume`, with the durable subscriptions of all users of the realm: for operators.',
  },
  {
    name: 'trunkline.admin.durable.delete',
    kind: 'procedure',
    where: 'CALL',
    meaning: 'As `trunkline.durable.delete`, with the durable subscriptions of all users of the realm: for operators.',
  },
  {
    name: CLEAR_RETAINED,
    kind: 'procedure',
    where: 'CALL',
    meaning:
      'Drops the retained events of a topic, or of all topics that match a pattern. Arguments: the topic or pattern; for a pattern a dict with match, `prefix` or `wildcard`. Result: the number of topics whose events were dropped.',
  },
  {
    name: RELOAD,
    kind: 'procedure',
    where: 'CALL',
    meaning:
      'Reads the configuration file again and applies it as a whole or not at all. Only in the realm that admin.realm names. Result: a dict with changes (a line for each), need_restart (keys that take effect at the next start), sessions_ended, revoked (subscriptions and registrations).',
  },
  {
    name: RELOAD_FAILED,
    kind: 'error',
    where: 'ERROR',
    meaning:
      'The new configuration has mistakes or cannot be applied; the old one stays in effect. Arguments: one string for each mistake.',
  },
]
