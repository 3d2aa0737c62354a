// Metrics as data: what a metric is called and means, and its values at one moment. Types only.

/** One metric. Its key in a table is the name of its samples, by the conventions of Prometheus. */
export interface Metric {
  /** An `info` has the value 1, and says everything in its labels. */
  readonly type: 'counter' | 'gauge' | 'histogram' | 'info'
  /** The base unit, which the name ends with, before `_total`. */
  readonly unit?: 'bytes' | 'seconds'
  /** What the values of several processes of one router are together. Default: their sum. */
  readonly across?: 'max' | 'min'
  /** The names of its labels. */
  readonly labels: readonly string[]
  readonly help: string
}

/** Metrics by name. */
export type MetricTable = Readonly<Record<string, Metric>>

/** One series. */
export interface Reading {
  /** In the order of the metric's labels. */
  readonly labels: readonly string[]
  readonly value: number | HistogramReading
}

/** A histogram: counts of values by their upper bounds. */
export interface HistogramReading {
  /** Ascending, without infinity. */
  readonly bounds: readonly number[]
  /** One count for each bound and one for what is above all; not cumulative. */
  readonly counts: ArrayLike<number>
  readonly sum: number
}

/** The values of a table's metrics: a number stands for one series without labels. */
export type Readings<Name extends string = string> = Readonly<Record<Name, number | readonly Reading[]>>

/** Metrics with the function that reads them. */
export interface MetricSource<Table extends MetricTable = MetricTable> {
  readonly table: Table
  /** Called at each scrape. */
  readonly read: () => Readings<Extract<keyof Table, string>>
}
