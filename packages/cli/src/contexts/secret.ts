// The secret of a context, which is a reference: `env:NAME` or `file:PATH`.

import { readFileSync, statSync } from 'node:fs'
import { UsageError } from '@trunkline/client'
import { readFault } from '../read-fault.ts'

const REFERENCE = /^(?:env:([A-Za-z_]\w*)|file:([\s\S]+))$/

/** Whether a text is a reference. */
export function isReference(text: string): boolean {
  return REFERENCE.test(text)
}

/**
 * The secret behind a reference: of a file the text without the last end of line.
 * @param warn gets what is wrong with the file, though it can be read
 * @throws {UsageError} when there is none
 */
export function secretOf(reference: string, warn: (text: string) => void): string {
  const [, variable, file] = REFERENCE.exec(reference) ?? []
  if (variable !== undefined) {
    const secret = process.env[variable]
    if (secret === undefined)
      throw new UsageError(`the environment variable ${variable}, which holds the secret of the context, is not set`)
    return secret
  }
  if (file === undefined) throw new UsageError('the secret of the context is no reference: expected env:NAME or file:PATH')
  try {
    if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0)
      warn(`${file} holds a secret and is open to others (chmod 600 ${file})`)
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    throw new UsageError(`cannot read ${file}, which holds the secret of the context: ${readFault(error)}`, 'TL_USAGE', { cause: error })
  }
}
