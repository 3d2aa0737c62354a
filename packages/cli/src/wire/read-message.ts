// One WAMP message from octets: what it is, its elements by their names, and what is wrong or doubtful.

import type { MessageRow, SerializerName } from '@trunkline/protocol'
import {
  createCborSerializer,
  createJsonSerializer,
  createMsgpackSerializer,
  isUri,
  messageRow,
  messageToArray,
  PayloadError,
  ProtocolError,
  uriPattern,
} from '@trunkline/protocol'
import { nearest } from '../nearest.ts'

export const SERIALIZER_TEXTS = { json: 'JSON', msgpack: 'MessagePack', cbor: 'CBOR' } as const satisfies Record<SerializerName, string>

/** What octets are. */
export interface ReadMessage {
  readonly serializer: SerializerName
  readonly octets: number
  /** The row of the message, if its type is known. */
  readonly row: MessageRow | undefined
  /** The list of the message, as far as it is a list. */
  readonly list: readonly unknown[] | undefined
  /** Why it is no message; undefined when it is one. */
  readonly fault: string | undefined
  /** What the specification allows, and is hardly meant. */
  readonly doubts: readonly string[]
}

/** A new serializer. */
export function serializerFor(name: SerializerName) {
  return { json: createJsonSerializer, msgpack: createMsgpackSerializer, cbor: createCborSerializer }[name]()
}

/**
 * The serializer that octets are of. A message is a list of at most seven elements, whose first octet differs in all three.
 * Undefined when they begin with no list.
 */
export function serializerOf(octets: Uint8Array): SerializerName | undefined {
  const [first = 0] = octets
  if ([0x5b, 0x20, 0x09, 0x0a, 0x0d].includes(first)) return 'json'
  if ((first >= 0x90 && first <= 0x97) || first === 0xdc || first === 0xdd) return 'msgpack'
  return (first >= 0x80 && first <= 0x9f) || first === 0xd9 ? 'cbor' : undefined
}

/** Reads one message. Never throws for what the octets are. */
export function readMessage(octets: Uint8Array, serializer: SerializerName): ReadMessage {
  const form = serializerFor(serializer)
  const found = { serializer, octets: octets.length }
  try {
    const message = form.decode(octets)
    const list = messageToArray(message)
    const row = messageRow(message.type)
    return { ...found, row, list, fault: undefined, doubts: row === undefined ? [] : doubtsOf(row, list) }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    const list = listOf(octets, serializer)
    const [type] = list ?? []
    return { ...found, row: typeof type === 'number' ? messageRow(type) : undefined, list, fault: error.message, doubts: [] }
  }
}

/**
 * The value that octets begin with, be it a message or not.
 * @throws {ProtocolError | PayloadError} when they begin with none
 */
export function valueOf(octets: Uint8Array, form: ReturnType<typeof serializerFor>): unknown {
  const [item = new Uint8Array()] = form.itemsOf(octets, 1, 0)
  return form.decodeItems(item, 1)[0]
}

/** The list that octets begin with, for showing what a wrong message holds; undefined when there is none. */
function listOf(octets: Uint8Array, serializer: SerializerName): readonly unknown[] | undefined {
  const form = serializerFor(serializer)
  try {
    const list = valueOf(octets, form)
    return Array.isArray(list) ? list : undefined
  } catch (error) {
    if (error instanceof ProtocolError || error instanceof PayloadError) return undefined
    throw error
  }
}

function doubtsOf(row: MessageRow, list: readonly unknown[]): string[] {
  return row.fields.flatMap(({ name, type }, i) => {
    const value = list[i + 1]
    if (type === 'uri' && typeof value === 'string' && !isAnyUri(value, list)) return [`${row.name}.${name} is not a valid URI`]
    if (type !== 'dict' || row.keys.size === 0) return []
    return Object.keys(Object(value)).flatMap((key) => {
      if (row.keys.has(key) || key.startsWith('_') || key.startsWith('x_')) return []
      const meant = nearest(key, [...row.keys.keys()])
      return meant === undefined ? [] : [`${row.name}.${name}: '${key}' is no predefined key; '${meant}' is`]
    })
  })
}

/** Patterns of SUBSCRIBE and REGISTER have empty components. */
function isAnyUri(uri: string, list: readonly unknown[]): boolean {
  const { match } = Object(list[2]) as { readonly match?: unknown }
  if (match === 'prefix' || match === 'wildcard') return isUri(uri, match)
  return isUri(uri) && uriPattern(uri).match === 'exact'
}
