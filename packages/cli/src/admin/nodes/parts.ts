// What several processes answer to one question. Types only.

/** What one process answers. */
export interface Part<Answer> {
  readonly node: string
  readonly answer: Answer
}

export interface Gathered<Answer> {
  /** In the order of the processes' names; those that did not answer are left out. */
  readonly parts: readonly Part<Answer>[]
  /** The names of those. */
  readonly missing: readonly string[]
}
