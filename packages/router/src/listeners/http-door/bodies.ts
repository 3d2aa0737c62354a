// Bodies of requests and answers in three formats: what a request wants to send, and a payload as the content of an answer.

import type { Dict, Message, Serializer, SerializerName } from '@trunkline/protocol'
import { CALL, Payload, ProtocolError, rawIn } from '@trunkline/protocol'
import { isEmpty, kindOf, membersOf } from './raw-values.ts'

/** One serializer of each kind, which reads every option and converts payloads. */
export type Formats = Readonly<Record<SerializerName, Serializer>>

/** What a request sends, as octets of its format: a long body is never built as values. */
export interface Content {
  readonly payload: Payload | undefined
  /** A dict; undefined where there is none. */
  readonly options: Uint8Array | undefined
}

/** A body that says nothing that could be sent. The message is for people. */
export class BodyError extends Error {
  override readonly name = 'BodyError'
}

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

/**
 * JSON of which no line ends before its own end.
 * @param ends how many ends of lines follow it
 */
export function onOneLine(json: Buffer, ends = 1): Buffer {
  // Within a text JSON has no line ends, between values they mean nothing.
  const line = Buffer.allocUnsafe(json.length + ends)
  json.copy(line)
  for (const end of [LINE_FEED, RETURN]) {
    for (let at = json.indexOf(end); at >= 0; at = json.indexOf(end, at + 1)) line[at] = SPACE
  }
  return line.fill(LINE_FEED, json.length)
}

const [LINE_FEED, RETURN, SPACE, TAB] = [0x0a, 0x0d, 0x20, 0x09] as const

/** The media type of a serializer. */
export const TYPE_OF: Readonly<Record<SerializerName, string>> = {
  json: 'application/json',
  msgpack: 'application/msgpack',
  cbor: 'application/cbor',
}

/**
 * Reads a body: a dict of nothing but `args`, `kwargs` and `options` is these; any other dict is the kwargs, a list the args, another value
 * the one argument; an empty body is none.
 * @throws {BodyError} when it is not well-formed, or `args`, `kwargs` or `options` have another type; `PayloadError` when one is there twice
 */
export function readContent(format: Serializer, body: Uint8Array): Content {
  const raw = format.isBinary ? body : withoutBlanks(body)
  if (raw.length === 0) return { payload: undefined, options: undefined }
  check(format, raw)
  const kind = kindOf(format, raw)
  if (kind === 'list') return { payload: payloadOf(format, raw), options: undefined }
  if (kind === 'other') return { payload: payloadOf(format, listOf(format, raw)), options: undefined }
  const members = membersOf(format, raw, CONTENT)
  return 'unknown' in members ? { payload: payloadOf(format, undefined, raw), options: undefined } : contentOf(format, members)
}

const CONTENT: ReadonlySet<string> = new Set(['args', 'kwargs', 'options'])

/**
 * The content of the members of a dict that was checked.
 * @throws {BodyError} when `args`, `kwargs` or `options` have another type
 */
export function contentOf(format: Serializer, members: ReadonlyMap<string, Uint8Array>): Content {
  const [args, kwargs, options] = [members.get('args'), members.get('kwargs'), members.get('options')]
  if (args !== undefined && kindOf(format, args) !== 'list') throw new BodyError('args is not a list')
  if (kwargs !== undefined && kindOf(format, kwargs) !== 'dict') throw new BodyError('kwargs is not a dict')
  if (options !== undefined && kindOf(format, options) !== 'dict') throw new BodyError('options is not a dict')
  // Keys of kwargs have to be texts, which those of other dicts need not be.
  if (kwargs !== undefined && format.isBinary) check(format, kwargs)
  return { payload: payloadOf(format, args, kwargs), options }
}

/** Leaves out what is empty at the end (specification: "Message Structure"). */
function payloadOf(format: Serializer, args?: Uint8Array, kwargs?: Uint8Array): Payload | undefined {
  if (kwargs !== undefined && !isEmpty(format, kwargs)) {
    const { emptyList, between } = PIECES[format.name]
    return Payload.fromRaw(format, Buffer.concat([args ?? emptyList, between, kwargs]), 2)
  }
  return args === undefined || isEmpty(format, args) ? undefined : Payload.fromRaw(format, args, 1)
}

/** The list of nothing but one value. */
function listOf({ name }: Serializer, raw: Uint8Array): Uint8Array {
  const [before, after] = PIECES[name].aroundOne
  return Buffer.concat([before, raw, after])
}

/**
 * Checks a value as the router checks each message (well-formed, UTF-8, depth, keys of kwargs): as args or kwargs of a CALL, or as its
 * only argument.
 * @throws {BodyError}
 */
function check(format: Serializer, raw: Uint8Array): void {
  const { name } = format
  const kind = kindOf(format, raw)
  const [before, after] = ENVELOPES[name][kind]
  let message: Message
  try {
    message = format.decode(Buffer.concat([before, raw, after]))
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    throw new BodyError(error.message.replace(/(?<=at octet )\d+/, (at) => String(Number(at) - before.length)))
  }
  // In JSON more than one value may end where one has to.
  const payload = message.type === CALL ? message.payload : undefined
  const [emptyList, between] = [PIECES[name].emptyList, PIECES[name].between]
  const around = kind === 'list' ? 0 : kind === 'dict' ? emptyList.length + between.length : listOf(format, NOTHING).length
  const isOne = kind !== 'other' || format.itemsOf(raw, 1, 2)[0]?.length === raw.length
  if (payload?.count !== (kind === 'dict' ? 2 : 1) || payload.raw.length !== around + raw.length || !isOne)
    throw new BodyError('the body is more than one value')
}

/** A value of JSON without the blanks around it. */
function withoutBlanks(json: Uint8Array): Uint8Array {
  let [start, end] = [0, json.length]
  while (start < end && isBlank(json[start])) start++
  while (end > start && isBlank(json[end - 1])) end--
  return json.subarray(start, end)
}

function isBlank(c: number | undefined): boolean {
  return c === SPACE || c === LINE_FEED || c === RETURN || c === TAB
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

type Envelope = readonly [before: Buffer, after: Buffer]

/** A CALL around a value of each kind. */
const ENVELOPES: Readonly<Record<SerializerName, Readonly<Record<ReturnType<typeof kindOf>, Envelope>>>> = {
  json: {
    list: [Buffer.from('[48,1,{},"a",'), Buffer.from(']')],
    dict: [Buffer.from('[48,1,{},"a",[],'), Buffer.from(']')],
    other: [Buffer.from('[48,1,{},"a",['), Buffer.from(']]')],
  },
  msgpack: {
    list: [Buffer.from([0x95, 0x30, 0x01, 0x80, 0xa1, 0x61]), NOTHING],
    dict: [Buffer.from([0x96, 0x30, 0x01, 0x80, 0xa1, 0x61, 0x90]), NOTHING],
    other: [Buffer.from([0x95, 0x30, 0x01, 0x80, 0xa1, 0x61, 0x91]), NOTHING],
  },
  cbor: {
    list: [Buffer.from([0x85, 0x18, 0x30, 0x01, 0xa0, 0x61, 0x61]), NOTHING],
    dict: [Buffer.from([0x86, 0x18, 0x30, 0x01, 0xa0, 0x61, 0x61, 0x80]), NOTHING],
    other: [Buffer.from([0x85, 0x18, 0x30, 0x01, 0xa0, 0x61, 0x61, 0x81]), NOTHING],
  },
}

/** The octets of a dict of no, one or two entries, around its values, and of lists. */
const PIECES = {
  json: {
    open: [BRACE, BRACE, BRACE],
    names: { args: Buffer.from('"args":'), kwargs: Buffer.from('"kwargs":') },
    between: Buffer.from(','),
    close: Buffer.from('}'),
    emptyList: Buffer.from('[]'),
    aroundOne: [Buffer.from('['), Buffer.from(']')],
  },
  msgpack: {
    open: [Buffer.from([0x80]), Buffer.from([0x81]), Buffer.from([0x82])],
    names: { args: Buffer.from('\u00a4args', 'latin1'), kwargs: Buffer.from('\u00a6kwargs', 'latin1') },
    between: NOTHING,
    close: NOTHING,
    emptyList: Buffer.from([0x90]),
    aroundOne: [Buffer.from([0x91]), NOTHING],
  },
  cbor: {
    open: [Buffer.from([0xa0]), Buffer.from([0xa1]), Buffer.from([0xa2])],
    names: { args: Buffer.from('dargs'), kwargs: Buffer.from('fkwargs') },
    between: NOTHING,
    close: NOTHING,
    emptyList: Buffer.from([0x80]),
    aroundOne: [Buffer.from([0x81]), NOTHING],
  },
} as const

/** Whether a decoded value is a dict. */
export function isDict(value: unknown): value is Dict {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
}
