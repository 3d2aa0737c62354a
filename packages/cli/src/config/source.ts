// Where a configuration comes from: a file in YAML or JSON, or a module that exports one.

import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { UsageError } from '@trunkline/client'
import { Document, LineCounter, parseDocument } from 'yaml'
import { encodingFault } from './encoding.ts'
import { fileOctets } from './file-octets.ts'
import { jsonValueOf } from './json-value.ts'
import { ConfigError } from './problems.ts'
import { importFile } from '../package-files.ts'
import { readFault } from '../read-fault.ts'

/** A document as read. */
export interface Source {
  readonly document: Document
  /** Absent for a module, whose values have no lines, and where lines are not needed. */
  readonly lines: LineCounter | undefined
  /** Reads the same source with its lines, which takes longer; called only if there are mistakes. */
  readonly withLines?: () => Source
}

/** The default names of the file, in the order in which they are tried. */
const DEFAULT_FILES: readonly string[] = [
  'trunkline.yaml',
  'trunkline.yml',
  'trunkline.json',
  'trunkline.config.mjs',
  'trunkline.config.ts',
]

/**
 * The configuration file to use.
 * @throws {UsageError} when none is given and no file has a default name
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

/** Reads a text in YAML, of which JSON is a subset. */
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
  // The check finds repeated names; the parser would compare each name with each.
  return { document: parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false }), lines }
}

async function readModule(file: string): Promise<Source> {
  readText(file)
  if (/\.[cm]?ts$/.test(file) && !TYPES_ARE_STRIPPED) {
    throw new UsageError(`cannot run ${file}: a configuration in TypeScript needs Node 22.18 or later; take an .mjs file`, 'TL_CONFIG')
  }
  try {
    // With a new query each time, so that a reload imports it again.
    const url = `${pathToFileURL(resolve(file)).href}?at=${process.hrtime.bigint()}`
    const { default: exported } = (await importFile(url)) as { readonly default?: unknown }
    return { document: documentOf(JSON.parse(JSON.stringify(exported, onlyData) ?? 'null')), lines: undefined }
  } catch (error) {
    throw new UsageError(`cannot use the configuration ${file}: ${textOf(error)}`, 'TL_CONFIG', { cause: error })
  }
}

/** Refuses values that are not data, which JSON would silently leave out. */
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
    throw new UsageError(`cannot read the configuration ${file}: ${readFault(error)}`, 'TL_CONFIG', { cause: error })
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

const MODULE = /\.(?:[cm]?js|[cm]?ts)$/
const TYPES_ARE_STRIPPED = Boolean((process.features as { readonly typescript?: unknown }).typescript)
