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

/** Notifies one session of a gap that no event has announced. */
export const ON_GAP = 'trunkline.session.on_gap'
/** Takes the next token of a session that logged in by a token. */
export const RENEW_TOKEN = 'trunkline.auth.renew'
/** Deletes the cookie of the caller's connection. */
export const LOG_OUT = 'trunkline.auth.logout'
/** Deletes the cookies of a user. */
export const FORGET_LOGINS = 'trunkline.admin.forget_logins'
/** Lists the sessions of a realm with the most queued octets. */
export const SLOWEST_SESSIONS = 'trunkline.admin.slowest_sessions'
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
      'A limit would be passed: of the session by the request (ERROR), or of the realm or the address by the session (ABORT). Details.limit names it, Details.value is the limit where it is known.',
  },
  {
    name: INTERNAL_ERROR,
    kind: 'error',
    where: 'ABORT',
    meaning: 'The router met a fault of its own while it handled this session; no other session is touched.',
  },
  {
    name: TAKEN_OVER,
    kind: 'error',
    where: 'UNREGISTERED.Details',
    meaning: 'Another callee took the procedure by `force_reregister`; calls under way are still answered.',
  },
  {
    name: SLOW_CONSUMER,
    kind: 'close reason',
    where: 'ABORT',
    meaning:
      'The session did not read what it was sent: more waited than the limit, or nothing was taken for too long; or all sessions together held too much. Details.message says which.',
  },
  {
    name: SILENT,
    kind: 'close reason',
    where: 'ABORT',
    meaning: 'Nothing came from the client for too long, not even the answer to a ping.',
  },
  {
    name: REPLACED,
    kind: 'close reason',
    where: 'GOODBYE',
    meaning: 'A new session of the same authid, authrole and authmethod said by `_replaces` that this one is dead to it.',
  },
  {
    name: DRAINING,
    kind: 'close reason',
    where: 'ERROR, ABORT',
    meaning: 'The router is about to stop: the call was not passed on, the session was not opened. Calls under way are still answered.',
  },
  {
    name: REPLACES,
    kind: 'attribute',
    where: 'HELLO.Details',
    meaning:
      "The id of an earlier session of the same principal that its client has lost: the router ends it before the new one begins, so that its registrations are free. Ignored when the session is not there or is another principal's.",
  },
  {
    name: TOKEN_EXPIRED,
    kind: 'close reason',
    where: 'GOODBYE',
    meaning: 'The token with which the session logged in has expired, and none was renewed by `trunkline.auth.renew`.',
  },
  {
    name: GAP,
    kind: 'attribute',
    where: 'EVENT.Details',
    meaning:
      'So many events of this subscription, before this one, did not reach the session: too large for it, not to be held by its serializer, or dropped by policy.',
  },
  {
    name: LIMITS,
    kind: 'attribute',
    where: 'WELCOME.Details',
    meaning:
      'A dict of what the router takes on this connection. message: the longest message, in octets; of a batched subprotocol and of long-poll, the longest batch.',
  },
  {
    name: SHARDING,
    kind: 'attribute',
    where: 'WELCOME.Details.roles.broker, .dealer',
    meaning:
      "True: the broker gives events with an `rkey` to one of the subscribers with an `nkey`, the dealer takes `invoke: '_sharded'` and calls by `rkey`.",
  },
  {
    name: SHARD,
    kind: 'attribute',
    where: 'REGISTER.Options',
    meaning:
      "With `invoke: '_sharded'`: the shards that this callee answers for, a list of integers from 0 to 1023. A call belongs to the shard of its `rkey`: FNV-1a of 32 bits over the UTF-8 of a string or of an integer's decimal text, modulo 1024.",
  },
  {
    name: ON_GAP,
    kind: 'event',
    where: 'EVENT',
    meaning:
      'Goes only to the session that missed events and had no further event of that subscription for a second. Arguments: the subscription id, its topic or pattern, how many.',
  },
  {
    name: RENEW_TOKEN,
    kind: 'procedure',
    where: 'CALL',
    meaning:
      'The session goes on until this JSON Web Token expires. Argument: a token of the same principal. Result: when it expires, in milliseconds since 1970. Only in realms that take tokens, for sessions that logged in by one.',
  },
  {
    name: LOG_OUT,
    kind: 'procedure',
    where: 'CALL',
    meaning:
      "The cookie that the router issued for the caller's connection, or came with it, logs nobody in any more; with all: true no cookie of the caller's user does. Sessions go on. Result: how many cookies. Only where the router issues cookies.",
  },
  {
    name: FORGET_LOGINS,
    kind: 'procedure',
    where: 'CALL',
    meaning:
      'No cookie that the router issued logs this user in any more. Argument: the authid. Sessions go on; wamp.session.kill_by_authid ends them. Result: how many cookies. Only in realms whose cookies the router issues.',
  },
  {
    name: SLOWEST_SESSIONS,
    kind: 'procedure',
    where: 'CALL',
    meaning:
      'The sessions of the realm for which most waits, most octets first. Argument: how many at most (10). Result: a list of dicts with session, authid, authrole, queued_bytes, queued_events, queued_replies, dropped_events, seconds_without_progress.',
  },
  {
    name: CLEAR_RETAINED,
    kind: 'procedure',
    where: 'CALL',
    meaning:
      'Gives up the retained events of a topic, or of all topics of a pattern. Arguments: the topic or pattern, and for a pattern a dict with match, prefix or wildcard. Result: of how many topics.',
  },
  {
    name: RELOAD,
    kind: 'procedure',
    where: 'CALL',
    meaning:
      'Reads the configuration file again and applies it whole; offered in the realm that its admin.realm names. Result: a dict with changes (a line for each), need_restart (keys that take effect at the next start), sessions_ended, revoked (subscriptions and registrations).',
  },
  {
    name: RELOAD_FAILED,
    kind: 'error',
    where: 'ERROR',
    meaning: 'The configuration could not be applied and the old one holds. Arguments: what is wrong, a line for each mistake.',
  },
]
