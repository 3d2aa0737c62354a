// Message list <-> message object, driven by the message table. Checks element count, element types and the types
// of predefined options. It does not check whether URIs are valid: a bad URI gets ERROR, not ABORT.

import { ProtocolError } from './errors.ts'
import { MAX_ID } from './ids.ts'
import type { Field, FieldType, MessageRow, OptionType } from './message-table.ts'
import { messageRow } from './message-table.ts'
import type { Dict, Message } from './messages.ts'
import * as m from './messages.ts'
import { EMPTY_DICT } from './messages.ts'
import { Payload } from './payload.ts'

/**
 * Makes a message from its decoded header elements (the type code first) and its payload.
 * @throws {ProtocolError} on a wrong number or type of elements, or a predefined option of the wrong type
 */
export function messageFromElements(header: readonly unknown[], payload: Payload | undefined): Message {
  const row = checkedRow(header)
  return build(row.code, header as readonly never[], payload)
}

/**
 * Makes a message from a whole decoded list, as a serializer of values returns it.
 * @throws {ProtocolError} when it is not a WAMP message
 */
export function messageFromArray(list: unknown): Message {
  const elements: readonly unknown[] = Array.isArray(list) ? list : []
  const row = rowOf(elements[0])
  const { code, fields, hasPayload } = row
  const size = fields.length + 1
  if (elements.length > size + (hasPayload ? 2 : 0))
    throw new ProtocolError(`${row.name} has ${elements.length} elements, which is too many`)
  checkHeader(row, elements, Math.min(elements.length, size) - 1)
  // This uses the table instead of `build`, so that bundles of clients that only read lists do not contain `build`.
  // An empty literal has room for the properties of most messages, one with a property has not.
  const message: Record<string, unknown> = {}
  message['type'] = code
  for (let i = 1; i < size; i++) message[(fields[i - 1] as Field).property] = elements[i]
  if (hasPayload) message['payload'] = payloadAt(size, row, elements)
  return message as unknown as Message
}

/** The elements before the payload, the type code first. Absent optional elements are left out. */
export function headerElements(message: Message): unknown[] {
  switch (message.type) {
    case m.HELLO:
      return [message.type, message.realm, message.details]
    case m.WELCOME:
      return [message.type, message.session, message.details]
    case m.ABORT:
    case m.GOODBYE:
      return [message.type, message.details, message.reason]
    case m.CHALLENGE:
      return [message.type, message.authmethod, message.extra]
    case m.AUTHENTICATE:
      return [message.type, message.signature, message.extra]
    case m.ERROR:
      return [message.type, message.requestType, message.request, message.details, message.error]
    case m.PUBLISH:
    case m.SUBSCRIBE:
      return [message.type, message.request, message.options, message.topic]
    case m.PUBLISHED:
      return [message.type, message.request, message.publication]
    case m.SUBSCRIBED:
      return withOptional([message.type, message.request, message.subscription], message.details)
    case m.UNSUBSCRIBE:
      return withOptional([message.type, message.request, message.subscription], message.options)
    case m.UNSUBSCRIBED:
    case m.UNREGISTERED:
      return withOptional([message.type, message.request], message.details)
    case m.EVENT:
      return [message.type, message.subscription, message.publication, message.details]
    case m.CALL:
    case m.REGISTER:
      return [message.type, message.request, message.options, message.procedure]
    case m.CANCEL:
    case m.INTERRUPT:
    case m.YIELD:
      return [message.type, message.request, message.options]
    case m.RESULT:
      return [message.type, message.request, message.details]
    case m.REGISTERED:
      return [message.type, message.request, message.registration]
    case m.UNREGISTER:
      return withOptional([message.type, message.request, message.registration], message.options)
    case m.INVOCATION:
      return [message.type, message.request, message.registration, message.details]
    case m.EVENT_RECEIVED:
      return withOptional([message.type, message.publication], message.details)
  }
}

/** The payload of a message, if its kind has one. */
export function payloadOf(message: Message): Payload | undefined {
  return 'payload' in message ? message.payload : undefined
}

/** A whole message as a list of values; driven by the table, as {@link messageFromArray} is. */
export function messageToArray(message: Message): unknown[] {
  const properties = message as unknown as Readonly<Record<string, unknown>>
  const { fields, optionalFields } = rowOf(message.type)
  const elements = fields.map(({ property }) => properties[property])
  if (optionalFields > 0 && elements.at(-1) === undefined) elements.pop()
  return [message.type, ...elements, ...(payloadOf(message)?.items ?? [])]
}

function withOptional(elements: unknown[], dict: Dict | undefined): unknown[] {
  if (dict !== undefined) elements.push(dict)
  return elements
}

/**
 * The row of a type code.
 * @throws {ProtocolError} for a code that is no WAMP message
 */
export function rowOf(type: unknown): MessageRow {
  const row = typeof type === 'number' ? messageRow(type) : undefined
  if (row === undefined) throw new ProtocolError(`a list of the type ${String(type)} is not a WAMP message`)
  return row
}

/** Checks the number and the types of the elements, and returns the row of the message. */
function checkedRow(header: readonly unknown[]): MessageRow {
  const row = rowOf(header[0])
  checkHeader(row, header, header.length - 1)
  return row
}

/** @param given how many elements stand between the type code and the payload */
function checkHeader(row: MessageRow, elements: readonly unknown[], given: number): void {
  if (given > row.fields.length || given < row.fields.length - row.optionalFields) {
    throw new ProtocolError(`${row.name} has ${given + 1} elements before its payload, not ${row.fields.length + 1}`)
  }
  for (let i = 0; i < given; i++) checkField(row, i, elements[i + 1])
}

/** Args and kwargs from an index on, checked. null counts as empty: clients in wide use write it. */
function payloadAt(index: number, row: MessageRow, elements: readonly unknown[]): Payload | undefined {
  const args = elements[index] ?? []
  const kwargs = elements[index + 1] ?? undefined
  if (!Array.isArray(args) && !((args instanceof Uint8Array || typeof args === 'string') && isPassthru(elements.slice(0, index)))) {
    throw new ProtocolError(`${row.name}.Arguments is not a list`)
  }
  if (kwargs === undefined) return args === elements[index] ? Payload.fromItems([args]) : undefined
  if (!isDict(kwargs)) throw new ProtocolError(`${row.name}.ArgumentsKw is not a dict`)
  return Payload.fromItems([args, kwargs])
}

/** Whether a header announces the older form of payload passthru, which has one binary value in place of args. */
export function isPassthru(header: readonly unknown[]): boolean {
  for (const element of header) if (isDict(element) && 'enc_algo' in element) return true
  return false
}

function checkField(row: MessageRow, index: number, value: unknown): void {
  const field = row.fields[index]
  if (field === undefined) return
  if (!holds(field.type, value)) throw new ProtocolError(`${row.name}.${field.name} is not of the type ${field.type}`)
  if (field.type === 'dict' && value !== EMPTY_DICT) checkKeys(row, value as Dict)
}

function checkKeys(row: MessageRow, dict: Dict): void {
  if (row.keys.size === 0) return
  for (const key in dict) {
    const type = row.keys.get(key)
    const value = dict[key]
    if (type === undefined || value === undefined || value === null) continue
    if (!holds(type, value)) throw new ProtocolError(`${row.name}: ${key} ${faultOf(type)}`)
  }
}

function holds(type: FieldType | OptionType, value: unknown): boolean {
  if (typeof type === 'object') return typeof value === 'string' && type.oneOf.includes(value)
  switch (type) {
    case 'id':
      return isIdValue(value)
    case 'uri':
    case 'string':
      return typeof value === 'string'
    case 'dict':
      return isDict(value)
    case 'integer':
      return isInteger(value) && !Object.is(value, -0)
    case 'bool':
      return typeof value === 'boolean'
    case 'id0':
      // Not `===`: the value may be the float -0, which would be sent on as another value than was received.
      return Object.is(value, 0) || isIdValue(value)
    case 'uri0':
      return value === null || typeof value === 'string'
    case 'ids':
      return Array.isArray(value) && value.every(isIdValue)
    case 'strings':
      return Array.isArray(value) && value.every((each) => typeof each === 'string')
    case 'dicts':
      return Array.isArray(value) && value.every(isDict)
    case 'any':
      return true
  }
}

function faultOf(type: OptionType): string {
  if (typeof type === 'object') return `is not one of ${type.oneOf.join(', ')}`
  return `is not of the type ${type.replace(/(.*)s$/, 'list of $&')}`
}

function isInteger(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_ID
}

function isIdValue(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MAX_ID
}

function isDict(value: unknown): value is Dict {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
}

/** The caller has checked the elements against the row of `type`. Their type is `never`, which is assignable to every field. */
function build(type: number, e: readonly never[], payload: Payload | undefined): Message {
  const [, a, b, c, d] = e as readonly [never, never, never, never, never]
  switch (type) {
    case m.HELLO:
      return { type, realm: a, details: b }
    case m.WELCOME:
      return { type, session: a, details: b }
    case m.ABORT:
      return { type, details: a, reason: b, payload }
    case m.CHALLENGE:
      return { type, authmethod: a, extra: b }
    case m.AUTHENTICATE:
      return { type, signature: a, extra: b }
    case m.GOODBYE:
      return { type, details: a, reason: b }
    case m.ERROR:
      return { type, requestType: a, request: b, details: c, error: d, payload }
    case m.PUBLISH:
      return { type, request: a, options: b, topic: c, payload }
    case m.PUBLISHED:
      return { type, request: a, publication: b }
    case m.SUBSCRIBE:
      return { type, request: a, options: b, topic: c }
    case m.SUBSCRIBED:
      return c === undefined ? { type, request: a, subscription: b } : { type, request: a, subscription: b, details: c }
    case m.UNSUBSCRIBE:
      return { type, request: a, subscription: b, options: c }
    case m.UNSUBSCRIBED:
    case m.UNREGISTERED:
      return { type, request: a, details: b }
    case m.EVENT:
      return { type, subscription: a, publication: b, details: c, payload }
    case m.CALL:
      return { type, request: a, options: b, procedure: c, payload }
    case m.CANCEL:
    case m.INTERRUPT:
      return { type, request: a, options: b }
    case m.RESULT:
      return { type, request: a, details: b, payload }
    case m.REGISTER:
      return { type, request: a, options: b, procedure: c }
    case m.REGISTERED:
      return { type, request: a, registration: b }
    case m.UNREGISTER:
      return { type, request: a, registration: b, options: c }
    case m.INVOCATION:
      return { type, request: a, registration: b, details: c, payload }
    case m.YIELD:
      return { type, request: a, options: b, payload }
    case m.EVENT_RECEIVED:
      return b === undefined ? { type, publication: a } : { type, publication: a, details: b }
    default:
      throw new ProtocolError(`${type} is not the type of a WAMP message`)
  }
}
