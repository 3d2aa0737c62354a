// Code to copy that repeats what was clicked: a program with the client, and a line for the terminal.

/** The address of the router and the command, for snippets. */
export interface SnippetContext {
  readonly url: string
  readonly realm: string
  /** The words that start the command here. */
  readonly command: string
  /** Whether the URL is the default of the command. */
  readonly isDefaultUrl: boolean
}

/** A program that connects and runs `body` with its `client`. */
export function program({ url, realm }: SnippetContext, body: readonly string[]): string {
  return [
    `import { connect } from '@trunkline/client'`,
    '',
    'const client = await connect({',
    `  url: ${quoted(url)},`,
    `  realm: ${quoted(realm)},`,
    '})',
    ...body,
  ].join('\n')
}

/** A line for the terminal. Each value is written so that the command reads it back as that value. */
export function commandLine(context: SnippetContext, words: readonly string[], values: readonly unknown[]): string {
  const where = [
    ...(context.isDefaultUrl ? [] : ['--url', shellWord(context.url)]),
    ...(context.realm === 'realm1' ? [] : ['--realm', shellWord(context.realm)]),
  ]
  return [context.command, ...words.map(shellWord), ...values.map((value) => shellWord(argument(value))), ...where].join(' ')
}

/** A value as JavaScript source. */
export function source(value: unknown): string {
  return typeof value === 'string' ? quoted(value) : JSON.stringify(value)
}

function quoted(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}

/** Text that the command would read as another value is written as a JSON string. */
function argument(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  return value === '' || LIKE_OTHERS.test(value) || isJson(value) ? JSON.stringify(value) : value
}

/** An option, a keyword argument, or text that begins like a list, a dict or a string of JSON. */
const LIKE_OTHERS = /^(?:-|[A-Za-z_]\w*=|\s*[[{"])/

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function shellWord(text: string): string {
  return /^[\w./:@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
