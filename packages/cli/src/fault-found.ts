// What a command was asked to look for, and found. The command ends with exit code 1.

/** What was looked at is wrong. */
export class FaultFound extends Error {
  override readonly name = 'FaultFound'
  readonly code: 'TL_MESSAGE' | 'TL_STORE_FAULT' | 'TL_DOCTOR' | 'TL_BENCH' | 'TL_CONFORMANCE'

  constructor(code: FaultFound['code'], message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}
