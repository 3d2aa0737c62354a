// Names that the user chooses, as written: YAML would read 007, 1e3 and 1.10 as numbers and lose the spelling.

import type { Scalar } from 'yaml'

/** The name of a key; undefined for words that YAML reads as another type, such as true. */
export function writtenName({ value, source }: Scalar): string | undefined {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'bigint' ? (source ?? String(value)) : undefined
}
