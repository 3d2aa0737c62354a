// Tells when one of some files changes. Looks once a second, which also sees files that are replaced, linked anew or
// mounted. Reads none of them.

import { statSync } from 'node:fs'

const INTERVAL_MS = 1_000

export class WatchedFiles {
  readonly #onChange: () => void
  /** What each file was known by when it was looked at last. */
  #marks: ReadonlyMap<string, string> = new Map()
  #timer: NodeJS.Timeout | undefined

  /** @param onChange called once however many files have changed since the last look */
  constructor(onChange: () => void) {
    this.#onChange = onChange
  }

  /** Watches these files and no others; those that it watched before, from where it was. */
  watch(files: readonly string[]): void {
    this.#marks = new Map(files.map((file) => [file, this.#marks.get(file) ?? markOf(file)]))
    this.#timer ??= setInterval(() => this.look(), INTERVAL_MS).unref()
  }

  /** Watches no more. */
  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Looks now. The timer calls it. */
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
    return String(error) // Gone, or not ours to see: the reload says so.
  }
}
