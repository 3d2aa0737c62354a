// Lines of a log on a stream that may fail, stall and recover. It drops and counts lines that the stream does not take, and
// logs their number once the stream takes lines again. It never throws or blocks, and queues a bounded number of octets.

import type { Writable } from 'node:stream'

/** The target of log lines. */
export interface LineSink {
  /** Takes one line with its line feed. Returns at once, even if the line is dropped. */
  write(line: string): void
}

/** The most octets queued in the stream. */
const MOST_WAITING = 65_536
const RETRY_MS = 1_000

export class LogLines implements LineSink {
  readonly #stream: Writable
  readonly #lostLine: (lines: number) => string
  #lost = 0
  /** Whether the last write failed, so that the last line may be cut. */
  #isBroken = false
  #isTelling = false
  #timer: NodeJS.Timeout | undefined

  /**
   * @param stream a stream with a listener for its errors
   * @param lostLine makes the line with the number of dropped lines
   */
  constructor(stream: Writable, lostLine: (lines: number) => string) {
    this.#stream = stream
    this.#lostLine = lostLine
  }

  write(line: string): void {
    if (this.#lost > 0 || this.#stream.writableLength + line.length > MOST_WAITING) this.#lose()
    else this.#stream.write(line, (error) => (isFailure(error) ? this.#fail() : this.#recover()))
  }

  #lose(): void {
    this.#lost++
    this.#timer ??= setInterval(() => this.#writeLost(), RETRY_MS).unref()
  }

  #fail(): void {
    this.#isBroken = true
    this.#lose()
  }

  /** After a successful write, logs the dropped lines. */
  #recover(): void {
    if (this.#lost > 0 && this.#stream.writableLength === 0) this.#writeLost()
  }

  #writeLost(): void {
    if (this.#isTelling || this.#stream.writableLength > 0) return
    this.#isTelling = true
    const lines = this.#lost
    this.#stream.write(`${this.#isBroken ? '\n' : ''}${this.#lostLine(lines)}`, (error) => {
      this.#isTelling = false
      if (isFailure(error)) this.#isBroken = true
      else this.#countWritten(lines)
    })
  }

  #countWritten(lines: number): void {
    this.#isBroken = false
    this.#lost -= lines
    if (this.#lost > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}

function isFailure(error: Error | null | undefined): boolean {
  return error !== null && error !== undefined
}
