// The account of a run: what was done and what went wrong. A run counts only if nothing went wrong.

/** Everything that must be 0. */
export interface Faults {
  /** Sent, but its answer or its delivery never came. */
  lost: number
  /** Deliveries missing before one that came. */
  gaps: number
  /** Answers or deliveries out of order. */
  orderViolations: number
  /** Messages with a wrong content. */
  bad: number
  /** ERRORs, refusals, connections that broke. */
  errors: number
}

const MOST_NOTES = 8

export class Account {
  /** Calls answered, events delivered, sessions opened: what the scenario counts. */
  done = 0
  readonly faults: Faults = { lost: 0, gaps: 0, orderViolations: 0, bad: 0, errors: 0 }
  readonly notes: string[] = []

  bad(what: string): void {
    this.faults.bad++
    this.note(what)
  }

  error(what: string): void {
    this.faults.errors++
    this.note(what)
  }

  note(what: string): void {
    if (this.notes.length < MOST_NOTES) this.notes.push(what)
  }
}

/** Whether nothing at all went wrong. */
export function isClean(faults: Faults): boolean {
  return Object.values(faults).every((count) => count === 0)
}
