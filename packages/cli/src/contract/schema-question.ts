// What the parts of a comparison of two schemas ask of the whole.

import type { JsonSchema } from '@trunkline/router'

/** Why some values of one schema are none of another. */
export interface Reason {
  /** A JSON Pointer below the schemas. */
  readonly path: string
  /** What was, and what is. */
  readonly why: string
  /** Whether there may be no such value. */
  readonly isUnsure?: true
}

/** A comparison of two schemas, as its parts see it. */
export interface Question {
  /** Where references in the smaller schema lead. */
  readonly smallRoot: JsonSchema
  /** Where references in the bigger schema lead. */
  readonly bigRoot: JsonSchema
  /** Whether objects may have keys that their schema does not name, where it does not forbid them. */
  readonly withUndeclared: boolean
  /** A change in words: `maximum was 100, is 50`. */
  change(what: string, small: unknown, big: unknown): string
  /** One of two sentences, by which schema is the newer. */
  say(ifBigIsNewer: string, ifSmallIsNewer: string): string
  /** Why not every value of which all of `small` hold is one of `big`. */
  inPlace(small: readonly unknown[], big: unknown, path: string): readonly Reason[]
  /** The same for a part of the value. */
  below(small: readonly unknown[], big: unknown, path: string): readonly Reason[]
  /** Whether every value is one of a schema. */
  holds(small: readonly unknown[], big: unknown): boolean
  /** Whether there is no value at all of which all of these hold, as far as that shows. */
  isImpossible(small: readonly unknown[]): boolean
  /** Whether no value is one of a part of the bigger schema, as far as that shows. */
  isApart(small: readonly unknown[], part: unknown): boolean
}
