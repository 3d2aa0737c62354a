// Finds the comment above each entry of a contract: by the line that was run when the entry was made. No parser of TypeScript.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** What a comment says of an entry. */
export interface Comment {
  readonly doc?: string
  readonly since?: string
  readonly deprecated?: string
}

/** What @trunkline/contract calls with each new entry. */
const MADE = 'trunkline.contract'
type Globals = { [MADE]?: ((entry: object) => void) | undefined }

/** Where an entry was made: kept with it, since Node runs a module only once. */
const PLACE = Symbol('place of an entry')
interface Placed {
  readonly [PLACE]?: { readonly file: string; readonly line: number }
}

/** Runs a function, and notes where it makes entries. */
export async function withPlaces<T>(run: () => Promise<T>): Promise<T> {
  const globals = globalThis as Globals
  globals[MADE] = notePlace
  try {
    return await run()
  } finally {
    globals[MADE] = undefined
  }
}

/** What the comment above an entry says. */
export function commentOf(entry: object): Comment {
  const place = (entry as Placed)[PLACE]
  return place === undefined ? {} : commentAbove(readFileSync(place.file, 'utf8'), place.line)
}

function notePlace(entry: object): void {
  const trace: { stack?: string } = {}
  Error.captureStackTrace(trace, notePlace)
  // Behind the first line stand two functions of @trunkline/contract, then the module that called them.
  const [, file = '', line = ''] = /\(?((?:file:\/\/)?[^()]+?):(\d+):\d+\)?$/.exec(trace.stack?.split('\n')[3] ?? '') ?? []
  if (file === '' || file.startsWith('node:')) return
  const path = file.replace(/^\s*at (async )?/, '')
  const value = { file: path.startsWith('file:') ? fileURLToPath(path.replace(/\?.*$/, '')) : path, line: Number(line) }
  Object.defineProperty(entry, PLACE, { value })
}

/** What the JSDoc comment says that ends above a line, or that stands in the line. */
export function commentAbove(text: string, line: number): Comment {
  const lines = text.split('\n')
  const above = lines.slice(0, line - 1).join('\n')
  const [, own] = /\/\*\*(.*?)\*\/\s*\w+\s*:/.exec(lines[line - 1] ?? '') ?? []
  const [, found] = own === undefined ? (/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*$/.exec(above) ?? []) : [undefined, own]
  if (found === undefined) return {}
  const [doc = '', ...tags] = found
    .replaceAll(/^\s*\* ?/gm, '')
    .trim()
    .split(/^@/m)
  const tag = (name: string): string | undefined =>
    tags
      .find((each) => each.startsWith(name))
      ?.slice(name.length)
      .trim()
  const parts = { doc: doc.trim() || undefined, since: tag('since'), deprecated: tag('deprecated') }
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined))
}
