// How long calls take, by the patterns that a configuration and contracts name: the URIs of clients make no series of their own.

import type { Call, CallRequest } from './call.ts'
import { Histogram } from './histogram.ts'
import type { ProcedureNames } from '../matching/procedure-names.ts'
import type { Clock } from '../ports/clock.ts'

/** Durations of calls to the procedures of one name in one realm. */
export class CallSeries {
  readonly realm: string
  /** A pattern or URI of the configuration or of a contract, or `all others`. */
  readonly procedure: string
  readonly durations = new Histogram(BOUNDS)
  /** Calls since the last second began. */
  recent = 0

  constructor(realm: string, procedure: string) {
    this.realm = realm
    this.procedure = procedure
  }
}

/** A realm by its name, with the names of its procedures. */
interface Measured {
  readonly name: string
  readonly clock: Clock
  readonly settings: { readonly procedureNames: ProcedureNames }
}

/** In seconds. */
const BOUNDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
/** For all that has no series of its own. No realm, pattern or URI can have that name. */
const OTHER = 'all others'
const REST = `${OTHER} ${OTHER}`
const MOST_SERIES = 200
/** To time a call costs a few hundredths of it: of more calls than these in a second of one series, one in eight is timed, and counts for all. */
const ALL_TIMED = 1_000
const STRIDE = 8

export class CallDurations {
  readonly #series = new Map<string, CallSeries>()
  #isOn = false

  /** Whether calls are timed: without it the clock is not read for a call. */
  get isOn(): boolean {
    return this.#isOn
  }

  /** Times the calls that come from now on. */
  start(): void {
    this.#isOn = true
  }

  /** At most 200, and one for the rest. */
  get series(): Iterable<CallSeries> {
    return this.#series.values()
  }

  /** Begins to time a call, or one in several. */
  begin(call: Call, { registration, procedure }: Pick<CallRequest, 'registration' | 'procedure'>, realm: Measured): void {
    // Of a pattern the name depends on the procedure; most registrations are for one procedure.
    const isOne = registration.match === 'exact'
    const series = isOne ? (registration.series ??= this.#seriesOf(procedure, realm)) : this.#seriesOf(procedure, realm)
    const areMany = ++series.recent > ALL_TIMED
    if (areMany && series.recent % STRIDE !== 0) return
    call.timing = { durations: series.durations, begun: realm.clock.monotonic(), weight: areMany ? STRIDE : 1 }
  }

  /** Called about once a second. */
  tick(): void {
    for (const series of this.#series.values()) series.recent = 0
  }

  #seriesOf(procedure: string, { name, settings }: Measured): CallSeries {
    return this.#named(name, settings.procedureNames.of(procedure))
  }

  #named(realm: string, procedure: string = OTHER): CallSeries {
    const key = `${realm} ${procedure}`
    const known = this.#series.get(key)
    if (known !== undefined) return known
    if (this.#series.size >= MOST_SERIES && key !== REST) return this.#named(OTHER)
    const series = new CallSeries(realm, procedure)
    this.#series.set(key, series)
    return series
  }
}
