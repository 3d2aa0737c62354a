// Runs a program in a process group of its own, and ends the whole group with it: what the program started does not stay behind.

import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'

export class ProcessGroup {
  readonly #leader: ChildProcess
  readonly #exit: Promise<number | undefined>
  readonly #kill = (): void => this.kill()

  /**
   * Also ends when this process exits.
   * @param isShown whether what it prints is shown
   */
  constructor(program: string, words: readonly string[], cwd: string, isShown = false) {
    const output = isShown ? 'inherit' : 'ignore'
    this.#leader = spawn(program, words, { cwd, stdio: ['ignore', output, output], detached: true })
    process.once('exit', this.#kill)
    this.#exit = new Promise((resolve, reject) => {
      this.#leader.once('exit', (code) => resolve(code ?? undefined))
      this.#leader.once('error', reject)
    })
    this.#exit.catch(() => {}) // `ended` rejects with it.
  }

  /** The exit code of the program; undefined where it did not end by itself in time. */
  async ended(timeoutMs: number): Promise<number | undefined> {
    const timer = setTimeout(this.#kill, timeoutMs)
    try {
      return await this.#exit
    } finally {
      clearTimeout(timer)
      process.removeListener('exit', this.#kill)
      this.kill()
    }
  }

  /** Ends the program and all that it started. */
  kill(): void {
    const { pid } = this.#leader
    if (pid === undefined) return // It could not be started.
    try {
      process.kill(-pid, 'SIGKILL')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}
