// The arguments of a call or event: the words of the command line, or with `-` alone the JSON on stdin.

import { UsageError } from '@trunkline/client'
import type { ParsedArguments } from './arguments.ts'
import { parseArguments } from './arguments.ts'
import type { JsonText } from './json-text.ts'
import type { Terminal } from './terminal.ts'
import { orStopped } from './waiting.ts'

/**
 * Reads arguments. On stdin a list stands for the positional arguments, `{"args": …, "kwargs": …}`, as results are printed with
 * --json, for both, another dict for the keyword arguments, and any other value for one argument.
 * @param isText whether every value is a plain string; all of stdin is one then
 * @throws {UsageError} when stdin is not JSON; the errors of {@link parseArguments}
 */
export async function givenArguments(
  words: readonly string[],
  json: JsonText,
  terminal: Terminal,
  isText = false,
): Promise<ParsedArguments> {
  if (!words.includes('-')) return parseArguments(words, json, isText)
  if (words.length > 1) throw new UsageError(`- takes all arguments from stdin and stands alone ('"-"' is the text)`)
  const input = (await orStopped(terminal.readInput(), terminal.stop)).toString('utf8')
  if (isText) return { args: [input], kwargs: {} }
  const parsed = json.parse(input)
  if (parsed === undefined) throw new UsageError('expected JSON on stdin (--string sends it as text)')
  const { value } = parsed
  if (Array.isArray(value)) return { args: value, kwargs: {} }
  if (!isDict(value)) return { args: [value], kwargs: {} }
  const { args = [], kwargs = {}, ...others } = value
  const isBoth = Object.keys(value).length > 0 && Object.keys(others).length === 0 && Array.isArray(args) && isDict(kwargs)
  return isBoth ? { args, kwargs } : { args: [], kwargs: value }
}

function isDict(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
