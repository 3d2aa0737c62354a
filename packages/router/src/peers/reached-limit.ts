// A limit that stands against a connection or a session, and how its client is told.

import type { AbortMessage } from '@trunkline/protocol'
import { abort, uris } from '@trunkline/protocol'
import type { ReachedLimit } from '../core/ports/index.ts'

/** The ABORT that tells of it. */
export function limitReached({ limit, value }: ReachedLimit): AbortMessage {
  const message = `no more than ${value} ${limit}`
  return { ...abort(uris.LIMIT_EXCEEDED, message), details: { message, limit, value } }
}
