// What was simulated, in numbers.

import { pastEventsIn } from './script.ts'

export class Tally {
  seeds = 0
  steps = 0
  inputs = 0
  messagesIn = 0
  messagesOut = 0
  connections = 0
  slowConsumers = 0
  /** Queries of histories that found events, and how many those were. */
  queries = 0
  pastEvents = 0
  /** Calls that were sent on to another callee. */
  rerouted = 0
  /** Events and notices that reported missed events, and how many those were. */
  gaps = 0
  missed = 0
  checks = 0
  /** What the nodes of clusters have sent one another. */
  frames = 0
  /** Events between nodes that had to come, and those of them that are counted as missed where they did not. */
  due = 0
  uncarried = 0
  /** Simulated seconds. */
  seconds = 0
  /** Steps by kind. */
  readonly byKind = new Map<string, number>()
  /** Messages of the router by type. */
  readonly #byType = new Map<unknown, number>()
  /** ERRORs by the URI of the error, then by the type of the request; ABORTs and GOODBYEs by their reason. */
  readonly #byReason = new Map<unknown, Map<unknown, number>>()

  count(kind: string): void {
    increase(this.byKind, kind)
  }

  /** Counts a message of the router. */
  note(list: readonly unknown[]): void {
    const type = list[0]
    if (type === 8) this.#noteReason(list[4], list[1])
    else if (type === 3 || type === 6) this.#noteReason(list[2], type)
    else increase(this.#byType, type)
    if (type === 50) this.#notePast(pastEventsIn(list).length)
  }

  /** Messages of the router by type; an ERROR by the type of the request and its URI, ABORT and GOODBYE by their reasons. */
  get byAnswer(): ReadonlyMap<string, number> {
    const answers = new Map<string, number>()
    for (const [type, count] of this.#byType) answers.set(String(type), count)
    for (const [reason, counts] of this.#byReason) {
      for (const [type, count] of counts) answers.set(`${type === 3 || type === 6 ? '' : '8 '}${String(type)} ${String(reason)}`, count)
    }
    return answers
  }

  #notePast(events: number): void {
    if (events > 0) this.queries++
    this.pastEvents += events
  }

  #noteReason(reason: unknown, type: unknown): void {
    let counts = this.#byReason.get(reason)
    if (counts === undefined) this.#byReason.set(reason, (counts = new Map()))
    increase(counts, type)
  }
}

function increase<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
