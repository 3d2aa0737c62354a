// What Crossbar.io lacks, and what it does differently from the specification, by transport. A row that no longer holds is a
// failure, so that it is noticed. Nothing of our client belongs here.

import type { Feature } from '../interop/features/feature.ts'
import type { FeatureDeviation, NotOffered } from '../interop/known/deviation.ts'

const TRANSPORTS = ['websocket', 'rawsocket'] as const

const NO_CHUNKS = 'has no progressive call invocations'

const LACKING: Readonly<Partial<Record<Feature, string>>> = {
  progressive_invocations: NO_CHUNKS,
  progressive_invocations_callee: NO_CHUNKS,
  payload_passthru: 'has an older form of its own, payload transparency',
  scram: "has SCRAM in Autobahn's dialect only, see the next row",
}

export const NOT_OFFERED: NotOffered = Object.fromEntries(TRANSPORTS.map((transport) => [transport, LACKING]))

const ROWS: readonly Omit<FeatureDeviation, 'client'>[] = [
  {
    feature: 'session_meta',
    shows: /^a session that is gone: "wamp.error.runtime_error"/,
    reason: 'answers `wamp.session.get` of a session that is gone by `wamp.error.runtime_error`',
  },
  {
    feature: 'event_history',
    shows: /^the last publications: /,
    reason: 'hands past events out newest first, and some time after they were published',
  },
]

export const DEVIATIONS: readonly FeatureDeviation[] = TRANSPORTS.flatMap((client) => ROWS.map((row) => ({ client, ...row })))
