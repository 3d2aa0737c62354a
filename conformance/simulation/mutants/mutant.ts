// What a mutant is, and what became of it.

/** A fault to be put into the router, or into a client: a replacement of text that stands exactly once in a file. */
export interface Mutant {
  /** What goes wrong. */
  readonly name: string
  /** Below packages/, with `src/` left out after the package. */
  readonly file: string
  readonly find: string
  readonly replace: string
}

/** What became of a mutant. */
export interface Fate {
  readonly mutant: Mutant
  /** The seed that found it and that passes without it; undefined when none did. */
  readonly seed: number | undefined
  readonly by: string
}
