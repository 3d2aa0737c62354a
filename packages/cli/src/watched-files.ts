// Reports when one of a set of files changes. It checks them once a second, which also detects replaced, newly linked or
// mounted files. It does not read them.

import { statSync } from 'node:fs'

const INTERVAL_MS = 1_000

export class WatchedFiles {
  readonly #onChange: () => void
  /** The mark of each file at the last check. */
  #marks: ReadonlyMap<string, string> = new Map()
  #timer: NodeJS.Timeout | undefined

  /** @param onChange called once per check, for any number of changed files */
  constructor(onChange: () => void) {
    this.#onChange = onChange
  }

  /** Watches these files and no others; files watched before keep their marks. */
  watch(files: readonly string[]): void {
    this.#marks = new Map(files.map((file) => [file, this.#marks.get(file) ?? markOf(file)]))
    this.#timer ??= setInterval(() => this.look(), INTERVAL_MS).unref()
  }

  /** Stops watching. */
  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Checks the files; the timer calls it. */
  look(): void {
    const marks = new Map([...this.#marks.keys()].map((file) => [file, markOf(file)]))
    const hasChanged = [...marks].some(([file, mark]) => mark !== this.#marks.get(file))
    this.#marks = marks
    if (hasChanged) this.#onChange()
  }
}

function markOf(file: string): string {
  try {
    const { ino, size, mtimeMs } = statSync(file)
    return `${ino} ${size} ${mtimeMs}`
  } catch (error) {
    return String(error) // The file is gone or unreadable; the reload reports it.
  }
}
