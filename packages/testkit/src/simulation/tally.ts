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
  readonly byKind = new Map<string, number>()

  count(kind: string): void {
    this.byKind.set(kind, (this.byKind.get(kind) ?? 0) + 1)
  }
}
