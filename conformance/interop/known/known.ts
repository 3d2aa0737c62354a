// What a run of scenarios has to know of a client, from the tables. Judges nothing.

import type { Known } from '../features/scenarios.ts'
import { FEATURE_DEVIATIONS } from './deviations.ts'
import { NOT_OFFERED } from './not-offered.ts'
import { patienceWith } from './patience.ts'

export function knownOf(client: string): Known {
  return { leaveOut: new Set(Object.keys(NOT_OFFERED[client] ?? {})), patience: patienceWith(client, FEATURE_DEVIATIONS) }
}
