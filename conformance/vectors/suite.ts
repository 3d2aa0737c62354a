// The files of a vector suite as typed values: the files of a folder, and the content of a file. Judges nothing.

import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/** One spelling of a message's bytes; it has at least one of the three forms. */
export interface Variant {
  readonly bytes?: string
  readonly bytes_hex?: string
  readonly bytes_base64?: string
}

export type Attributes = Readonly<Record<string, unknown>> & { readonly message_type: number }

/** Bytes and what they mean. */
export interface SerializationSample {
  readonly description: string
  readonly serializers: Readonly<Record<string, readonly Variant[]>>
  readonly expected_attributes: Attributes
}

/** A message list that must be accepted, or refused when `expected_error` is present. */
export interface ValidationSample {
  readonly description: string
  readonly wmsg: readonly unknown[]
  readonly expected_error?: { readonly type?: string; readonly contains?: string }
}

export interface VectorFile {
  /** The path below the folder of the suite. */
  readonly path: string
  readonly messageType: string
  readonly samples: readonly (SerializationSample | ValidationSample)[]
}

/** A file of the suite that is not read: a sequence of several sessions. */
export interface SequenceFile {
  readonly path: string
  readonly isSequence: true
}

/**
 * Reads all vector files of a folder, in alphabetical order.
 * @throws {Error} for a folder that cannot be read and for a file that is no vector file
 */
export function readSuite(folder: string): (VectorFile | SequenceFile)[] {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.json') && entry.name !== 'SCHEMA.json')
    .map((entry) => join(entry.parentPath, entry.name))
  return paths.toSorted().map((path) => readVectorFile(path, relative(folder, path)))
}

export function isSequence(file: VectorFile | SequenceFile): file is SequenceFile {
  return 'isSequence' in file
}

export function isValidation(sample: SerializationSample | ValidationSample): sample is ValidationSample {
  return 'wmsg' in sample
}

/**
 * The octets of a variant.
 * @throws {Error} when it has none, or forms that disagree
 */
export function octetsOf(variant: Variant): Uint8Array {
  const forms = [
    ...(variant.bytes_hex === undefined ? [] : [Buffer.from(variant.bytes_hex, 'hex')]),
    ...(variant.bytes_base64 === undefined ? [] : [Buffer.from(variant.bytes_base64, 'base64')]),
    ...(variant.bytes === undefined ? [] : [Buffer.from(variant.bytes, 'utf8')]),
  ]
  const [first] = forms
  if (first === undefined) throw new Error('a variant without bytes')
  if (forms.some((form) => !form.equals(first))) throw new Error('the forms of one variant disagree')
  return new Uint8Array(first)
}

function readVectorFile(path: string, name: string): VectorFile | SequenceFile {
  const content: unknown = JSON.parse(readFileSync(path, 'utf8'))
  if (typeof content === 'object' && content !== null) {
    if ('sequence' in content) return { path: name, isSequence: true }
    if ('samples' in content && Array.isArray(content.samples) && 'wamp_message_type' in content) {
      return { path: name, messageType: String(content.wamp_message_type), samples: content.samples }
    }
  }
  throw new Error(`${name} is no vector file: it has neither samples nor a sequence`)
}
