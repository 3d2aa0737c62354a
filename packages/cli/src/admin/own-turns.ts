// Gives each task a turn of the event loop of its own, so that all else goes on between two of them.

/** Who waits for a task. */
export interface Asker {
  readonly caller?: { readonly session: number } | undefined
  /** Aborts when the caller of the task has left. */
  readonly signal: AbortSignal
}

export class OwnTurns {
  /** The tasks that wait, by the session that asked for them; the first of the first has the next turn. */
  readonly #waiting = new Map<number, Set<() => void>>()
  #isPlanned = false

  /**
   * Resolves in a later turn, which is for this task alone. Callers have turns alternately, each in the order of its calls.
   * Rejects with the reason of the signal, without a turn, when that aborts before.
   */
  next({ caller, signal }: Asker): Promise<void> {
    const session = caller?.session ?? 0
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#remove(session, run)
        reject(signal.reason as Error)
      }
      const run = (): void => {
        signal.removeEventListener('abort', leave)
        resolve()
      }
      if (signal.aborted) return reject(signal.reason as Error)
      signal.addEventListener('abort', leave, { once: true })
      this.#waiting.set(session, (this.#waiting.get(session) ?? new Set()).add(run))
      this.#plan()
    })
  }

  #remove(session: number, run: () => void): void {
    const tasks = this.#waiting.get(session)
    tasks?.delete(run)
    if (tasks?.size === 0) this.#waiting.delete(session)
  }

  #plan(): void {
    if (this.#isPlanned || this.#waiting.size === 0) return
    this.#isPlanned = true
    setImmediate(() => {
      this.#isPlanned = false
      this.#runFirst()
      this.#plan()
    })
  }

  #runFirst(): void {
    for (const [session, tasks] of this.#waiting) {
      const [run] = tasks
      tasks.delete(run ?? ignore)
      // Behind the others that wait.
      this.#waiting.delete(session)
      if (tasks.size > 0) this.#waiting.set(session, tasks)
      return run?.()
    }
  }
}

function ignore(): void {}
