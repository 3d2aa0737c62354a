// Shared by the targets of the three formats: the first inputs, and the files to cover. Judges nothing.

import type { Serializer, SerializerName } from '@trunkline/protocol'
import { messageFromArray, Payload, rawIn } from '@trunkline/protocol'
import { MESSAGES } from '@trunkline/testkit'

const PAYLOADS: readonly (readonly unknown[])[] = [
  [[]],
  [[1, -1, 255, 65_536, 2 ** 33, 2n ** 63n, -(2n ** 63n)]],
  [['', 'text', 'é😀', '"\\\n', 'x'.repeat(70)]],
  [[0.5, -0.25, 1e300, -0, null, true, false]],
  [[new Uint8Array(0), new Uint8Array([1, 2, 3, 255]), [new Uint8Array(300)]]],
  [[], { a: 1, __proto__2: { b: [{}] } }],
  [[[[[[]]]]], JSON.parse('{"__proto__":{"toJSON":1},"constructor":[]}') as unknown],
]

/** The older form of payload passthru: the readers accept it, the router refuses it. */
const OLD_PASSTHRU = [16, 7, { enc_algo: 'cryptobox' }, 'a', new Uint8Array([0, 255, 1])]

/** A message of each type, encoded. */
export function messageSeeds(serializer: Serializer): Uint8Array[] {
  return [...MESSAGES, OLD_PASSTHRU].map((message) => serializer.encode(messageFromArray(message)).slice())
}

/** Raw items of payload. */
export function payloadSeeds(serializer: Serializer): Uint8Array[] {
  return PAYLOADS.map((items) => rawIn(Payload.fromItems(items), serializer))
}

/** The files of the readers and writers of a format. */
export const FILES: Readonly<Record<SerializerName, RegExp>> = {
  json: /protocol\/src\/(codec|payload|serializers\/(json|base64|format|header|output|strings|value))[^/]*\.ts/,
  msgpack: /protocol\/src\/(codec|payload|serializers\/(msgpack|binary|format|header|output|strings|value))[^/]*\.ts/,
  cbor: /protocol\/src\/(codec|payload|serializers\/(cbor|binary|format|header|output|strings|value))[^/]*\.ts/,
}
