// The error of `trunkline health`.

/** The router answered that it is not ready. */
export class NotReadyError extends Error {
  override readonly name = 'NotReadyError'
  readonly code = 'TL_NOT_READY'
}
