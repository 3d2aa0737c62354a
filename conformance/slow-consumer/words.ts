// The options of the load, and its results. Types only.

export type Scenario = 'events' | 'calls'

export interface LoadSpec {
  readonly scenario: Scenario
  /** Of the others. */
  readonly url: string
  readonly rawSocketPort: number
  readonly warmupSeconds: number
  readonly seconds: number
  /** Whether the one in question reads. The load is the same. */
  readonly isStopped: boolean
}

export interface LoadResult {
  /** Of the others, in milliseconds. */
  readonly p50: number
  readonly p99: number
  /** So many were measured; */
  readonly count: number
  /** and so many not counted, because the machine was slow at that time. */
  readonly leftOut: number
  /** Events or answers that did not come to the others. */
  readonly lost: number
}
