// Shares one event listener at each AbortSignal among many callers, since Node warns of more than ten at one signal.

import { UsageError } from '@trunkline/protocol'

/** @throws {UsageError} for what is no AbortSignal */
export function checkSignal(signal: AbortSignal): void {
  if (typeof signal.addEventListener !== 'function') throw new UsageError('signal: expected an AbortSignal')
}

/** The callers that wait, by their signal. */
export class Aborts {
  readonly #waiting = new WeakMap<AbortSignal, Set<{ readonly listener: () => void }>>()

  /** Calls `listener` once when the signal aborts, unless the returned function was called first. Does nothing for an aborted signal. */
  on(signal: AbortSignal, listener: () => void): () => void {
    const waiting = this.#waiting.get(signal) ?? this.#listen(signal)
    const entry = { listener }
    waiting.add(entry)
    return () => {
      waiting.delete(entry)
      if (waiting.size === 0) this.#leave(signal)
    }
  }

  #listen(signal: AbortSignal): Set<{ readonly listener: () => void }> {
    const waiting = new Set<{ readonly listener: () => void }>()
    this.#waiting.set(signal, waiting)
    signal.addEventListener('abort', this.#onAbort, { once: true })
    return waiting
  }

  #leave(signal: AbortSignal): void {
    this.#waiting.delete(signal)
    signal.removeEventListener('abort', this.#onAbort)
  }

  readonly #onAbort = ({ target }: Event): void => {
    const signal = target as AbortSignal
    const waiting = this.#waiting.get(signal) ?? []
    this.#leave(signal)
    for (const { listener } of waiting) listener()
  }
}
