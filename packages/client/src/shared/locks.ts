// How one end of a port notices that the other has died without a word: each holds a lock while it lives (Web Locks).

export interface Locks {
  /** Resolves when the lock is held, to the function that releases it. The platform releases it when this program dies. */
  hold(name: string): Promise<() => void>
  /** Calls `onFree` when the lock is free, unless the returned function was called first. */
  whenFree(name: string, onFree: () => void): () => void
}

/** The platform's locks; undefined where it has none, as in pages without HTTPS. */
export function systemLocks(): Locks | undefined {
  const locks = (globalThis.navigator as Partial<Navigator> | undefined)?.locks
  if (locks === undefined) return undefined
  return {
    hold: (name) =>
      new Promise((resolve, reject) => {
        locks.request(name, () => new Promise<void>((release) => resolve(release))).catch(reject)
      }),
    whenFree(name, onFree) {
      const waiting = new AbortController()
      const isOver = (): boolean => waiting.signal.aborted
      locks
        .request(name, { signal: waiting.signal }, () => (isOver() ? undefined : onFree()))
        .catch(() => {
          // Aborted: the wait has ended.
        })
      return () => waiting.abort()
    },
  }
}

/** A name that is used once. */
export function lockName(of: 'tab' | 'worker'): string {
  return `trunkline.${of}.${crypto.randomUUID()}`
}
