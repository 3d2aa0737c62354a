// What a vector demands of serializers and codec: one outcome for each check. Prints nothing, reads no files.

import type { Message, Serializer } from '@trunkline/protocol'
import { messageFromArray, messageToArray, ProtocolError } from '@trunkline/protocol'
import { listOf, ordered, textOf } from './attributes.ts'
import type { SerializationSample, ValidationSample, Variant, VectorFile } from './suite.ts'
import { isValidation, octetsOf } from './suite.ts'

export type Outcome =
  | { readonly kind: 'passed'; readonly name: string }
  | { readonly kind: 'failed'; readonly name: string; readonly fault: string }
  /** A defect of the suite; shown by name. */
  | { readonly kind: 'excluded'; readonly name: string; readonly reason: string }
  /** We have nothing on which to try it; counted by reason. */
  | { readonly kind: 'skipped'; readonly name: string; readonly reason: string }

/** Samples that are wrong in the published suite. */
const DEFECTS: readonly { readonly messages: readonly string[]; readonly description: RegExp; readonly reason: string }[] = [
  {
    messages: ['PUBLISH', 'EVENT'],
    description: /enc_(?:algo cryptobox|serializer cbor) \(valid with payload\)$/,
    reason: 'the payload is the hexadecimal text of the bytes instead of the bytes',
  },
]

/** Tries every sample of a file. */
export function checkFile(file: VectorFile, serializers: ReadonlyMap<string, Serializer>): Outcome[] {
  return file.samples.flatMap((sample) => {
    const name = `${file.path}: ${sample.description}`
    const defect = DEFECTS.find((each) => each.messages.includes(file.messageType) && each.description.test(sample.description))
    if (defect !== undefined) return [{ kind: 'excluded', name, reason: defect.reason } satisfies Outcome]
    return isValidation(sample) ? [attempt(name, () => validate(sample))] : checkSerialization(name, sample, serializers)
  })
}

function checkSerialization(name: string, sample: SerializationSample, serializers: ReadonlyMap<string, Serializer>): Outcome[] {
  return Object.entries(sample.serializers).flatMap(([id, variants]) => {
    const serializer = serializers.get(id)
    if (serializer === undefined) return [{ kind: 'skipped', name: `${name}: ${id}`, reason: `no serializer for ${id}` } satisfies Outcome]
    return [
      ...variants.map((variant, index) => attempt(`${name}: ${id} decode ${index + 1}`, () => decodes(serializer, variant, sample))),
      attempt(`${name}: ${id} encode`, () => encodes(serializer, variants, sample)),
      attempt(`${name}: ${id} encode, decode, encode`, () => isStable(serializer, sample)),
    ]
  })
}

function decodes(serializer: Serializer, variant: Variant, sample: SerializationSample): void {
  const found = textOf(messageToArray(serializer.decode(octetsOf(variant))))
  const expected = textOf(listOf(sample.expected_attributes))
  if (found !== expected) throw new Error(`decoded ${found}, expected ${expected}`)
}

/** The message is built of the attributes; only the order of the keys, which is free, is that of the first variant. */
function encodes(serializer: Serializer, variants: readonly Variant[], sample: SerializationSample): void {
  const [first] = variants
  if (first === undefined) throw new Error('no variants')
  const wire = messageToArray(serializer.decode(octetsOf(first)))
  const encoded = Buffer.from(serializer.encode(messageFromArray(ordered(listOf(sample.expected_attributes), wire))))
  if (!variants.some((variant) => encoded.equals(octetsOf(variant))))
    throw new Error(`encoded ${encoded.toString('hex')}, which is no variant`)
}

function isStable(serializer: Serializer, sample: SerializationSample): void {
  const message: Message = messageFromArray(listOf(sample.expected_attributes))
  const once = Buffer.from(serializer.encode(message))
  const twice = Buffer.from(serializer.encode(serializer.decode(new Uint8Array(once))))
  if (!once.equals(twice)) throw new Error(`first ${once.toString('hex')}, then ${twice.toString('hex')}`)
}

function validate(sample: ValidationSample): void {
  const { expected_error: expected, wmsg } = sample
  const refusal = refusalOf(wmsg)
  if (expected === undefined) {
    if (refusal !== undefined) throw new Error(`refused: ${refusal.message}`)
    return
  }
  if (refusal === undefined) throw new Error('accepted')
  const type = refusal.uri.slice(refusal.uri.lastIndexOf('.') + 1)
  if (expected.type !== undefined && expected.type !== type) throw new Error(`refused as ${type}, not as ${expected.type}`)
  if (expected.contains !== undefined && !refusal.message.includes(expected.contains)) {
    throw new Error(`"${refusal.message}" does not name ${expected.contains}`)
  }
}

function refusalOf(list: readonly unknown[]): ProtocolError | undefined {
  try {
    messageFromArray(list)
    return undefined
  } catch (error) {
    if (error instanceof ProtocolError) return error
    throw error
  }
}

function attempt(name: string, check: () => void): Outcome {
  try {
    check()
    return { kind: 'passed', name }
  } catch (error) {
    return { kind: 'failed', name, fault: error instanceof Error ? `${error.name}: ${error.message}` : String(error) }
  }
}
