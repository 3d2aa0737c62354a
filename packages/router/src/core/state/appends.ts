// Counts what became of publications to durable topics, and how long their store took. Only counts.

import type { StoreError } from '../ports/event-store.ts'
import { Histogram } from './histogram.ts'

/** Stored, stored before by its key, or why not. */
export type AppendOutcome = 'stored' | 'repeated' | StoreError

/** In seconds. */
const BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export class Appends {
  readonly counts: Record<AppendOutcome, number> = { stored: 0, repeated: 0, full: 0, busy: 0, keys: 0, closed: 0, damaged: 0 }
  /** Of those that were stored. */
  readonly durations = new Histogram(BOUNDS)

  /** @param milliseconds from PUBLISH to PUBLISHED */
  note(outcome: AppendOutcome, milliseconds: number): void {
    this.counts[outcome]++
    if (outcome === 'stored') this.durations.add(milliseconds / 1000)
  }
}
