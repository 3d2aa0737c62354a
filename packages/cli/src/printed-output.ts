// The output of a command on stdout: either all of it is written, or the command fails.

import type { Writable } from 'node:stream'

/** Output could not be written. */
export class OutputError extends Error {
  override readonly name = 'OutputError'
  readonly code = 'TL_OUTPUT'
}

export class PrintedOutput {
  readonly #stream: Writable
  readonly #onUnread: () => void
  /** The write of the last text, until it is done; later lines of a log are not awaited. */
  #last: Promise<void> | undefined
  #failure: Error | undefined

  /** @param onUnread called when the stream accepts no more output */
  constructor(stream: Writable, onUnread: () => void) {
    this.#stream = stream
    this.#onUnread = onUnread
    // The callback of each write gets its error.
    stream.on('error', () => {})
  }

  /** Writes text. */
  print(text: string): void {
    const last = new Promise<void>((resolve) => {
      this.#stream.write(text, (error) => {
        this.#note(error)
        if (this.#last === last) this.#last = undefined
        resolve()
      })
    })
    this.#last = last
  }

  /**
   * Resolves when all output was written.
   * @throws {OutputError} (rejects) when some could not be written; a reader that has closed the pipe (`| head`) is no error
   */
  async printed(): Promise<void> {
    await this.#last
    if (this.#failure === undefined) return
    throw new OutputError(`cannot write to stdout: ${this.#failure.message}`, { cause: this.#failure })
  }

  #note(error: NodeJS.ErrnoException | null | undefined): void {
    if (error === null || error === undefined) return
    if (error.code !== 'EPIPE') this.#failure ??= error
    this.#onUnread()
  }
}
