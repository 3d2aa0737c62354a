// JSON as the command reads and prints it: the JSON of WAMP, in which integers beyond 2^53 stay exact and byte arrays are
// strings of U+0000 and Base64.

import type { PayloadFormat } from '@trunkline/protocol'
import { createJsonSerializer, PayloadError } from '@trunkline/protocol'

/** Reads and writes single values. */
export class JsonText {
  readonly #format: PayloadFormat = createJsonSerializer()

  /** The value of a JSON text; undefined when the text is not JSON. */
  parse(text: string): { readonly value: unknown } | undefined {
    try {
      JSON.parse(text)
    } catch {
      return undefined // The caller takes a text that is not JSON as a plain string.
    }
    const [items] = this.#format.decodeItems(Buffer.from(`[${text}]`), 1) as [readonly unknown[]]
    return { value: items[0] }
  }

  /**
   * A value on one line, for programs.
   * @throws {PayloadError} when JSON cannot hold it, for example because it is NaN
   */
  exact(value: unknown): string {
    return Buffer.from(this.#format.encodeItems([[value]]))
      .toString('utf8')
      .slice(1, -1)
  }

  /**
   * A value on one line, for people: a value that JSON cannot hold becomes a string (`"NaN"`).
   * @throws {PayloadError} when the value is nested so deeply that it cannot be written
   */
  line(value: unknown): string {
    try {
      return this.#shown(value)
    } catch (error) {
      if (error instanceof RangeError) throw new PayloadError('a value is nested too deeply to be printed')
      throw error
    }
  }

  #shown(value: unknown): string {
    try {
      return this.exact(value)
    } catch (error) {
      if (error instanceof PayloadError) return JSON.stringify(value, asShown)
      throw error
    }
  }

  /** A value on several lines, indented by two spaces. */
  pretty(value: unknown): string {
    return indented(this.line(value))
  }
}

function asShown(_key: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return `\0${Buffer.from(value).toString('base64')}`
  return typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value)) ? String(value) : value
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s[\]{},:"]+/g

function indented(json: string): string {
  const tokens = json.match(TOKEN) ?? []
  let text = ''
  let depth = 0
  for (const [i, token] of tokens.entries()) {
    const newLine = (): string => `\n${'  '.repeat(depth)}`
    const isEmpty = (token === '[' && tokens[i + 1] === ']') || (token === '{' && tokens[i + 1] === '}')
    if (isEmpty) text += token
    else if (token === '[' || token === '{') {
      depth++
      text += token + newLine()
    } else if (token === ']' || token === '}') {
      const closesEmpty = tokens[i - 1] === '[' || tokens[i - 1] === '{'
      if (!closesEmpty) depth--
      text += closesEmpty ? token : newLine() + token
    } else if (token === ',') text += token + newLine()
    else text += token === ':' ? ': ' : token
  }
  return text
}
