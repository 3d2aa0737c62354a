// The configuration in effect as operators may see it: with every default, without secrets, and short.

import type { Config } from '../config/config.ts'
import { CONFIG_SCHEMA } from '../config/schema.ts'
import { effective } from '../config/show.ts'

/** The entries of one list or dict that are shown. */
const MOST_ENTRIES = 200

export function effectiveConfiguration({ file, document }: Pick<Config, 'file' | 'document'>) {
  const leftOut: string[] = []
  const configuration = effective(shortened(document, '', leftOut), CONFIG_SCHEMA)
  return { file, configuration, left_out: leftOut }
}

/** Without what is too much; thousands of users would not fit into a message. */
function shortened(value: unknown, path: string, leftOut: string[]): unknown {
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
  if (entries.length > MOST_ENTRIES) leftOut.push(`${path}: ${entries.length - MOST_ENTRIES} of ${entries.length}`)
  const shown = entries
    .slice(0, MOST_ENTRIES)
    .map(([key, each]) => [key, shortened(each, path === '' ? key : `${path}.${key}`, leftOut)] as const)
  return Array.isArray(value) ? shown.map(([, each]) => each) : Object.fromEntries(shown)
}
