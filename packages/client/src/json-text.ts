// JSON for clients: text to messages and back through values, in little code for browsers. It decodes the whole payload at
// once; a router, which forwards payload undecoded, uses the serializer of @trunkline/protocol instead.

import type { Message } from '@trunkline/protocol'
import {
  EMPTY_DICT,
  entriesOf,
  MAX_ID,
  messageFromArray,
  messageToArray,
  octetsOf,
  PayloadError,
  payloadOf,
  placed,
  ProtocolError,
} from '@trunkline/protocol'
import type { ClientSerializer } from './transports/transport.ts'

const MAX_DEPTH = 64
/** How deep a long text is read: no router that bounds what it passes on sends one as deep. */
const MAX_READ_DEPTH = 256
const LONG = 65_536
/** A longer integer is read as a float: the time to read one exactly grows with the square of its digits. */
const MOST_DIGITS = 1_000
const QUOTE = 0x22
const BACKSLASH = 0x5c
const CASE = 0x20
const OPENING = 0x7b
const CLOSING = 0x7d
/** How a byte array begins (specification: "Binary conversion of JSON Strings"). */
const BINARY = '\0'
/** A string, with the colon if it is a key, or a number. Only for text that JSON.parse accepts. */
const TOKEN = /"(?:[^"\\]|\\.)*"(\s*:)?|-?\d+(\.\d+)?([eE][-+]?\d+)?/g
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** The serializer that {@link connect} uses when none is given. Integers beyond 2^53 are read as bigint, byte arrays as Uint8Array. */
export function json(): ClientSerializer {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const encoder = new TextEncoder()
  return {
    name: 'json',
    subprotocol: 'wamp.2.json',
    isBinary: false,
    encodeText,
    decodeText,
    encode: (message) => encoder.encode(encodeText(message)),
    decode: (bytes) => decodeText(malformedIfThrown(() => decoder.decode(bytes))),
  }
}

function encodeText(message: Message): string {
  const list = messageToArray(message)
  const plain = isPlain(list, 0) ? JSON.stringify(list) : ''
  // An escape of a lone surrogate, perhaps.
  if (plain && !plain.includes('\\ud')) return plain
  const header = list.length - (payloadOf(message)?.count ?? 0)
  return `[${list.map((each, i) => textAt(i < header ? 'options' : i > header ? 'kwargs' : 'args', each, [list])).join()}]`
}

/**
 * Whether the platform's JSON, which is several times as fast, writes a value as `textOf` does, and has read it as it was written. Lone
 * surrogates it escapes. 2^53 may be another integer that was rounded.
 */
function isPlain(value: unknown, depth: number): boolean {
  if (typeof value === 'string') return !value.startsWith(BINARY)
  if (typeof value === 'number') return Math.abs(value) < MAX_ID && !Object.is(value, -0)
  // Most messages have it, and to look into it costs as much as all the rest.
  if (value === EMPTY_DICT) return true
  if (typeof value !== 'object' || value === null) return value === null || value === undefined || typeof value === 'boolean'
  if (depth >= MAX_DEPTH || 'toJSON' in value) return false
  if (Array.isArray(value)) {
    // A closure for each list would cost more than the rest.
    for (const each of value) if (!isPlain(each, depth + 1)) return false
    return true
  }
  if ((Object.getPrototypeOf(value) ?? Object.prototype) !== Object.prototype || Symbol.toStringTag in value) return false
  for (const key in value) if (!isPlain(key, depth) || !isPlain((value as Record<string, unknown>)[key], depth + 1)) return false
  return true
}

function decodeText(text: string): Message {
  return messageFromArray(malformedIfThrown(() => parse(text)))
}

function malformedIfThrown<Value>(read: () => Value): Value {
  try {
    return read()
  } catch (error) {
    throw new ProtocolError(`no well-formed JSON: ${String(error)}`)
  }
}

function parse(text: string): unknown {
  if (text.length > LONG && isDeep(text)) throw new PayloadError(`payload is nested deeper than ${MAX_READ_DEPTH}`)
  const value: unknown = JSON.parse(text)
  // JSON.parse alone reads long integers and byte arrays wrong.
  if (isPlain(value, 0)) return value
  // Long integers become strings that begin with "i"; all other strings get an "s" in front, so that they cannot be confused.
  const marked = text.replace(TOKEN, (token, colon?: string, fraction?: string, exponent?: string) => {
    if (token.startsWith('"')) return colon === undefined ? `"s${token.slice(1)}` : token
    const isLong = token.length > 15 && token.length < MOST_DIGITS
    return fraction === undefined && exponent === undefined && isLong ? `"i${token}"` : token
  })
  return JSON.parse(marked, (_key, each: unknown) => (typeof each === 'string' ? unmark(each) : each))
}

/** JSON.parse takes some fifty times as much memory for lists in lists as their text has octets. */
function isDeep(text: string): boolean {
  let depth = 0
  let isQuoted = false
  for (let at = 0; at < text.length && depth < MAX_READ_DEPTH; at++) {
    const character = text.charCodeAt(at)
    if (character === QUOTE) isQuoted = !isQuoted
    else if (character === BACKSLASH) at++
    // Of brackets and braces alike the last bits tell which opens.
    else if (!isQuoted) depth += (character | CASE) === OPENING ? 1 : (character | CASE) === CLOSING ? -1 : 0
  }
  return depth >= MAX_READ_DEPTH
}

function unmark(marked: string): unknown {
  const text = marked.slice(1)
  if (marked.startsWith('i')) {
    const exact = BigInt(text)
    const limit = BigInt(MAX_ID)
    return exact > limit || exact < -limit ? exact : Number(text)
  }
  if (!text.startsWith(BINARY) || !BASE64.test(text.slice(1))) return text
  return Uint8Array.from(atob(text.slice(1)), (character) => character.charCodeAt(0))
}

/** The JSON text of a member; an error names its path. */
function textAt(key: string | number, value: unknown, around: object[]): string {
  try {
    return textOf(value, around)
  } catch (error) {
    throw placed(error, key)
  }
}

/** Writes a value as the serializer of @trunkline/protocol does. `around` holds the lists and dicts around it. */
function textOf(value: unknown, around: object[]): string {
  switch (typeof value) {
    case 'string':
      return stringText(value)
    case 'number':
      return numberText(value)
    case 'boolean':
      return String(value)
    case 'undefined':
      return 'null'
    case 'bigint':
      if (value !== BigInt.asUintN(64, value) && value !== BigInt.asIntN(64, value))
        throw new PayloadError('an integer beyond 64 bits cannot be sent')
      return String(value)
    case 'object':
      return value === null ? 'null' : objectText(value, around)
    default:
      throw new PayloadError(`a ${typeof value} cannot be sent`)
  }
}

function stringText(value: string): string {
  if (value.startsWith(BINARY)) throw new PayloadError('JSON cannot hold a string that begins with U+0000')
  if (/[\ud800-\udfff]/u.test(value)) throw new PayloadError('JSON cannot hold a string with a lone surrogate')
  return JSON.stringify(value)
}

function numberText(value: number): string {
  if (!Number.isFinite(value)) throw new PayloadError(`JSON cannot hold ${value}`)
  if (Object.is(value, -0)) return '-0.0'
  const text = String(value)
  // A float stays a float: without a fraction it would be read as an exact integer.
  return Math.abs(value) > MAX_ID && /^-?\d+$/.test(text) ? `${text}.0` : text
}

function objectText(value: object, around: object[], isAsked = false): string {
  const octets = octetsOf(value)
  if (octets !== undefined) return binaryText(octets)
  if (!isAsked && 'toJSON' in value && typeof value.toJSON === 'function') {
    const plain: unknown = value.toJSON('')
    return typeof plain === 'object' && plain !== null ? objectText(plain, around, true) : textOf(plain, around)
  }
  if (around.length >= MAX_DEPTH) throw new PayloadError(`payload is nested deeper than ${MAX_DEPTH}`)
  if (around.includes(value)) throw new PayloadError('payload holds itself')
  around.push(value)
  const text = Array.isArray(value) ? `[${Array.from(value, (each, i) => textAt(i, each, around)).join()}]` : dictText(value, around)
  around.pop()
  return text
}

function dictText(dict: object, around: object[]): string {
  const members: string[] = []
  for (const [key, value] of entriesOf(dict)) {
    if (typeof key !== 'string') throw new PayloadError('a Map with keys that are no strings cannot be sent')
    if (value !== undefined) members.push(`${stringText(key)}:${textAt(key, value, around)}`)
  }
  return `{${members.join()}}`
}

function binaryText(bytes: Uint8Array): string {
  let characters = ''
  for (const byte of bytes) characters += String.fromCharCode(byte)
  return `"\\u0000${btoa(characters)}"`
}
