// Writes what commands make of contracts.

import { writeFileSync } from 'node:fs'
import { UsageError } from '@trunkline/client'

/** @throws {UsageError} when the file cannot be written */
export function writeText(file: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch (error) {
    throw new UsageError(`cannot write ${file}: ${error instanceof Error ? error.message : String(error)}`, 'TL_USAGE', { cause: error })
  }
}
