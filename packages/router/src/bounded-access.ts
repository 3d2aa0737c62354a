// Limits the rate of an access log: not too many visits of one client, each logged whole or not at all. Counts each visit that it
// drops.

import type { LogBounds } from './bounded-log.ts'
import { BoundedLog, shortened, SILENT } from './bounded-log.ts'
import type { Counters } from './core/index.ts'
import type { Access, Clock, Log, LogFields, Visit } from './core/ports/index.ts'

/** An access log with a bounded rate for each user, and for each address without one. */
export function boundedAccess(access: Access, clock: Clock, counters: Counters): Access {
  const refusals = new BoundedVisits(access, (log) => new BoundedLog(log, clock, counters))
  const joins = new BoundedVisits(access, (log) => new BoundedLog(log, clock, counters, JOINS))
  /** Open sessions whose join was not logged; their end is not logged either. */
  const unreported = new Set<number | undefined>()
  return (visit) => {
    if (visit.event === 'refused') refusals.report(visit)
    else if (visit.event === 'joined') {
      if (!joins.report(visit)) unreported.add(visit.session)
    } else if (!unreported.delete(visit.session)) access(shortened(visit))
  }
}

class BoundedVisits {
  readonly #access: Access
  readonly #log: BoundedLog
  #visit: Visit | undefined
  #isReported = false

  constructor(access: Access, bound: (log: Log) => BoundedLog) {
    this.#access = access
    this.#log = bound({ ...SILENT, info: (_event, fields) => this.#write(fields), isLogged: () => true })
  }

  /** Returns whether there was room for it. */
  report(visit: Visit): boolean {
    this.#visit = visit
    this.#isReported = false
    this.#log.info(visit.event, whoseRate(visit))
    return this.#isReported
  }

  #write({ suppressed }: Readonly<Record<string, unknown>>): void {
    if (this.#visit === undefined) return
    this.#isReported = true
    this.#access(shortened(typeof suppressed === 'number' ? { ...this.#visit, suppressed } : this.#visit))
  }
}

/** A user has a rate of its own, so that it takes nothing from others at the same address. */
function whoseRate({ event, realm, authid, authmethod, address, peer }: Visit): LogFields {
  const isStranger = event === 'refused' || authmethod === 'anonymous'
  return { area: 'sessions', ...(isStranger ? { peer, address } : { peer: `user ${JSON.stringify([realm, authid])}` }) }
}

/** High enough to log all visits of an office or a fleet of devices that reconnects at once. */
const JOINS: LogBounds = { peerRate: { burst: 1_000, perSecond: 20 }, mostBuckets: 100_000 }
