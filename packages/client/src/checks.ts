// Checks the arguments of applications before they are sent: plain JavaScript has no types, a string in place of
// args would end the session, and a router would silently ignore a mistyped option.

import type { Message } from '@trunkline/protocol'
import { messageFromArray, messageRow, messageToArray, ProtocolError, tagOf, UsageError } from '@trunkline/protocol'

/**
 * Refuses a value of a kind that is not allowed. A kind is a result of `typeof`, `list`, `dict` (no list, no Map, no other
 * class of the language), or `any`.
 * @param what the name of the argument
 * @param kinds separated by `|`
 * @throws {UsageError}
 */
export function check(what: string, value: unknown, kinds: string): void {
  if (!kinds.split('|').some((kind) => isOf(kind, value))) throw new UsageError(`${what}: expected ${kinds.replace('|', ' or ')}`)
}

/**
 * Refuses an object with an unknown name or a value of the wrong kind. Null and undefined count as absent.
 * @param known `name:kinds` for each, or `name` for any kind
 * @throws {UsageError}
 */
export function checkNamed(what: string, value: object, known: string): void {
  check(what, value, 'dict')
  const kinds = new Map(known.split(' ').map((each): [string, string] => (([name = '', kind = 'any']) => [name, kind])(each.split(':'))))
  for (const [name, each] of Object.entries(value)) {
    checkName(name, kinds)
    if (each !== undefined && each !== null) check(name, each, kinds.get(name) ?? '')
  }
}

/**
 * Refuses options that a router would ignore, or answer with ABORT, such as a predefined option of the wrong type.
 * @throws {UsageError}
 */
export function checkOptions(message: Message, options: object): void {
  try {
    messageFromArray(messageToArray(message))
  } catch (error) {
    if (error instanceof ProtocolError) throw new UsageError(error.message, 'TL_USAGE', { cause: error })
    throw error
  }
  for (const name in options) if (!name.startsWith('_')) checkName(name, messageRow(message.type)?.keys)
}

/**
 * Refuses a URL or options that cannot open a connection.
 * @throws {UsageError}
 */
export function checkOpening(url: string, options: object): void {
  check('url', url, 'string')
  checkNamed('options', options, 'serializer:object signal:object tls:object headers:object httpAgent:object')
  check('serializer', (options as { serializer?: unknown }).serializer, 'object')
  check('signal', (options as { signal?: unknown }).signal, 'object')
}

function isOf(kind: string, value: unknown): boolean {
  if (kind === 'list') return Array.isArray(value)
  if (kind === 'dict') return tagOf(value) === 'Object'
  return kind === 'any' || (typeof value === kind && value !== null)
}

function checkName(name: string, known: ReadonlyMap<string, unknown> = new Map()): void {
  if (known.has(name)) return
  const [nearest] = [...known.keys()].sort((a, b) => likeness(name, b) - likeness(name, a))
  throw new UsageError(`unknown option '${name}'; did you mean '${nearest}'?`)
}

/** The share of letters that two names have in common, between 0 and 1: short code, good enough for typing errors. */
function likeness(a: string, b: string): number {
  return (shared(a, b) + shared(b, a)) / (a.length + b.length)
}

function shared(a: string, b: string): number {
  return a.split('').filter((letter) => b.includes(letter)).length
}
