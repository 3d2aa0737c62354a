// What a command prints on stdout, all of it or an error: nothing that was to be printed is lost without a sign.

import type { Writable } from 'node:stream'

/** What was to be printed could not be written. */
export class OutputError extends Error {
  override readonly name = 'OutputError'
  readonly code = 'TL_OUTPUT'
}

export class PrintedOutput {
  readonly #stream: Writable
  readonly #onUnread: () => void
  /** The text that was printed last, until it is handed over; lines of a log behind it are not waited for. */
  #last: Promise<void> | undefined
  #failure: Error | undefined

  /** @param onUnread called when the stream takes nothing more */
  constructor(stream: Writable, onUnread: () => void) {
    this.#stream = stream
    this.#onUnread = onUnread
    // What a write met is told to its callback.
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
   * Resolves when all that was printed was handed over.
   * @throws {OutputError} (rejects) when some of it could not be; a reader that went away (`| head`) has seen enough
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
