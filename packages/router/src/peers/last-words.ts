// The ABORTs with which the router ends a connection because of a limit. Decides nothing.

import type { AbortMessage } from '@trunkline/protocol'
import { abort, uris } from '@trunkline/protocol'
import type { Bound } from '../core/index.ts'

export const LOGIN_TOOK_TOO_LONG = abort(uris.AUTHENTICATION_FAILED, 'the login took too long')
export const SILENT = abort(uris.SILENT, 'the client sent nothing for the time of limits.silence, not even the answer to a ping')

/** The ABORT for a peer that does not read. */
export function tooSlow(bound: Bound): AbortMessage {
  return abort(uris.SLOW_CONSUMER, SLOW_TEXTS[bound])
}

const SLOW_TEXTS: Readonly<Record<Bound, string>> = {
  queue: 'the session does not read fast enough: more is queued for it than limits.outbox',
  stall: 'the session has taken nothing from its queue for the time of limits.stall',
  total:
    'more octets are queued for all sessions together than limits.outboxTotal, and this session takes the least or its user has the most',
}
