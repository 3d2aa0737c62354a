// What a mutant is, and what became of it.

/** A fault to be put into the router: a replacement of text that stands exactly once in a file. */
export interface Mutant {
  /** What the router does wrong. */
  readonly name: string
  /** Below packages/, with `src/` left out after the package. */
  readonly file: string
  readonly find: string
  readonly replace: string
}

/** What became of a mutant. */
export interface Fate {
  readonly mutant: Mutant
  /** The seed that found it and that the router without it passes; undefined when none did. */
  readonly seed: number | undefined
  readonly by: string
}
