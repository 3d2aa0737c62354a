// Converts texts and paths of a Crossbar.io configuration.

import { relative, resolve } from 'node:path'

/** Converts a text that may refer to the environment, and escapes text that would be a reference in the new file. */
export function referenceOf(text: string): string {
  const name = /^\$\{([A-Za-z_]\w*)\}$/.exec(text)?.[1]
  return name === undefined ? text.replaceAll('${', () => '$${') : `\${env:${name}}`
}

/** Converts paths, which are relative to the folder of the old file, to paths relative to the folder of the new file. */
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
