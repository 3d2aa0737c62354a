// What calls and the callee need of their session. Types only.

import type { Clock } from './clock.ts'
import type { Explain } from './exceptions.ts'
import type { PayloadCodec } from './passthru.ts'
import type { PendingRequests } from './pending.ts'
import type { Report } from './report.ts'
import type { RouterRole } from './router-features.ts'

/** What the two halves of calls need of their session. */
export interface SessionContext {
  readonly requests: PendingRequests
  readonly codec: PayloadCodec
  readonly clock: Clock
  readonly report: Report
  /** What a caller is told of an exception, which is reported. */
  readonly explain: Explain
  /** Calls that were given up before their answer, the latest of them. */
  readonly abandoned: Set<number>
  supports(role: RouterRole, feature: string): boolean
}
