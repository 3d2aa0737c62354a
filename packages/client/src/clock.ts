// Time as a port, so that a simulation can drive a client. Only this file of the client uses real timers.

/** The timers that the client needs. */
export interface Clock {
  /** Calls `callback` once after `delayMs`, unless the returned function was called first. */
  setTimer(callback: () => void, delayMs: number): () => void
}

/** The platform's timers. */
export const systemClock: Clock = {
  setTimer(callback, delayMs) {
    // `setTimeout` would end a longer delay at once.
    const timer = setTimeout(callback, Math.min(delayMs, 2 ** 31 - 1))
    return () => clearTimeout(timer)
  },
}
