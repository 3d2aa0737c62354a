// The error that is thrown when a router or a client broke a rule.

export class SimulationFailure extends Error {
  override readonly name = 'SimulationFailure'
  /** `model`, or the promise that was broken: L1 … L6, R1 … R6, B1, B2, B5, `authorization`, `close`, `client`. */
  readonly invariant: string

  constructor(invariant: string, message: string) {
    super(message)
    this.invariant = invariant
  }
}
