// Names that the user chooses, as they are written: YAML would read 007, 1e3 and 1.10 as numbers and forget how they looked.

import type { Scalar } from 'yaml'

/** The name that a key stands for; undefined for words that YAML reads as something else, such as true. */
export function writtenName({ value, source }: Scalar): string | undefined {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'bigint' ? (source ?? String(value)) : undefined
}
