// For tests: what is wrong with a configuration.

import { parseConfig } from '../config/config.ts'
import { ConfigError } from '../config/problems.ts'

/** The mistakes in a configuration, as `line:column path: text`. */
export function mistakesIn(source: string, file: string): readonly string[] {
  try {
    parseConfig(source, file)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems.map(({ line, column, path, text }) => `${line}:${column} ${path}: ${text}`)
  }
  return []
}
