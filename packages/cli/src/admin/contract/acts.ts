// What acts: it ends sessions, stops the router, reads its configuration again, sets what it logs.

import { procedure } from '@trunkline/contract'
import { LOG_LEVELS } from '../../leveled-log.ts'
import { AREAS } from '../../log-areas.ts'
import { choices, count, dict, flag, list, oneOf, shortText, text } from '../schemas.ts'
import { MISSING, noConfiguration, noSuchRealm, noSuchSession } from './common.ts'

export const acts = {
  /** Ends the sessions that have all of what is given, on all nodes; one of `session`, `authid` and `authrole` is needed. The session that calls stays. */
  kick: procedure({
    kwargs: choices({
      session: count('its id'),
      realm: shortText('absent: all realms'),
      authid: shortText(),
      authrole: shortText(),
      reason: shortText('the reason in their GOODBYE, a URI; default `wamp.close.killed`'),
      message: shortText('a text for people, in their GOODBYE'),
    }),
    result: dict({ sessions: count('how many were ended'), missing: MISSING }),
    errors: { noSuchSession, noSuchRealm },
  }),
  /**
   * Stops the router that answers, with all its workers, as SIGTERM does: no new connections, sessions and calls; each session gets GOODBYE as soon as it has no open calls,
   * at the latest after `limits.drain`. Then the process ends.
   */
  drain: procedure({ result: dict({ sessions: count('how many were open') }) }),
  /**
   * The router that answers reads its configuration again and applies it, or with `dry_run` only says what would change. A configuration with mistakes changes
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
  /**
   * Sets which lines the router that answers logs, with all its workers, of one area or of all that have no level of their own, until it is stopped or its configuration names
   * other levels. `default` is what the configuration says, without an area for all. Access and audit logs stay.
   */
  setLogLevel: procedure({
    uri: 'set_log_level',
    args: (level = oneOf([...LOG_LEVELS, 'default'])) => [level],
    kwargs: choices({ area: oneOf(AREAS) }),
    result: dict({ before: oneOf(LOG_LEVELS), level: oneOf(LOG_LEVELS), missing: MISSING }),
  }),
}
