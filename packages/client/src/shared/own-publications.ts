// The publications of a peer that were published to all, and that it must not receive itself.

import type { EventMessage } from '@trunkline/protocol'
import { remember } from '../calls/ids-seen.ts'

export class OwnPublications {
  /** The latest ones. */
  readonly #ids = new Set<number>()
  /** Requests without an answer, in their order. */
  readonly #inFlight = new Set<number>()
  /** Events that may be one of those, each with the latest request before it. */
  readonly #held: { readonly event: EventMessage; readonly after: number }[] = []

  sent(request: number): void {
    this.#inFlight.add(request)
  }

  /**
   * Takes the answer to a request, and returns the held events that are now known to be others'.
   * @param publication undefined when it was refused
   */
  answered(request: number, publication: number | undefined): EventMessage[] {
    if (publication !== undefined) remember(this.#ids, publication)
    this.#inFlight.delete(request)
    const [oldest = Infinity] = this.#inFlight
    const known = this.#held.findIndex(({ after }) => after >= oldest)
    const events = this.#held.splice(0, known < 0 ? this.#held.length : known).map(({ event }) => event)
    return events.filter((event) => !this.#ids.has(event.publication))
  }

  /** Whether an event is known to be another's. */
  passes({ publication }: EventMessage): boolean {
    return !this.#ids.has(publication)
  }

  /**
   * As {@link passes}, of a router that may send an event before the answer to its publication: an event that may be the peer's own is
   * held until the answers are there.
   * @param last the latest request
   */
  passesInAnyOrder(event: EventMessage, last: number): boolean {
    if (this.#inFlight.size === 0) return this.passes(event)
    this.#held.push({ event, after: last })
    return false
  }
}
