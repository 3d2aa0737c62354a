// What operators should see of other nodes, without repeating it all the time.

import type { Clock } from '../core/ports/index.ts'
import type { Incident } from './membership-ports.ts'

const REPEATED_MS = 60_000
/** Incidents that are remembered; more are not reported at all for a minute. */
const MOST = 1_000

/** Reports each incident of each node at most once a minute. */
export class Incidents {
  readonly #clock: Clock
  readonly #report: (incident: Incident) => void
  readonly #last = new Map<string, number>()

  constructor(clock: Clock, report: (incident: Incident) => void) {
    this.#clock = clock
    this.#report = report
  }

  report(incident: Incident): void {
    const now = this.#clock.monotonic()
    const key = keyOf(incident)
    const last = this.#last.get(key)
    if (last !== undefined && now - last < REPEATED_MS) return
    if (last === undefined && this.#last.size >= MOST && !this.#forget(now)) return
    this.#last.set(key, now)
    this.#report(incident)
  }

  /** @returns whether there is room now */
  #forget(now: number): boolean {
    for (const [key, at] of this.#last) if (now - at >= REPEATED_MS) this.#last.delete(key)
    return this.#last.size < MOST
  }
}

function keyOf(incident: Incident): string {
  switch (incident.kind) {
    case 'stranger':
    case 'malformed':
    // Names may be made up: all count as one.
    case 'crowd': {
      return incident.kind
    }
    default: {
      return `${incident.kind} ${incident.node}`
    }
  }
}
