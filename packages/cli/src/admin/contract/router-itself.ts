// What is viewed of the router itself: its state, its limits, its configuration, the nodes.

import { procedure, topic } from '@trunkline/contract'
import { LOG_LEVELS } from '../../leveled-log.ts'
import { anything, byName, choices, count, dict, flag, list, number, oneOf, shortText, text } from '../schemas.ts'
import { actor, MISSING, moment, noConfiguration, noSuchRealm } from './common.ts'
import { realm } from './pages.ts'

const limit = dict({ limit: text('its name'), hits: count('sessions and requests that it refused, since the router was started') })
const LEVELS = {
  log_level: oneOf(LOG_LEVELS, 'of all areas without one of their own, of the router that answers'),
  log_areas: byName(oneOf(LOG_LEVELS), 'the areas of the log that have a level of their own'),
}

const DELAY = dict(
  { mean: number(), p99: number(), max: number() },
  'how late timers were, in the last 10 to 20 s: how long everything else waits',
)

const MEMORY = dict({ rss: count(), heap_used: count(), heap_total: count(), external: count(), array_buffers: count() }, 'octets')
const TRAFFIC = dict(
  { messages_in: count(), octets_in: count(), messages_out: count(), octets_out: count() },
  'of all connections, since it was started',
)

const nodeStatus = dict({
  node: text('its name'),
  host: text('its machine'),
  version: text('of Trunkline'),
  own: flag('whether it is a process of the router that answers'),
  pid: count('the id of its process'),
  state: oneOf(['running', 'draining']),
  uptime_seconds: count(),
  sessions: count(),
  connections: count(),
  queued_bytes: count(),
  memory: MEMORY,
  cpu_seconds: number('processor time that it has used'),
  event_loop_delay_ms: DELAY,
  traffic: TRAFFIC,
})

export const routerItself = {
  /** The router at this moment, with all nodes of its cluster. */
  status: procedure({
    result: dict({
      version: text('of Trunkline'),
      node_version: text('the version of Node'),
      router: text('the name of the router that answers; empty where it stands alone as one process'),
      pid: count('the id of its process; of several the first, which starts the others'),
      state: oneOf(['running', 'draining'], 'of the router that answers'),
      since: moment('when that was started'),
      uptime_seconds: count(),
      cpu_seconds: number('processor time that it has used'),
      event_loop_delay_ms: DELAY,
      memory: MEMORY,
      traffic: TRAFFIC,
      queued_bytes: count('octets queued for all sessions; the same event counts once'),
      connections: count('with or without a session'),
      calls_open: count('calls without their final answer'),
      listeners: list(text(), 'the addresses of those of the router that answers'),
      realms: count(),
      sessions: count(),
      procedures: count(),
      topics: count(),
      ...LEVELS,
      counters: byName(number(), 'what the router has counted since it started'),
      nodes: list(
        nodeStatus,
        'the nodes that answered, of which each is a process, where there are several: numbers above are sums of theirs, and of delays the ' +
          'longest. Empty where there is one',
      ),
      missing: MISSING,
    }),
    idempotent: true,
  }),
  /** What a contract of the realm, or this one, says of a procedure or topic; null where none says anything. */
  contract: procedure({
    args: (kind = oneOf(['procedure', 'topic']), uri = shortText('without parameters')) => [kind, uri],
    kwargs: choices({ realm: shortText('absent: the realm in which this API is offered') }),
    result: anything('the entry of the contract file, or null'),
    errors: { noSuchRealm },
    idempotent: true,
  }),
  /** The other nodes of the cluster, as the node that answers sees them: those of which was heard in the last 10 minutes. */
  nodes: procedure({
    result: dict({
      node: text('the name of the node that answers; empty where the router stands alone'),
      nodes: list(
        dict({
          node: text('its name'),
          host: text('its machine'),
          state: oneOf(
            ['joining', 'up', 'draining', 'left', 'incompatible', 'lost'],
            'left: it stopped and said so; incompatible: it speaks no version of the protocol between nodes that this one speaks; ' +
              'lost: there is no link to it',
          ),
          queued_bytes: count('octets that wait for it'),
          packets_resent: count('packets that were sent to it again'),
          round_trip_ms: number('how long it takes to acknowledge; 0 as long as none was measured'),
          clock_ahead_ms: number('how far its clock is ahead of that of the node that answers'),
          other_settings: list(text(), 'realms that it serves by other settings than the node that answers'),
        }),
      ),
    }),
    idempotent: true,
  }),
  /** The limits that refused sessions or requests, those with most hits first. */
  limits: procedure({ result: dict({ limits: list(limit), missing: MISSING }), idempotent: true }),
  /** What has changed since the last of these events: one a second at most, however much changes, and none where nothing has. */
  changed: topic({
    args: (
      change = dict({
        router: text('the router that has noticed it, as in the status; each notices what comes and goes at its own nodes'),
        realms: list(realm, 'where sessions, procedures or topics came or went, with their numbers now; at most 100'),
        more_realms: count('further ones'),
        removed_realms: list(text(), 'at most 100'),
        sessions_opened: count('in all realms'),
        sessions_closed: count('in all realms'),
        joined: list(dict({ realm: text(), ...actor }), 'the sessions that were opened; empty where they are more than 20'),
        left: list(dict({ realm: text(), ...actor }), 'the sessions that were closed; empty where they are more than 20'),
        limits: list(limit, 'those with new hits, at the nodes of that router'),
        state: oneOf(['running', 'draining'], 'of that router'),
        ...LEVELS,
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
}
