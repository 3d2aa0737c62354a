// What was simulated, in numbers.

export class Tally {
  seeds = 0
  steps = 0
  inputs = 0
  messagesIn = 0
  messagesOut = 0
  connections = 0
  slowConsumers = 0
  checks = 0
  /** Simulated seconds. */
  seconds = 0
  /** Steps by kind. */
  readonly byKind = new Map<string, number>()
  /** Messages of the router by type; an ERROR by the URI of the error, an ABORT by its reason. */
  readonly byAnswer = new Map<string, number>()

  count(kind: string): void {
    increase(this.byKind, kind)
  }

  /** Takes note of a message of the router. */
  note(list: readonly unknown[]): void {
    const [type] = list
    if (type === 8) increase(this.byAnswer, `8 ${String(list[1])} ${String(list[4])}`)
    else increase(this.byAnswer, type === 3 || type === 6 ? `${type} ${String(list[2])}` : String(type))
  }
}

function increase(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
