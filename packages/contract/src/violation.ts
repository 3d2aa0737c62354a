// The error of a payload that is not as its contract declares it.

import type { Fault } from './check.ts'

/**
 * A payload is not as declared: a result that came, or an error with its `cause`; with `check: 'both'` also what was to be sent, which was
 * not. Callers get `wamp.error.invalid_argument` for wrong arguments.
 */
export class ContractViolation extends Error {
  override readonly name = 'ContractViolation'
  readonly code = 'TL_CONTRACT'
  /** Of the procedure or topic, as the contract has it. */
  readonly uri: string
  readonly faults: readonly Fault[]

  /** @param what `the result`, for the message */
  constructor(what: string, uri: string, faults: readonly Fault[], options?: { cause?: unknown }) {
    super(`${what} of ${uri}: ${textOf(faults)}`, options)
    this.uri = uri
    this.faults = faults
  }
}

/** Faults as one line. */
export function textOf(faults: readonly Fault[]): string {
  return faults.map(({ path, message }) => `${path}: ${message}`).join('; ')
}
