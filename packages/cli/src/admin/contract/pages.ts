// What is viewed in pages: realms, sessions, procedures and topics.

import { error, procedure } from '@trunkline/contract'
import { choices, count, dict, flag, list, number, oneOf, orNull, shortText, text } from '../schemas.ts'
import { MATCH, MISSING, moment, noSuchRealm, noSuchSession } from './common.ts'

/** The most entries of one page: some milliseconds of work. */
export const MOST_ENTRIES = 200
/** A cursor names a realm. */
const LONGEST_CURSOR = 10_000
/** The page cannot be found any more: the router was restarted since the page before, or its realm was removed. Begin with the first page. */
const cursorTooOld = error('trunkline.error.cursor_too_old', { args: [text()] })
const PAGE = {
  after: shortText('`next` of the page before; absent: the first page', LONGEST_CURSOR),
  limit: count('the most entries of the page; default 100', 1, MOST_ENTRIES),
}

const NEXT = orNull(text('`after` for the next page; null: this is the last. A page with few entries, or none, need not be the last.'))
const node = orNull(text('the node where it is; null where there is one process'))
export const realm = dict({
  realm: text('its name'),
  sessions: count('how many are open'),
  procedures: count('registered, patterns included'),
  topics: count('subscribed to, patterns included'),
})

const session = dict({
  session: count('its id'),
  realm: text(),
  authid: text(),
  authrole: text(),
  authmethod: text(),
  authprovider: text(),
  agent: orNull(text('what the client says of itself, at most 128 characters')),
  transport: oneOf(['websocket', 'rawsocket', 'longpoll', 'http', 'local']),
  serializer: text(),
  peer: text('the other end of the connection: address and port, or the path of a Unix socket'),
  address: orNull(text('the address of the client, behind a trusted proxy as the proxy reports it')),
  secure: flag('whether the client uses TLS'),
  since: moment('when it was opened'),
  subscriptions: count(),
  registrations: count(),
  calls: count('open calls as a caller'),
  invocations: count('open calls as a callee'),
  messages_in: orNull(count('from the client, since the session was opened; null where they are not counted')),
  octets_in: orNull(count()),
  messages_out: orNull(count('sent to the client, or queued for it')),
  octets_out: orNull(count()),
  queued_events: count('queued for the client now'),
  queued_replies: count('other messages queued for it'),
  queued_bytes: count('octets of both'),
  dropped_events: count('dropped from its queue, since the session was opened'),
  seconds_without_progress: count('how long the client has taken nothing from its queue'),
  node,
})

const registration = dict({
  realm: text(),
  registration: count('its id'),
  procedure: text('the URI or pattern'),
  match: MATCH,
  invoke: text('how a call finds its callee: single, roundrobin …'),
  created: moment('when it was first registered'),
  callees: count(),
  calls: count('taken since then'),
  errors: count('of these: ended with an error of the callee, a result that breaks a contract, or no answer in time'),
  latency_ms: orNull(
    dict(
      { mean: number(), p50: number(), p99: number() },
      'of its recent calls: what came a minute ago counts half; p50 and p99 are estimates',
    ),
  ),
})

const subscription = dict({
  realm: text(),
  subscription: count('its id'),
  topic: text('the URI or pattern'),
  match: MATCH,
  created: moment('when it was first subscribed to'),
  subscribers: count(),
  publications: count('that matched, since then'),
  deliveries: count('events sent to subscribers, or queued for them'),
  dropped_events: count('events that subscribers could not take, or that were dropped from their queues'),
  gaps: count('subscribers that missed events and have not been notified yet'),
})

const URI_CHOICES = choices({
  realm: shortText('absent: all realms'),
  match: MATCH,
  search: shortText('a part of the URI, in any case'),
  ...PAGE,
})

export const pages = {
  /** The realms, page by page. */
  realms: procedure({
    kwargs: choices(PAGE),
    result: dict({ realms: list(realm), next: NEXT, total: count('how many there are') }),
    errors: { cursorTooOld },
    idempotent: true,
  }),
  /** The sessions, page by page, oldest first in each realm: all, or those that have all of what is given. */
  sessions: procedure({
    kwargs: choices({
      realm: shortText('absent: all realms'),
      authid: shortText(),
      authrole: shortText(),
      authmethod: shortText(),
      transport: oneOf(['websocket', 'rawsocket', 'longpoll', 'http', 'local']),
      serializer: oneOf(['json', 'msgpack', 'cbor']),
      search: shortText('a part of its authid, authrole, agent, peer or address, in any case'),
      slow: flag('whether messages are queued for it, or events were dropped'),
      ...PAGE,
    }),
    result: dict({
      sessions: list(session),
      next: NEXT,
      total: count('how many there are in these realms, whatever the filter'),
      missing: MISSING,
    }),
    errors: { noSuchRealm, cursorTooOld },
    idempotent: true,
  }),
  /** One session. */
  session: procedure({
    args: (id = count()) => [id],
    kwargs: choices({ realm: shortText('absent: it is looked for in all realms') }),
    result: session,
    errors: { noSuchSession, noSuchRealm },
    idempotent: true,
  }),
  /** The procedures and patterns that are registered, page by page, oldest first in each realm; without those of the router itself. */
  procedures: procedure({
    kwargs: URI_CHOICES,
    result: dict({ procedures: list(registration), next: NEXT, total: count('how many there are in these realms'), missing: MISSING }),
    errors: { noSuchRealm, cursorTooOld },
    idempotent: true,
  }),
  /** The topics and patterns that are subscribed to, or whose events are kept, page by page, oldest first in each realm. */
  topics: procedure({
    kwargs: URI_CHOICES,
    result: dict({ topics: list(subscription), next: NEXT, total: count('how many there are in these realms'), missing: MISSING }),
    errors: { noSuchRealm, cursorTooOld },
    idempotent: true,
  }),
}
