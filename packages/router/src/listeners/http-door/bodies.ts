// Bodies of requests and answers in three formats: what a request wants to send, and a payload as the content of an answer.

import type { Dict, Message, Payload, Serializer, SerializerName } from '@trunkline/protocol'
import { CALL, itemsWithin, ProtocolError, rawIn } from '@trunkline/protocol'

/** One serializer of each kind, which reads every option and converts payloads. */
export type Formats = Readonly<Record<SerializerName, Serializer>>

/** What a request sends. */
export interface Content {
  readonly args: readonly unknown[]
  readonly kwargs: Dict
  readonly options: Dict
}

/** A body that says nothing that could be sent. The message is for people. */
export class BodyError extends Error {
  override readonly name = 'BodyError'
}

/** Decoded values take up to a hundred times the memory of their octets. */
const MOST_VALUES = 250_000
const EMPTY: Dict = Object.freeze({})

/** The serializer of a media type; undefined for others. Pages of other origins cannot send any of these without asking first. */
export function formatOfType(type: string | undefined): SerializerName | undefined {
  if (type === undefined) return undefined
  const end = type.indexOf(';')
  return TYPES[(end < 0 ? type : type.slice(0, end)).trim().toLowerCase()]
}

const TYPES: Readonly<Record<string, SerializerName | undefined>> = Object.assign(Object.create(null), {
  'application/json': 'json',
  'application/msgpack': 'msgpack',
  'application/x-msgpack': 'msgpack',
  'application/vnd.msgpack': 'msgpack',
  'application/cbor': 'cbor',
})

/**
 * The format of an answer by `Accept`: that of the request unless another is asked for.
 * @returns `lines` for a line of each progressive result
 */
export function formatAccepted(accept: string | undefined, own: SerializerName): SerializerName | 'lines' {
  if (accept === undefined) return own
  for (const part of accept.split(',')) {
    const format = formatOfType(part)
    if (format !== undefined) return format
    if (LINES.test(part)) return 'lines'
  }
  return own
}

const LINES = /^\s*application\/(?:x-ndjson|jsonl)\b/i

/** JSON of which no line ends before its own end. Within a text JSON has no line ends, between values they mean nothing. */
export function onOneLine(json: Buffer): Buffer {
  const line = Buffer.allocUnsafe(json.length + 1)
  json.copy(line)
  for (const end of [LINE_FEED, RETURN]) {
    for (let at = json.indexOf(end); at >= 0; at = json.indexOf(end, at + 1)) line[at] = SPACE
  }
  line[json.length] = LINE_FEED
  return line
}

const [LINE_FEED, RETURN, SPACE] = [0x0a, 0x0d, 0x20] as const

/** The media type of a serializer. */
export const TYPE_OF: Readonly<Record<SerializerName, string>> = {
  json: 'application/json',
  msgpack: 'application/msgpack',
  cbor: 'application/cbor',
}

/**
 * Reads a body: a dict of nothing but `args`, `kwargs` and `options` is these; any other dict is the kwargs, a list the args, another value
 * the one argument; an empty body is none.
 * @throws {BodyError} when it is not well-formed, or `args`, `kwargs` or `options` have another type; `PayloadError` when it has too many values
 */
export function readContent(format: Serializer, body: Uint8Array): Content {
  if (body.length === 0) return { args: [], kwargs: EMPTY, options: EMPTY }
  const { before, after } = ENVELOPES[format.name]
  const message = decodedIn(format, before, body, after)
  const payload = message.type === CALL ? message.payload : undefined
  const [values = [], more] = itemsWithin(payload, MOST_VALUES)
  if (more !== undefined || values.length > 1) throw new BodyError('the body is more than one value')
  return values.length === 0 ? { args: [], kwargs: EMPTY, options: EMPTY } : contentOf(values[0])
}

/** Checks it as the router checks each message: well-formed, UTF-8, depth. */
function decodedIn(format: Serializer, before: Buffer, body: Uint8Array, after: Buffer): Message {
  try {
    return format.decode(Buffer.concat([before, body, after]))
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    throw new BodyError(error.message.replace(/(?<=at octet )\d+/, (at) => String(Number(at) - before.length)))
  }
}

/**
 * The content of a value, by the same rule.
 * @throws {BodyError} when `args`, `kwargs` or `options` have another type
 */
export function contentOf(value: unknown): Content {
  if (Array.isArray(value)) return { args: value, kwargs: EMPTY, options: EMPTY }
  if (!isDict(value)) return { args: [value], kwargs: EMPTY, options: EMPTY }
  const keys = Object.keys(value)
  if (!keys.every((key) => key === 'args' || key === 'kwargs' || key === 'options')) return { args: [], kwargs: value, options: EMPTY }
  const { args = [], kwargs = EMPTY, options = EMPTY } = value
  if (!Array.isArray(args)) throw new BodyError('args is not a list')
  if (!isDict(kwargs)) throw new BodyError('kwargs is not a dict')
  if (!isDict(options)) throw new BodyError('options is not a dict')
  return { args, kwargs, options }
}

/** A body is read as the one argument of a CALL. */
const ENVELOPES: Readonly<Record<SerializerName, { readonly before: Buffer; readonly after: Buffer }>> = {
  json: { before: Buffer.from('[48,1,{},"a",['), after: Buffer.from(']]') },
  msgpack: { before: Buffer.from([0x95, 0x30, 0x01, 0x80, 0xa1, 0x61, 0x91]), after: Buffer.alloc(0) },
  cbor: { before: Buffer.from([0x85, 0x18, 0x30, 0x01, 0xa0, 0x61, 0x61, 0x81]), after: Buffer.alloc(0) },
}

/**
 * A dict of members and of the args and kwargs of a payload, whose octets are copied as they are.
 * @param members in JSON without braces
 * @throws {PayloadError} when the format cannot hold a value
 */
export function dictWith(format: Serializer, payload: Payload | undefined, members = ''): Buffer {
  const [args, kwargs] = payload === undefined ? [] : format.itemsOf(rawIn(payload, format), payload.count, 1)
  const { open, names, close, between } = PIECES[format.name]
  const parts: Uint8Array[] = [open[(args === undefined ? 0 : 1) + (kwargs === undefined ? 0 : 1)] ?? close]
  if (members !== '') parts.push(Buffer.from(args === undefined ? members : `${members},`))
  if (args !== undefined) parts.push(names.args, args)
  if (kwargs !== undefined) parts.push(between, names.kwargs, kwargs)
  return Buffer.concat([...parts, close])
}

const NOTHING = Buffer.alloc(0)
const BRACE = Buffer.from('{')

/** The octets of a dict of no, one or two entries, around its values. */
const PIECES = {
  json: {
    open: [BRACE, BRACE, BRACE],
    names: { args: Buffer.from('"args":'), kwargs: Buffer.from('"kwargs":') },
    between: Buffer.from(','),
    close: Buffer.from('}'),
  },
  msgpack: {
    open: [Buffer.from([0x80]), Buffer.from([0x81]), Buffer.from([0x82])],
    names: { args: Buffer.from('\u00a4args', 'latin1'), kwargs: Buffer.from('\u00a6kwargs', 'latin1') },
    between: NOTHING,
    close: NOTHING,
  },
  cbor: {
    open: [Buffer.from([0xa0]), Buffer.from([0xa1]), Buffer.from([0xa2])],
    names: { args: Buffer.from('dargs'), kwargs: Buffer.from('fkwargs') },
    between: NOTHING,
    close: NOTHING,
  },
} as const

/** Whether a decoded value is a dict. */
export function isDict(value: unknown): value is Dict {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
}
