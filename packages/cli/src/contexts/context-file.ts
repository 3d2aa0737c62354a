// The user's file of contexts: routers by name, and the one that is in use. It holds no secret, only where one is.

import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { UsageError } from '@trunkline/client'
import { didYouMean } from '../nearest.ts'
import { readFault } from '../read-fault.ts'
import { replaceFile } from '../replace-file.ts'

/** What a context may hold, in the order of its texts. */
export const CONTEXT_KEYS = ['url', 'realm', 'adminRealm', 'authid', 'login', 'secret', 'serializer', 'ca'] as const

/** How to reach and enter one router. */
export type Context = { readonly [Key in (typeof CONTEXT_KEYS)[number]]?: string }

/** What may be the name of a context: shells that complete one may run what else stands there. */
export const CONTEXT_NAME = /^[A-Za-z0-9_][\w.-]{0,63}$/

export interface Contexts {
  /** The name of the context in use. */
  readonly current: string | undefined
  readonly byName: ReadonlyMap<string, Context>
}

/** Where the file is: in the folder for configuration of XDG, which `XDG_CONFIG_HOME` moves. */
export function contextFile(): string {
  const { XDG_CONFIG_HOME: xdg, APPDATA: appData } = process.env
  const system = process.platform === 'win32' && appData !== undefined ? appData : join(homedir(), '.config')
  return join(xdg !== undefined && xdg !== '' ? xdg : system, 'trunkline', 'contexts.json')
}

/**
 * Reads the contexts; none, when there is no file.
 * @throws {UsageError} when the file cannot be read or has mistakes
 */
export function readContexts(): Contexts {
  const file = contextFile()
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') return parsed('', file)
    throw new UsageError(`cannot read ${file}: ${readFault(error)}`, 'TL_USAGE', { cause: error })
  }
  return parsed(text, file)
}

/** Changes the contexts, for which the file is made if there is none. Rejects as {@link replaceFile}. */
export async function changeContexts(change: (contexts: Contexts) => Contexts): Promise<void> {
  const file = contextFile()
  await replaceFile(
    file,
    (text) => {
      const { current, byName } = change(parsed(text, file))
      return `${JSON.stringify({ current, contexts: Object.fromEntries(byName) }, undefined, 2)}\n`
    },
    { mode: 0o600 },
  )
}

/**
 * The context with a name.
 * @throws {UsageError} when there is none
 */
export function contextNamed(name: string, { byName }: Contexts): Context {
  const found = byName.get(name)
  if (found !== undefined) return found
  throw new UsageError(`there is no context '${name}'${didYouMean(name, [...byName.keys()])} (trunkline context ls)`)
}

function parsed(text: string, file: string): Contexts {
  if (text.trim() === '') return { current: undefined, byName: new Map() }
  const document = dictOf(jsonOf(text, file), file)
  onlyKnown(document, ['current', 'contexts'], file)
  const byName = new Map<string, Context>()
  for (const [name, value] of Object.entries(dictOf(document['contexts'] ?? {}, `${file}: contexts`))) {
    const place = `${file}: contexts.${name}`
    if (!CONTEXT_NAME.test(name)) throw new UsageError(`${place}: no name for a context: expected letters, digits, ., _ and -`)
    const context = dictOf(value, place)
    onlyKnown(context, CONTEXT_KEYS, place)
    for (const key of Object.keys(context)) textOf(context[key], `${place}.${key}`)
    byName.set(name, context)
  }
  const { current } = document
  return { current: current === undefined ? undefined : textOf(current, `${file}: current`), byName }
}

function jsonOf(text: string, file: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw new UsageError(`${file}: ${error instanceof Error ? error.message : String(error)}`, 'TL_USAGE', { cause: error })
  }
}

function dictOf(value: unknown, place: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Readonly<Record<string, unknown>>
  throw new UsageError(`${place}: expected a dict`)
}

function textOf(value: unknown, place: string): string {
  if (typeof value === 'string') return value
  throw new UsageError(`${place}: expected a text`)
}

function onlyKnown(dict: Readonly<Record<string, unknown>>, keys: readonly string[], place: string): void {
  const unknown = Object.keys(dict).find((key) => !keys.includes(key))
  if (unknown !== undefined) throw new UsageError(`${place}: unknown key '${unknown}'${didYouMean(unknown, keys)}`)
}
