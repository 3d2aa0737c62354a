// How long a scenario may take. Measures nothing.

import type { Feature } from '../features/feature.ts'
import type { FeatureDeviation } from './deviation.ts'

/** Ends a scenario that hangs. A machine with other things to do starts programs slowly, and their first calls are slow too. */
const LONGEST_MS = 60_000
/** The same where nothing comes, as is known. */
const KNOWN_MS = 2_000

export type Patience = (feature: Feature, serializer: string) => number

/** That for a client by what is known of it. */
export function patienceWith(client: string, deviations: readonly FeatureDeviation[]): Patience {
  return (feature, serializer) => {
    const isKnown = deviations.some(
      (row) =>
        row.client === client &&
        row.feature === feature &&
        (row.serializers?.includes(serializer) ?? true) &&
        row.shows.test(`nothing within ${KNOWN_MS} ms`),
    )
    return isKnown ? KNOWN_MS : LONGEST_MS
  }
}
