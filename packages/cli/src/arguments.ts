// The words of a command line as values: positional and keyword arguments, and WAMP options.

import { UsageError } from '@trunkline/client'
import type { JsonText } from './json-text.ts'

export interface ParsedArguments {
  readonly args: readonly unknown[]
  readonly kwargs: Readonly<Record<string, unknown>>
}

const KEY_AND_VALUE = /^([A-Za-z_][A-Za-z0-9_]*)=([\s\S]*)$/

/**
 * Reads arguments: a word that is JSON becomes its value, `key=value` a keyword argument, any other word a string.
 * To pass a string that looks like one of the first two, write it as a JSON string: `'"5"'`, `'"a=b"'`.
 * @param isText whether every value is a plain string
 * @throws {UsageError} when a keyword is repeated, or a value begins like a list, a dict or a string of JSON and is not JSON
 */
export function parseArguments(words: readonly string[], json: JsonText, isText = false): ParsedArguments {
  const read = isText ? (text: string): unknown => text : (text: string): unknown => valueOf(text, json)
  const args: unknown[] = []
  const kwargs: Record<string, unknown> = {}
  for (const word of words) {
    const [, key, text] = KEY_AND_VALUE.exec(word) ?? []
    if (key === undefined || text === undefined) args.push(read(word))
    else define(kwargs, key, read(text), `argument '${key}'`)
  }
  return { args, kwargs }
}

/**
 * Reads `--option key=value` words. The names of WAMP (`disclose_me`) become those of the client (`discloseMe`).
 * @throws {UsageError} when a word has another form or a key is repeated
 */
export function parseOptions(words: readonly string[], json: JsonText): Record<string, unknown> {
  const options: Record<string, unknown> = {}
  for (const word of words) {
    const [, key, text] = KEY_AND_VALUE.exec(word) ?? []
    if (key === undefined || text === undefined) throw new UsageError(`--option '${word}': expected key=value, for example match=prefix`)
    define(options, camelCase(key), valueOf(text, json), `option '${key}'`)
  }
  return options
}

function camelCase(name: string): string {
  return name.replaceAll(/([a-z])_([a-z])/g, (_, before: string, letter: string) => before + letter.toUpperCase())
}

function valueOf(word: string, json: JsonText): unknown {
  const parsed = json.parse(word)
  if (parsed !== undefined) return parsed.value
  if (LIKE_JSON.test(word)) throw new UsageError(`${word} begins like JSON but is not JSON (--string sends it as text)`)
  return word
}

const LIKE_JSON = /^\s*[[{"]/

/** Makes an own property, whatever its name. */
function define(target: Record<string, unknown>, key: string, value: unknown, what: string): void {
  if (Object.hasOwn(target, key)) throw new UsageError(`${what} is given twice`)
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true })
}
