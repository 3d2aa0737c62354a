// The error of a worker that could not start.

/** A worker could not start. Its own output says why. */
export class WorkerFailed extends Error {
  override readonly name = 'WorkerFailed'
  /** Its exit code; undefined after a signal. */
  readonly exitCode: number | undefined

  constructor(exitCode: number | undefined, signal: string | undefined) {
    super(`a worker ended at its start, ${signal === undefined ? `with exit code ${exitCode}` : `by ${signal}`}`)
    this.exitCode = exitCode
  }
}
