// Time, turns and ids. Types only.

/** Runs each task in a later turn, in the order of the calls. */
export interface Scheduler {
  defer(task: () => void): void
}

/** Dates and durations have separate clocks, because the date can be set from outside. */
export interface Clock {
  /** Milliseconds since 1970, UTC: only for dates, such as the expiry of a token. It may jump forwards and backwards. */
  now(): number
  /** Milliseconds since an arbitrary start: for all durations and time limits. Never goes back. */
  monotonic(): number
}

/** Cuts off work that takes too long. */
export interface TimeLimit {
  /**
   * Runs a task that changes nothing that lasts, since it may be cut off anywhere.
   * @returns its result; `late` when it was cut off
   */
  run<Result>(task: () => Result, late: Result): Result
}

/** The timer that wakes the router. */
export interface Alarm {
  /** Calls the router's `tick` at this time of {@link Clock.monotonic} or soon after; replaces any time set before. */
  set(at: number): void
}

/** Random identifiers. */
export interface Ids {
  /** A random id of global scope, uniform over 1 … 2^53-1 (specification: "Identifiers"). */
  random(): number
  /** An id of router scope: this router never repeats one. */
  sequential(): number
  /** An integer from 0 to `below` - 1, uniform. */
  choose(below: number): number
}
