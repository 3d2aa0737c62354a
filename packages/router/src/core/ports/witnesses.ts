// Who watches a router. Types only.

import type { Tracer } from './tracer.ts'
import type { ChangeWitness, TrafficWitness } from './witness.ts'

/** Who watches a router; none by default. */
export interface Witnesses {
  /** While it is set, each routed message is shown to it. */
  traffic: TrafficWitness | undefined
  changes: ChangeWitness | undefined
  /** While it is set, it may make spans of each routed call and event. */
  tracer: Tracer | undefined
}
