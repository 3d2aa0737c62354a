// Waiting for something while the user may stop the command or time may run out. Knows no WAMP.

/** By what the user asked a command to stop. */
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

/** No answer came within the time that the user gave. */
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
 * @throws {NoAnswerError} when the time is over first
 */
export async function orStopped<T>(promise: Promise<T>, stop: AbortSignal, timeoutMs?: number): Promise<T> {
  const giveUp = new AbortController()
  const stopped = new Promise<never>((_, reject) => {
    const interrupt = (): void => reject(new Interrupted(stop.reason as StopReason))
    if (stop.aborted) return interrupt()
    stop.addEventListener('abort', interrupt, { signal: giveUp.signal })
    if (timeoutMs === undefined) return
    const timer = setTimeout(() => reject(new NoAnswerError(timeoutMs)), timeoutMs)
    giveUp.signal.addEventListener('abort', () => clearTimeout(timer))
  })
  try {
    return await Promise.race([promise, stopped])
  } finally {
    giveUp.abort()
  }
}

/** Resolves when a signal is aborted. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
