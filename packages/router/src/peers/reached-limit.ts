// The answer to a client that would exceed a limit.

import type { AbortMessage } from '@trunkline/protocol'
import { abort, uris } from '@trunkline/protocol'
import type { ReachedLimit } from '../core/ports/index.ts'

/** The ABORT that names the limit. */
export function limitReached({ limit, value }: ReachedLimit): AbortMessage {
  const message = `no more than ${value} ${limit}`
  return { ...abort(uris.LIMIT_EXCEEDED, message), details: { message, limit, value } }
}
