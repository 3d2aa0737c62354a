// Waits for a promise, until the user stops the command or a time limit ends.

/** The signal by which the user stopped a command. */
export type StopReason = 'SIGINT' | 'SIGTERM'

/** The user stopped a command before it was done. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
  readonly signal: StopReason

  constructor(signal: StopReason) {
    super(`stopped by ${signal}`)
    this.signal = signal
  }
}

/** No answer arrived within the time limit of the user. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError'
  readonly code = 'TL_NO_ANSWER'

  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs} ms`)
  }
}

/**
 * Waits for a promise.
 * @param stop aborted with a {@link StopReason}
 * @throws {Interrupted} when `stop` comes first
 * @throws {NoAnswerError} when the time limit ends first
 */
export async function orStopped<T>(promise: Promise<T>, stop: AbortSignal, timeoutMs?: number): Promise<T> {
  const settled = new AbortController()
  const stopped = new Promise<never>((_, reject) => {
    const interrupt = (): void => reject(new Interrupted(stop.reason as StopReason))
    if (stop.aborted) return interrupt()
    stop.addEventListener('abort', interrupt, { signal: settled.signal })
    if (timeoutMs === undefined) return
    const timer = setTimeout(() => reject(new NoAnswerError(timeoutMs)), timeoutMs)
    settled.signal.addEventListener('abort', () => clearTimeout(timer))
  })
  try {
    return await Promise.race([promise, stopped])
  } finally {
    settled.abort()
  }
}

/** Resolves when a signal is aborted. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
