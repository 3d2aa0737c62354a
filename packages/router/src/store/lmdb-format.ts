// The version of what is in the file of a store.

import { UsageError } from '@trunkline/protocol'
import { FORMAT_KEY } from './lmdb-keys.ts'
import type { LmdbFile } from './lmdb-file.ts'
import { sealedJson, unsealedJson } from './sealed.ts'

const FORMAT = 1

/**
 * @returns false when the file is empty
 * @throws {UsageError} when its format is another, or it is not a store
 */
export function checkFormat(file: LmdbFile, folder: string): boolean {
  const value = file.get(FORMAT_KEY)
  if (value !== undefined) {
    const { format } = unsealedJson(value)
    if (format === FORMAT) return true
    throw new UsageError(`the event store in ${folder} has format ${String(format)}; this version reads format ${FORMAT}`, 'TL_STORE')
  }
  if (file.rows({ start: Buffer.of(1), end: Buffer.of(0xff) }, 1).length > 0)
    throw new UsageError(`${file.path} is not an event store`, 'TL_STORE')
  return false
}

export function formatRow(): Buffer {
  return sealedJson({ format: FORMAT })
}
