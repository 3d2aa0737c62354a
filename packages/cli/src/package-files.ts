// The files of this package that the command reads and runs: beside it, or inside of the single executable (scripts/build-executable.mjs).

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { constants, Script } from 'node:vm'
import type { WorkerOptions } from 'node:worker_threads'
import { Worker } from 'node:worker_threads'

/** Files by their names. */
export interface FileFolder {
  /** None where there is no such folder. */
  names(): readonly string[]
  read(name: string): Buffer
}

// Not imported: other runtimes have no such module.
const sea = process.getBuiltinModule('node:sea')
const isExecutable = sea?.isSea() === true
/** This file lies one folder below it, in the sources and, whatever its name there, in the build. */
const PACKAGE = new URL('../', import.meta.url)

/** What runs this command in a process of its own: the program, and the script of Node before further words. */
export function ownProgram(): { readonly program: string; readonly script: readonly string[] } {
  return { program: process.execPath, script: isExecutable ? [] : process.argv.slice(1, 2) }
}

/** How `node:cluster` starts this command again. It puts a script before the words; the executable has none, so that its first word is given as one. */
export function ownWords(): { readonly exec?: string; readonly args?: string[] } {
  const [, , first, ...others] = process.argv
  return isExecutable && first !== undefined ? { exec: first, args: others } : {}
}

export function folderAt(url: URL): FileFolder {
  return { names: () => (existsSync(url) ? readdirSync(url) : []), read: (name) => readFileSync(new URL(name, url)) }
}

/** A folder of this package, by its path with a slash at the end. */
export function packageFolder(path: string): FileFolder {
  if (!isExecutable) return folderAt(new URL(path, PACKAGE))
  const read = (name: string): Buffer => Buffer.from(sea.getAsset(path + name))
  return { names: () => (JSON.parse(sea.getAsset('names.json', 'utf8')) as Record<string, string[]>)[path] ?? [], read }
}

/** Runs a module of the user. */
export async function importFile(url: string): Promise<unknown> {
  // The executable is no module, so that its own `import` knows no files.
  const load = isExecutable
    ? (new Script('(url) => import(url)', DYNAMIC).runInThisContext() as (url: string) => Promise<unknown>)
    : undefined
  return load === undefined ? import(url) : load(url)
}

const DYNAMIC = { importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER }

/** Starts a thread from a file of the build; undefined where nothing was built. */
export function startThread(entry: URL, options: WorkerOptions): Worker | undefined {
  if (isExecutable) return new Worker(sea.getAsset('load-worker.cjs', 'utf8'), { ...options, eval: true })
  return existsSync(entry) ? new Worker(entry, options) : undefined
}
