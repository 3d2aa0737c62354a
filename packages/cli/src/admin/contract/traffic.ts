// What is viewed of the traffic, without payload and with it.

import { error, procedure } from '@trunkline/contract'
import { uris } from '@trunkline/protocol'
import { anything, choices, count, dict, flag, list, number, oneOf, orNull, shortText, text } from '../schemas.ts'
import { TRAFFIC_KINDS } from '../traffic-kinds.ts'
import { actor, MATCH, MISSING, moment, noSuchRealm } from './common.ts'
import { MOST_ENTRIES } from './pages.ts'

/** Too many look at the traffic already. */
const tooMuch = error(uris.LIMIT_EXCEEDED, { args: [text()] })
const trafficLine = dict({
  time: moment('when it happened; of a call, when it ended'),
  kind: oneOf(TRAFFIC_KINDS),
  realm: text(),
  uri: orNull(text('the procedure, topic or pattern; null of join and leave. Texts of more than 500 characters are cut.')),
  match: orNull(MATCH),
  from: dict(actor, 'the session that called, published, registered, joined …'),
  to: orNull(dict(actor, 'of a call: the session that had it last')),
  outcome: text('`done`; of a call how it ended: result, error, canceled, timed_out …; `denied` or `refused`: it had no effect'),
  error: orNull(text('the URI of the error')),
  milliseconds: orNull(number('of a call: how long it was open')),
  deliveries: orNull(
    count('of a publication: events that were sent to subscribers, or queued for them; of several processes those of the publisher’s'),
  ),
  octets: orNull(count('of the payload, as its sender encoded it')),
  payload: anything('null: not asked for, not shown, or none. Else a dict with `args` and `kwargs`, and of a call `result` or `error`'),
  node: orNull(text('the node that saw it: that of the caller, publisher …; null where there is one process')),
})

const TAIL = {
  kwargs: choices({
    realm: shortText('absent: all realms'),
    uri: shortText('only this procedure or topic, or those that the pattern matches'),
    match: oneOf(['exact', 'prefix', 'wildcard'], 'what `uri` is; default exact'),
    kinds: list(oneOf(TRAFFIC_KINDS), 'absent or empty: all'),
    session: count('only what this session does, and calls that go to it'),
    authid: shortText('the same for the sessions of a user'),
    failed: flag('only what failed: every call that ended otherwise than with a result, and what was denied or refused'),
    least_ms: count('only calls that took at least so long'),
    rate: count('the most lines in a second; default 100', 1, 500),
  }),
  progress: dict({
    lines: list(trafficLine, 'in the order in which they happened'),
    skipped: count('further lines since the last message: there were more than may be shown, or the caller did not read fast enough'),
    missing: MISSING,
  }),
  result: dict({ lines: count('how many were shown'), skipped: count() }),
  errors: { noSuchRealm, tooMuch },
}

/** Sessions that count as one. */
const group = {
  authrole: text(),
  authid: orNull(text('null where roles are shown')),
  session: orNull(count('null where users or roles are shown')),
}

const graph = dict({
  seconds: number('how long it was looked'),
  calls: list(
    dict({
      realm: text(),
      from: dict(group),
      procedure: text('the URI or pattern of the registration'),
      match: MATCH,
      to: dict(group),
      rate: number('calls that ended in a second'),
      errors: number('of these: with an error, or without an answer'),
      mean_ms: number(),
      max_ms: number('of those that were timed'),
    }),
    'those with most calls first',
  ),
  publications: list(
    dict({
      realm: text(),
      from: dict(group),
      topic: text(),
      rate: number('publications in a second'),
      deliveries: number('events in a second; of several processes those of the publisher’s'),
      subscribers: count('of this topic now, those under patterns included'),
      to: list(dict({ ...group, sessions: count('how many of them subscribe') }), 'some of them, at most 20'),
    }),
    'those with most deliveries first',
  ),
  others: dict({ calls: number('in a second'), publications: number('in a second') }, 'that belong to none of these'),
  missing: MISSING,
})

export const looks = {
  /**
   * Calls, publications, registrations, subscriptions, joins and leaves as they happen, without their payload, by progressive results;
   * the first comes at once, without lines. It ends when the caller cancels or leaves, never by itself. What the router itself does is not shown.
   * At most 4 of a session, and 16 in all, together with those of `graph`; all together show at most 2,000 lines in a second.
   */
  tail: procedure(TAIL),
  /**
   * Who calls and publishes what, at which rates: what was seen in so many seconds. With progressive results again and again, until the
   * caller cancels; else once. While it looks, the router notes at most some thousand messages in a second, chosen at random.
   */
  graph: procedure({
    kwargs: choices({
      realm: shortText('absent: all realms'),
      uri: shortText('only this procedure or topic, or those that the pattern matches'),
      match: oneOf(['exact', 'prefix', 'wildcard'], 'what `uri` is; default exact'),
      by: oneOf(['session', 'authid', 'authrole'], 'what counts as one caller, callee, publisher or subscriber; default authid'),
      seconds: count('default 2', 1, 60),
      top: count('the most calls, and the most publications, that are shown; default 100', 1, MOST_ENTRIES),
    }),
    progress: graph,
    result: graph,
    errors: { noSuchRealm, tooMuch },
  }),
}

/** A right of its own, and so not below `view`. */
export const looksWithPayload = {
  /**
   * The same as `view.tail`, with payload, for those with a right to it. What `admin.hide` of the configuration names is not shown, nor what is
   * encrypted, longer than 8 KiB, or for procedures of the router.
   */
  payload: procedure(TAIL),
}
