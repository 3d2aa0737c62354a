// What a row of the table of deviations says. Types only.

import type { Feature } from '../features/feature.ts'
import type { NeutralValues } from '../protocol.ts'

interface Row {
  readonly client: string
  /** One sentence. */
  readonly reason: string
  /** Default: all. */
  readonly serializers?: readonly string[]
}

/** The direction of values between a client and its application. */
export type Step = 'sends arguments' | 'receives arguments' | 'sends result' | 'receives result' | 'sends event' | 'receives event'

/** A client loses or changes a value in a round trip between a pair of clients. */
export interface ValueDeviation extends Row {
  readonly steps: readonly Step[]
  readonly cases: RegExp
  /** The values after the step. Without it the client cannot survive the case, which is left out and counted separately. */
  readonly becomes?: (values: NeutralValues) => NeutralValues
}

/** A scenario of a feature ends with an error. */
export interface FeatureDeviation extends Row {
  readonly feature: Feature
  /** The error. */
  readonly shows: RegExp
  /** It depends on the timing of threads, so the scenario may also succeed. */
  readonly isOccasional?: true
}

export type Deviation = ValueDeviation | FeatureDeviation

/** Why a client's users cannot use a feature. */
export type NotOffered = Readonly<Record<string, Readonly<Partial<Record<Feature, string>>>>>
