// Code to copy that repeats a demonstration: a program with the client, and a line for the terminal.

import { make } from './dom.ts'

/** The address of the router and the command, for snippets. */
export interface SnippetContext {
  readonly url: string
  readonly realm: string
  /** The words that start the command here. */
  readonly command: string
  /** Whether the URL is the default of the command. */
  readonly isDefaultUrl: boolean
}

interface Block {
  readonly code: HTMLElement
  readonly figure: HTMLElement
}

/** The code blocks beside a demonstration. */
export class Snippets {
  readonly #blocks: readonly Block[]

  constructor(parent: HTMLElement, titles: readonly string[]) {
    this.#blocks = titles.map(block)
    parent.replaceChildren(...this.#blocks.map(({ figure }) => figure))
  }

  /** Shows one text in each block, in the order of the titles. */
  show(...texts: readonly string[]): void {
    for (const [i, { code }] of this.#blocks.entries()) code.textContent = texts[i] ?? ''
  }
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
  return [context.command, ...words, ...values.map((value) => shellWord(argument(value))), ...where].join(' ')
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

function block(title: string): Block {
  const code = make('code', '', '')
  const copy = make('button', 'small', 'Copy')
  copy.type = 'button'
  copy.setAttribute('aria-label', `Copy: ${title}`)
  copy.addEventListener('click', () => void copyText(code, copy))
  const pre = make('pre', '', [code])
  pre.tabIndex = 0
  return { code, figure: make('figure', '', [make('figcaption', '', [make('span', '', title), copy]), pre]) }
}

async function copyText(code: HTMLElement, button: HTMLButtonElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(code.textContent)
    button.textContent = 'Copied'
  } catch {
    // Without access to the clipboard the text is selected, so that the reader can copy it.
    getSelection()?.selectAllChildren(code)
    button.textContent = 'Selected'
  }
  setTimeout(() => {
    button.textContent = 'Copy'
  }, 1_500)
}
