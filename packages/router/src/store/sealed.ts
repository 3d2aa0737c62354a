// Small values with a checksum, since the file below has none. What cannot be read is a RecordError.

import { crc32 } from 'node:zlib'
import { RecordError } from './record-error.ts'

/** Puts a checksum before some octets. */
export function sealed(octets: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(4 + octets.length)
  out.writeUInt32BE(crc32(octets), 0)
  out.set(octets, 4)
  return out
}

/** The octets behind their checksum, as a view. @throws {RecordError} */
export function unsealed(value: Buffer): Buffer {
  const octets = value.subarray(4)
  if (value.length < 4 || value.readUInt32BE(0) !== crc32(octets)) throw new RecordError('a checksum does not fit')
  return octets
}

/** Writes a value that JSON holds. */
export function sealedJson(value: unknown): Buffer {
  return sealed(Buffer.from(JSON.stringify(value)))
}

/** The members of an object in JSON; nothing is known of their types. @throws {RecordError} */
export function unsealedJson(value: Buffer): Readonly<Record<string, unknown>> {
  const text = unsealed(value).toString('utf8')
  let object: unknown
  try {
    object = JSON.parse(text)
  } catch (error) {
    throw new RecordError('a record is no JSON', { cause: error })
  }
  if (typeof object !== 'object' || object === null || Array.isArray(object)) throw new RecordError('a record is no object')
  return { ...object }
}

/** A member that has to be a number of this range. @throws {RecordError} */
export function numberIn(value: unknown, most = Number.MAX_SAFE_INTEGER): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > most)
    throw new RecordError('a record lacks a number')
  return value
}

/** @throws {RecordError} */
export function textIn(value: unknown): string {
  if (typeof value !== 'string') throw new RecordError('a record lacks a text')
  return value
}

/** @throws {RecordError} */
export function listIn(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new RecordError('a record lacks a list')
  return value
}

/** @throws {RecordError} */
export function optionalIn(value: unknown): number | undefined {
  return value === undefined ? undefined : numberIn(value)
}
