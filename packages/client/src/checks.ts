// Checks the arguments of applications before they are sent: plain JavaScript has no types, a string in place of
// args would end the session, and a router would silently ignore a mistyped option.

import type { Message } from '@trunkline/protocol'
import { messageFromArray, messageToArray, ProtocolError, tagOf, UsageError } from '@trunkline/protocol'

/**
 * Refuses a value of a kind that is not allowed. A kind is a result of `typeof`, `list`, `dict` (no list, no Map, no other
 * class of the language), or `any`. A `number` is 0 or more.
 * @param what the name of the argument
 * @param kinds separated by `|`
 * @throws {UsageError}
 */
export function check(what: string, value: unknown, kinds: string): void {
  // Most have one kind: splitting costs more than the look.
  if (!isOf(kinds, value) && !kinds.split('|').some((kind) => isOf(kind, value)))
    throw new UsageError(`${what}: expected ${kinds.replaceAll('|', ' or ').replace('number', 'number from 0 on')}`)
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
    if (!kinds.has(name)) throw nearestOf(name, [...kinds.keys()])
    if (each !== undefined && each !== null) check(name, each, kinds.get(name) ?? '')
  }
}

/** Options, empty when absent. @throws {UsageError} when they are no dict */
export function checkedDict<Options extends object>(options: Options | undefined | null): Partial<Options> {
  check('options', options ?? {}, 'dict')
  return options ?? {}
}

/**
 * Refuses what is no handler. One with several parameters was written for another client: it would get `undefined` for most of them.
 * @throws {UsageError}
 */
export function checkHandler<Handler>(handler: Handler): Handler {
  check('handler', handler, 'function')
  if ((handler as { length: number }).length > 1) throw new UsageError('handler: expected one parameter, ({ args, kwargs, details })')
  return handler
}

/**
 * Refuses a predefined option of the wrong type, which a router would answer with ABORT.
 * @throws {UsageError}
 */
export function checkOptions(message: Message): void {
  try {
    messageFromArray(messageToArray(message))
  } catch (error) {
    if (error instanceof ProtocolError) throw new UsageError(camelCase(error.message), 'TL_USAGE', { cause: error })
    throw error
  }
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
  if (kind === 'integer') return Number.isInteger(value)
  if (kind === 'number') return typeof value === 'number' && value >= 0
  return kind === 'any' || (typeof value === kind && value !== null)
}

/** A text with the names of WAMP's options in camel case, as the client has them. */
export function camelCase(text: string): string {
  return text.replaceAll(/([a-z])_([a-z])/g, (_, before: string, letter: string) => before + letter.toUpperCase())
}

/** The error for an unknown option, which names the nearest one. */
export function nearestOf(name: string, known: readonly string[]): UsageError {
  const meant = camelCase(name)
  const [nearest] = [...known].sort((a, b) => likeness(meant, b) - likeness(meant, a))
  return new UsageError(`unknown option '${name}'; did you mean '${nearest}'?`)
}

/** The share of letters that two names have in common, between 0 and 1: short code, good enough for typing errors. */
function likeness(a: string, b: string): number {
  return (shared(a, b) + shared(b, a)) / (a.length + b.length)
}

function shared(a: string, b: string): number {
  return a.split('').filter((letter) => b.includes(letter)).length
}
