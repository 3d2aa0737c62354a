// Lines of a log on a stream that may fail, stand still or come back. What it does not take is dropped, counted, and told
// once it takes lines again. Never throws, never waits, and keeps a bounded number of octets.

import type { Writable } from 'node:stream'

/** Where lines of a log go. */
export interface LineSink {
  /** Takes one line with its end. Returns at once, whatever becomes of it. */
  write(line: string): void
}

/** What may wait in the stream, in octets. */
const MOST_WAITING = 65_536
const RETRY_MS = 1_000

export class LogLines implements LineSink {
  readonly #stream: Writable
  readonly #tellLost: (lines: number) => string
  #lost = 0
  /** A write failed since the last that did not: the last line may lack its end. */
  #isBroken = false
  #isTelling = false
  #timer: NodeJS.Timeout | undefined

  /**
   * @param stream whose errors are listened to
   * @param tellLost the line that says how many are missing
   */
  constructor(stream: Writable, tellLost: (lines: number) => string) {
    this.#stream = stream
    this.#tellLost = tellLost
  }

  write(line: string): void {
    if (this.#lost > 0 || this.#stream.writableLength + line.length > MOST_WAITING) this.#lose()
    else this.#stream.write(line, (error) => (isFailure(error) ? this.#fail() : this.#recover()))
  }

  #lose(): void {
    this.#lost++
    this.#timer ??= setInterval(() => this.#tell(), RETRY_MS).unref()
  }

  #fail(): void {
    this.#isBroken = true
    this.#lose()
  }

  /** Something was taken: what is missing can be told. */
  #recover(): void {
    if (this.#lost > 0 && this.#stream.writableLength === 0) this.#tell()
  }

  #tell(): void {
    if (this.#isTelling || this.#stream.writableLength > 0) return
    this.#isTelling = true
    const lines = this.#lost
    this.#stream.write(`${this.#isBroken ? '\n' : ''}${this.#tellLost(lines)}`, (error) => {
      this.#isTelling = false
      if (isFailure(error)) this.#isBroken = true
      else this.#told(lines)
    })
  }

  #told(lines: number): void {
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
