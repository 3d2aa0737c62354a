// The attributes of a vector as a WAMP message list: the mapping between the suite's names and the protocol's fields.

import type { MessageRow } from '@trunkline/protocol'
import { messageRow } from '@trunkline/protocol'
import type { Attributes } from './suite.ts'

/** The suite's names are not uniform: besides these, a field stands under its own name in snake case, with or without `_id`. */
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  AuthMethod: ['method', 'authmethod'],
}

/**
 * Makes the message list that the attributes describe. `null` counts as absent; predefined keys of the dictionary may
 * stand at the top level, as `roles` does; `payload` is one binary value in hex in the place of the arguments.
 * @throws {Error} when a field is missing or an attribute has no place
 */
export function listOf(attributes: Attributes): unknown[] {
  const row = messageRow(attributes.message_type)
  if (row === undefined) throw new Error(`${attributes.message_type} is not the type of a WAMP message`)
  const left = new Map(Object.entries(attributes).filter(([name, value]) => name !== 'message_type' && value !== null))
  const list: unknown[] = [row.code]
  for (const [index, field] of row.fields.entries()) {
    const value = field.type === 'dict' ? takeDict(left, row, field.name, isOptional(row, index)) : takeField(left, field.name)
    if (value === undefined && !isOptional(row, index)) throw new Error(`no attribute for ${row.name}.${field.name}`)
    if (value !== undefined) list.push(value)
  }
  list.push(...takePayload(left))
  if (left.size > 0) throw new Error(`attributes without a place in ${row.name}: ${[...left.keys()].join(', ')}`)
  return list
}

/** The same values with the keys of dictionaries in the order that `model` has: the order on the wire is free. */
export function ordered(value: unknown, model: unknown): unknown {
  if (Array.isArray(value)) return value.map((item, index) => ordered(item, Array.isArray(model) ? model[index] : undefined))
  if (!isDict(value)) return value
  const like = isDict(model) ? model : {}
  const names = [...Object.keys(like).filter((name) => name in value), ...Object.keys(value).filter((name) => !(name in like))]
  return Object.fromEntries(names.map((name) => [name, ordered(value[name], like[name])]))
}

/** One text for equal values: keys sorted, bytes in hex. */
export function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return `hex(${Buffer.from(value).toString('hex')})`
  if (Array.isArray(value)) return `[${value.map(textOf).join(',')}]`
  if (!isDict(value)) return typeof value === 'bigint' ? `${value}n` : (JSON.stringify(value) ?? 'undefined')
  const names = Object.keys(value).toSorted()
  return `{${names.map((name) => `${JSON.stringify(name)}:${textOf(value[name])}`).join(',')}}`
}

function takeField(left: Map<string, unknown>, name: string): unknown {
  const snake = name.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toLowerCase()
  const found = [snake, `${snake}_id`, ...(OTHER_NAMES[name] ?? [])].find((each) => left.has(each))
  if (found === undefined) return undefined
  const value = left.get(found)
  left.delete(found)
  return value
}

function takeDict(left: Map<string, unknown>, row: MessageRow, name: string, mayBeAbsent: boolean): unknown {
  const whole = takeField(left, name)
  const members = [...left].filter(([each]) => row.keys.has(each))
  for (const [each] of members) left.delete(each)
  if (whole === undefined && members.length === 0 && mayBeAbsent) return undefined
  return { ...Object(whole), ...Object.fromEntries(members) }
}

function takePayload(left: Map<string, unknown>): unknown[] {
  const [args, kwargs, payload] = ['args', 'kwargs', 'payload'].map((name) => {
    const value = left.get(name)
    left.delete(name)
    return value
  })
  if (typeof payload === 'string') return [new Uint8Array(Buffer.from(payload, 'hex'))]
  if (kwargs !== undefined) return [args ?? [], kwargs]
  return args === undefined ? [] : [args]
}

function isOptional(row: MessageRow, index: number): boolean {
  return index >= row.fields.length - row.optionalFields
}

function isDict(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
}
