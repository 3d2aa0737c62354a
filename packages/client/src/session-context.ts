// The interface of a session for its caller and callee.

import type { Clock } from './clock.ts'
import type { Explain } from './exceptions.ts'
import type { PayloadCodec } from './passthru.ts'
import type { PendingRequests } from './pending.ts'
import type { Report } from './report.ts'
import type { RouterRole } from './router-features.ts'

/** The parts of a session that its caller and callee use. */
export interface SessionContext {
  readonly requests: PendingRequests
  readonly codec: PayloadCodec
  readonly clock: Clock
  readonly report: Report
  /** Reports an exception and makes the error for the caller. */
  readonly explain: Explain
  /** The latest calls that were abandoned before their answer. */
  readonly abandoned: Set<number>
  supports(role: RouterRole, feature: string): boolean
}
