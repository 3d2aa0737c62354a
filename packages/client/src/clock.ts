// Time as a port, so that a simulation can drive a client. The only file of the client that touches real timers.

/** What the client needs of time. */
export interface Clock {
  /** Calls `callback` once after `delayMs`, unless the function returned is called before. */
  setTimer(callback: () => void, delayMs: number): () => void
}

/** The platform's timers. */
export const systemClock: Clock = {
  setTimer(callback, delayMs) {
    // A longer delay would fire at once.
    const timer = setTimeout(callback, Math.min(delayMs, 2 ** 31 - 1))
    return () => clearTimeout(timer)
  },
}
