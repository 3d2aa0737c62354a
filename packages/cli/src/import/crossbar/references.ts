// Texts of a Crossbar.io configuration as our file writes them. Reads no file.

import { relative, resolve } from 'node:path'

/** A text that may be a reference to the environment there; what looks like one of ours and is none stays what it is. */
export function referenceOf(text: string): string {
  const name = /^\$\{([A-Za-z_]\w*)\}$/.exec(text)?.[1]
  return name === undefined ? text.replaceAll('${', () => '$${') : `\${env:${name}}`
}

/** Where files are: those that the old file names are relative to its folder, ours to that of the new one. */
export class Folders {
  readonly #from: string
  readonly #to: string

  constructor(from: string, to: string) {
    this.#from = from
    this.#to = to
  }

  /** A path for the new file. */
  path(old: string): string {
    return relative(this.#to, resolve(this.#from, old)) || '.'
  }
}
