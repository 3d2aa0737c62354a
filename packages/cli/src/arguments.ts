// The words of a command line as values: positional and keyword arguments, and WAMP options. Knows no session.

import { UsageError } from '@trunkline/client'
import type { JsonText } from './json-text.ts'

export interface ParsedArguments {
  readonly args: readonly unknown[]
  readonly kwargs: Readonly<Record<string, unknown>>
}

const KEY_AND_VALUE = /^([A-Za-z_][A-Za-z0-9_]*)=([\s\S]*)$/

/**
 * Reads arguments: a word that is JSON is its value, `key=value` is a keyword argument, any other word is a string.
 * A string that looks like one of the first two is written as a JSON string: `'"5"'`, `'"a=b"'`.
 * @throws {UsageError} when a keyword comes twice
 */
export function parseArguments(words: readonly string[], json: JsonText): ParsedArguments {
  const args: unknown[] = []
  const kwargs: Record<string, unknown> = {}
  for (const word of words) {
    const [, key, text] = KEY_AND_VALUE.exec(word) ?? []
    if (key === undefined || text === undefined) args.push(valueOf(word, json))
    else define(kwargs, key, valueOf(text, json), `argument '${key}'`)
  }
  return { args, kwargs }
}

/**
 * Reads `--option key=value` words.
 * @throws {UsageError} when a word has another form or a key comes twice
 */
export function parseOptions(words: readonly string[], json: JsonText): Record<string, unknown> {
  const options: Record<string, unknown> = {}
  for (const word of words) {
    const [, key, text] = KEY_AND_VALUE.exec(word) ?? []
    if (key === undefined || text === undefined) throw new UsageError(`--option '${word}': expected key=value, for example match=prefix`)
    define(options, key, valueOf(text, json), `option '${key}'`)
  }
  return options
}

function valueOf(word: string, json: JsonText): unknown {
  const parsed = json.parse(word)
  return parsed === undefined ? word : parsed.value
}

/** Makes an own property, whatever its name. */
function define(target: Record<string, unknown>, key: string, value: unknown, what: string): void {
  if (Object.hasOwn(target, key)) throw new UsageError(`${what} is given twice`)
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true })
}
