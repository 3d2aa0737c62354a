// The file that holds the id of the process that listens.

import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { UsageError } from '@trunkline/client'

/**
 * Writes this process's id.
 * @returns a function that removes the file, unless another process has replaced it meanwhile
 * @throws {UsageError} when it cannot be written
 */
export function writePidFile(file: string): () => void {
  const content = `${process.pid}\n`
  try {
    writeFileSync(file, content)
  } catch (error) {
    throw new UsageError(`cannot write ${file}: ${textOf(error)}`, 'TL_USAGE', { cause: error })
  }
  return () => {
    if (readIfThere(file) === content) rmSync(file, { force: true })
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined // The file is gone or unreadable: there is nothing to remove.
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
