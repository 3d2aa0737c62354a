// The error with all mistakes of a configuration.

import { UsageError } from '@trunkline/client'
import type { Problem } from './check.ts'

/** The configuration cannot be used. */
export class ConfigError extends UsageError {
  readonly file: string
  /** In the order of the file. */
  readonly problems: readonly Problem[]

  constructor(file: string, problems: readonly Problem[]) {
    const lines = problems.map((problem) => `  ${placeOf(file, problem)}: ${problem.path === '' ? '' : `${problem.path}: `}${problem.text}`)
    super(`${file} has ${problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`}:\n${lines.join('\n')}`, 'TL_CONFIG')
    this.file = file
    this.problems = problems
  }
}

function placeOf(file: string, { line, column }: Problem): string {
  return line === 0 ? file : `${file}:${line}:${column}`
}
