// The contract of the admin API. docs/reference/admin-api.md and admin.contract.json are made of it.
// What only looks stands below `view`, so that one rule grants all of it and nothing else.

import { contract, error, procedure, topic } from '@trunkline/contract'
import { uris } from '@trunkline/protocol'
import { LOG_LEVELS } from '../leveled-log.ts'
import { anything, choices, count, dict, flag, list, number, oneOf, orNull, shortText, text } from './schemas.ts'

/** The most entries of one page: some milliseconds of work. */
const MOST_ENTRIES = 200
/** A cursor names a realm. */
const LONGEST_CURSOR = 10_000

/** There is no realm of that name. */
const noSuchRealm = error(uris.NO_SUCH_REALM, { args: [text()] })
/** There is no session with that id, at least not in that realm. */
const noSuchSession = error(uris.NO_SUCH_SESSION, { args: [text()] })
/** The page cannot be found any more: the router was restarted since the page before, or its realm was removed. Begin with the first page. */
const cursorTooOld = error('trunkline.error.cursor_too_old', { args: [text()] })
/** The router runs without a configuration file, as `trunkline dev` does. */
const noConfiguration = error('trunkline.error.no_configuration', { args: [text()] })

const moment = (about: string) => text(`${about}, ISO 8601`)

const PAGE = {
  after: shortText('`next` of the page before; absent: the first page', LONGEST_CURSOR),
  limit: count('the most entries of the page; default 100', 1, MOST_ENTRIES),
}
const NEXT = orNull(text('`after` for the next page; null: this is the last. A page with few entries, or none, need not be the last.'))

const realm = dict({
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
  transport: oneOf(['websocket', 'rawsocket', 'longpoll', 'local']),
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
})

const MATCH = oneOf(['exact', 'prefix', 'wildcard'])

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

const limit = dict({ limit: text('its name'), hits: count('sessions and requests that it refused, since the router was started') })

const URI_CHOICES = choices({
  realm: shortText('absent: all realms'),
  match: MATCH,
  search: shortText('a part of the URI, in any case'),
  ...PAGE,
})

export const adminApi = contract(
  'trunkline.admin',
  {
    view: {
      /** The router at this moment. */
      status: procedure({
        result: dict({
          version: text('of Trunkline'),
          node: text('the version of Node'),
          pid: count('the id of its process'),
          state: oneOf(['running', 'draining']),
          since: moment('when it was started'),
          uptime_seconds: count(),
          cpu_seconds: number('processor time that it has used'),
          event_loop_delay_ms: dict(
            { mean: number(), p99: number(), max: number() },
            'how late timers were, in the last 10 to 20 s: how long everything else waits',
          ),
          memory: dict({ rss: count(), heap_used: count(), heap_total: count(), external: count(), array_buffers: count() }, 'octets'),
          listeners: list(text(), 'their addresses'),
          realms: count(),
          sessions: count(),
          procedures: count(),
          topics: count(),
          log_level: oneOf(LOG_LEVELS),
          counters: anything('a dict with what the router has counted since it started, by name'),
        }),
        idempotent: true,
      }),
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
          transport: oneOf(['websocket', 'rawsocket', 'longpoll', 'local']),
          serializer: oneOf(['json', 'msgpack', 'cbor']),
          search: shortText('a part of its authid, authrole, agent, peer or address, in any case'),
          slow: flag('whether messages are queued for it, or events were dropped'),
          ...PAGE,
        }),
        result: dict({ sessions: list(session), next: NEXT, total: count('how many there are in these realms, whatever the filter') }),
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
        result: dict({ procedures: list(registration), next: NEXT, total: count('how many there are in these realms') }),
        errors: { noSuchRealm, cursorTooOld },
        idempotent: true,
      }),
      /** The topics and patterns that are subscribed to, or whose events are kept, page by page, oldest first in each realm. */
      topics: procedure({
        kwargs: URI_CHOICES,
        result: dict({ topics: list(subscription), next: NEXT, total: count('how many there are in these realms') }),
        errors: { noSuchRealm, cursorTooOld },
        idempotent: true,
      }),
      /** The limits that refused sessions or requests, those with most hits first. */
      limits: procedure({ result: dict({ limits: list(limit) }), idempotent: true }),
      /** What has changed since the last of these events: one a second at most, however much changes, and none where nothing has. */
      changed: topic({
        args: (
          change = dict({
            realms: list(realm, 'where sessions, procedures or topics came or went, with their numbers now; at most 100'),
            more_realms: count('further ones'),
            removed_realms: list(text(), 'at most 100'),
            sessions_opened: count('in all realms'),
            sessions_closed: count('in all realms'),
            limits: list(limit, 'those with new hits'),
            state: oneOf(['running', 'draining']),
            log_level: oneOf(LOG_LEVELS),
            reloaded: flag('whether the configuration was read again'),
          }),
        ) => [change],
      }),
      /** The configuration in effect, with every default and without secrets. */
      configuration: procedure({
        result: dict({
          file: text('the file that it was read from'),
          configuration: anything('in the notation of the file'),
          left_out: list(text(), 'lists and dicts of more than 200 entries, of which the first 200 are shown'),
        }),
        errors: { noConfiguration },
        idempotent: true,
      }),
    },
    /** Ends the sessions that have all of what is given; one of `session`, `authid` and `authrole` is needed. The session that calls stays. */
    kick: procedure({
      kwargs: choices({
        session: count('its id'),
        realm: shortText('absent: all realms'),
        authid: shortText(),
        authrole: shortText(),
        reason: shortText('the reason in their GOODBYE, a URI; default `wamp.close.killed`'),
        message: shortText('a text for people, in their GOODBYE'),
      }),
      result: dict({ sessions: count('how many were ended') }),
      errors: { noSuchSession, noSuchRealm },
    }),
    /**
     * Stops the router as SIGTERM does: no new connections, sessions and calls; each session gets GOODBYE as soon as it has no open calls,
     * at the latest after `limits.drain`. Then the process ends.
     */
    drain: procedure({ result: dict({ sessions: count('how many were open') }) }),
    /**
     * Reads the configuration again and applies it, or with `dry_run` only says what would change. A configuration with mistakes changes
     * nothing: the error `trunkline.error.reload_failed` has a text for each.
     */
    reload: procedure({
      kwargs: choices({ dry_run: flag('default false') }),
      result: dict({
        changes: list(text(), 'each change in a line'),
        need_restart: list(text(), 'keys whose change takes effect when the router is started again; not known of a dry run'),
        sessions_ended: count('sessions that the new configuration does not admit; 0 of a dry run'),
        revoked: count('subscriptions and registrations that it does not allow; 0 of a dry run'),
      }),
      errors: { noConfiguration },
    }),
    /** Sets which lines the router logs, until it is stopped: all, warnings, or none. Access and audit logs stay. */
    setLogLevel: procedure({
      uri: 'set_log_level',
      args: (level = oneOf(LOG_LEVELS)) => [level],
      result: dict({ before: oneOf(LOG_LEVELS), level: oneOf(LOG_LEVELS) }),
    }),
  },
  { version: '1.0.0', title: 'Admin API' },
)
