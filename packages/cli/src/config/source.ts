// Where a configuration comes from: a file in YAML or JSON, or a module that exports one. Checks nothing.

import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { UsageError } from '@trunkline/client'
import { Document, LineCounter, parseDocument } from 'yaml'
import { encodingFault } from './encoding.ts'
import { fileOctets } from './file-octets.ts'
import { jsonValueOf } from './json-value.ts'
import { ConfigError } from './problems.ts'

/** A document as it was read. */
export interface Source {
  readonly document: Document
  /** Absent for a module, whose values have no lines, and where nothing is to be told of them. */
  readonly lines: LineCounter | undefined
  /** The same with its lines: to be asked for where something is wrong, since that takes longer. */
  readonly withLines?: () => Source
}

/** The names that are looked for where none is given, in this order. */
const DEFAULT_FILES: readonly string[] = [
  'trunkline.yaml',
  'trunkline.yml',
  'trunkline.json',
  'trunkline.config.mjs',
  'trunkline.config.ts',
]

/**
 * The file to be used.
 * @throws {UsageError} when none is given and none of the usual names is there
 */
export function configFile(given: string | undefined): string {
  const found = given ?? DEFAULT_FILES.find((name) => existsSync(name))
  if (found !== undefined) return found
  throw new UsageError(`no configuration here (${DEFAULT_FILES.join(', ')}); \`trunkline init\` writes one`, 'TL_CONFIG')
}

/**
 * Reads a configuration.
 * @throws {UsageError} when it cannot be read, or a module cannot be run or exports no data
 */
export async function readSource(file: string): Promise<Source> {
  return MODULE.test(file) ? readModule(file) : parseSource(readText(file))
}

/** Reads a text in YAML, of which JSON is a part. */
export function parseSource(text: string): Source {
  const json = jsonValueOf(text)
  if (json?.isWhole === true) return { document: documentOf(json.value), lines: undefined, withLines: () => parseYaml(text) }
  const read = parseYaml(text)
  return { document: read.document, lines: undefined, withLines: () => read }
}

/** The document of a value that was read or made. */
export function documentOf(value: unknown): Document {
  return new Document(value, { aliasDuplicateObjects: false })
}

function parseYaml(text: string): Source {
  const lines = new LineCounter()
  // The check looks for names that come twice: here each name would be compared with each.
  return { document: parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false }), lines }
}

async function readModule(file: string): Promise<Source> {
  readText(file)
  if (/\.[cm]?ts$/.test(file) && !TYPES_ARE_STRIPPED) {
    throw new UsageError(`cannot run ${file}: a configuration in TypeScript needs Node 22.18 or later; take an .mjs file`, 'TL_CONFIG')
  }
  try {
    // With a question of its own each time, so that a reload reads it again.
    const url = `${pathToFileURL(resolve(file)).href}?at=${process.hrtime.bigint()}`
    const { default: exported } = (await import(url)) as { readonly default?: unknown }
    return { document: documentOf(JSON.parse(JSON.stringify(exported, onlyData) ?? 'null')), lines: undefined }
  } catch (error) {
    throw new UsageError(`cannot use the configuration ${file}: ${textOf(error)}`, 'TL_CONFIG', { cause: error })
  }
}

/** JSON would leave out in silence what is no data. */
function onlyData(key: string, value: unknown): unknown {
  if (!['function', 'symbol', 'bigint'].includes(typeof value)) return value
  throw new TypeError(`${key === '' ? 'the default export' : `'${key}'`} is a ${typeof value}; expected data`)
}

function readText(file: string): string {
  const octets = readOctets(file)
  const fault = encodingFault(octets)
  if (fault !== undefined) throw new ConfigError(file, [{ ...fault, path: '' }])
  return octets.toString('utf8')
}

function readOctets(file: string): Buffer {
  try {
    return fileOctets(file)
  } catch (error) {
    throw new UsageError(`cannot read the configuration ${file}: ${textOf(error)}`, 'TL_CONFIG', { cause: error })
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

const MODULE = /\.(?:[cm]?js|[cm]?ts)$/
const TYPES_ARE_STRIPPED = Boolean((process.features as { readonly typescript?: unknown }).typescript)
