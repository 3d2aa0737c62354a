// Time, turns, ids and the log. Types only.

/** Runs a task in a later turn, tasks in the order of their calls. */
export interface Scheduler {
  defer(task: () => void): void
}

/** Time: dates and durations are counted by clocks of their own, since the first is set from outside. */
export interface Clock {
  /** Milliseconds since 1970, UTC: only for what is a date, such as the end of a token. It may jump, also backwards. */
  now(): number
  /** Milliseconds since an unknown beginning: for all durations and limits of time. Never goes back. */
  monotonic(): number
}

/** One timer, which wakes the router. */
export interface Alarm {
  /** Has the router's `tick` called at this time of {@link Clock.monotonic} or soon after, in place of any time set before. */
  set(at: number): void
}

/** Random identifiers. */
export interface Ids {
  /** A random id of global scope, uniform over 1 … 2^53-1 (specification: "Identifiers"). */
  random(): number
  /** An id of router scope: never given before by this router. */
  sequential(): number
  /** An integer from 0 to `below` - 1, uniform. */
  choose(below: number): number
}

/** A line for the log: one input makes at most one. `fields` never hold payload or secrets. */
export interface Log {
  warn(event: string, fields: Readonly<Record<string, unknown>>): void
  info(event: string, fields: Readonly<Record<string, unknown>>): void
}
