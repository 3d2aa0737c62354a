// The contract file: a contract as data, which `trunkline contract build` writes and the router and the other commands read.

import { readFileSync } from 'node:fs'
import { UsageError } from '@trunkline/client'
import type { ContractFile as CheckedContract, ContractPayload, ContractProcedure, ContractTopic, JsonSchema } from '@trunkline/router'
import { compileSchema } from '@trunkline/router'
import { childPath, ConfigCheck } from '../config/check.ts'
import { encodingFault } from '../config/encoding.ts'
import type { Checked } from '../config/nodes.ts'
import { ConfigError } from '../config/problems.ts'
import type { Source } from '../config/source.ts'
import { parseSource } from '../config/source.ts'
import { didYouMean } from '../nearest.ts'
import { CONTRACT_SCHEMA } from './contract-schema.ts'
import { readFault } from '../read-fault.ts'

interface Described {
  /** The keys by which programs in TypeScript find it. */
  readonly path: readonly string[]
  readonly doc?: string
  readonly since?: string
  /** What to use in its place, or an empty text. */
  readonly deprecated?: string
}

export interface ProcedureOfFile extends ContractProcedure, Described {
  readonly idempotent?: boolean
  readonly errors: readonly string[]
}
export interface TopicOfFile extends ContractTopic, Described {
  readonly from: 'service' | 'client' | 'both'
}
export interface ErrorOfFile extends ContractPayload {
  readonly doc?: string
}

/** All that a contract file says; the router reads a part of it. */
export interface ContractFile extends CheckedContract {
  readonly version: string
  readonly title?: string
  readonly procedures: Readonly<Record<string, ProcedureOfFile>>
  readonly topics: Readonly<Record<string, TopicOfFile>>
  readonly errors: Readonly<Record<string, ErrorOfFile>>
}

/** One payload of a contract, and where it is. */
export interface PlacedPayload {
  /** The keys that lead to it in the file. */
  readonly keys: readonly string[]
  readonly payload: ContractPayload
}

/**
 * Reads a contract file.
 * @throws {ConfigError} with all mistakes, with their lines
 * @throws {UsageError} when it cannot be read
 */
export function readContract(file: string): ContractFile {
  return parseContract(textOf(file), file)
}

/**
 * Reads the text of a contract file.
 * @param file its name in messages
 * @throws {ConfigError} with all mistakes, with their lines
 */
export function parseContract(text: string, file: string): ContractFile {
  const source = parseSource(text)
  try {
    return contractOf(source, file)
  } catch (error) {
    if (!(error instanceof ConfigError) || source.withLines === undefined) throw error
    return contractOf(source.withLines(), file)
  }
}

/** All payloads of a contract. */
export function payloadsOf({ procedures, topics, errors }: ContractFile): PlacedPayload[] {
  const ofProcedures = Object.entries(procedures).flatMap(([uri, procedure]) =>
    (['call', 'chunk', 'result', 'progress'] as const).flatMap((moment) => {
      const payload = procedure[moment]
      return payload === undefined ? [] : [{ keys: ['procedures', uri, moment], payload }]
    }),
  )
  const ofTopics = Object.entries(topics).map(([uri, { event }]) => ({ keys: ['topics', uri, 'event'], payload: event }))
  const ofErrors = Object.entries(errors).map(([uri, payload]) => ({ keys: ['errors', uri], payload }))
  return [...ofProcedures, ...ofTopics, ...ofErrors]
}

/** The schemas of a payload, with the keys that lead to each. */
export function schemasOf({
  keys,
  payload: { args, kwargs },
}: PlacedPayload): { keys: readonly (string | number)[]; schema: JsonSchema }[] {
  const positional = args.map(({ schema }, i) => ({ keys: [...keys, 'args', i, 'schema'], schema }))
  return kwargs === undefined ? positional : [...positional, { keys: [...keys, 'kwargs'], schema: kwargs }]
}

function textOf(file: string): string {
  let octets: Buffer
  try {
    octets = readFileSync(file)
  } catch (error) {
    throw new UsageError(`cannot read the contract ${file}: ${readFault(error)}`, 'TL_USAGE', { cause: error })
  }
  const fault = encodingFault(octets)
  if (fault !== undefined) throw new ConfigError(file, [{ ...fault, path: '' }])
  return octets.toString('utf8')
}

/** In a contract, `${` is text. */
const NO_REFERENCES = { resolve: (text: string) => ({ text, isReference: false }) }

function contractOf({ document, lines }: Source, file: string): ContractFile {
  const check = new ConfigCheck(document, lines, NO_REFERENCES)
  const read = check.read(CONTRACT_SCHEMA) as Checked<typeof CONTRACT_SCHEMA> | undefined
  if (read === undefined || check.problems.length > 0) throw new ConfigError(file, check.problems)
  const contract = whole(read)
  for (const { keys, schema } of payloadsOf(contract).flatMap(schemasOf)) {
    const fault = schemaFault(schema)
    if (fault !== undefined) check.report(pathOf(keys), fault)
  }
  for (const [uri, { errors }] of Object.entries(contract.procedures)) {
    for (const [i, error] of errors.entries()) {
      const hint = didYouMean(error, Object.keys(contract.errors))
      const at = pathOf(['procedures', uri, 'errors', i])
      if (!Object.hasOwn(contract.errors, error)) check.report(at, `there is no ${error} in errors${hint}`)
    }
  }
  if (check.problems.length > 0) throw new ConfigError(file, check.problems)
  return contract
}

/** With what may be left out in the file. */
function whole(read: Checked<typeof CONTRACT_SCHEMA>): ContractFile {
  const pathBelow = (uri: string): string[] => uri.slice(read.prefix === '' ? 0 : read.prefix.length + 1).split('.')
  const procedures = Object.entries(read.procedures).map(([uri, each]) => [uri, { path: pathBelow(uri), errors: [], ...each }] as const)
  const topics = Object.entries(read.topics).map(([uri, each]) => [uri, { path: pathBelow(uri), from: 'service', ...each }] as const)
  const parts = { procedures: Object.fromEntries(procedures), topics: Object.fromEntries(topics), errors: read.errors ?? {} }
  return { ...read, ...parts }
}

/** Why the router would not take a schema; undefined when it would. */
export function schemaFault(schema: JsonSchema): string | undefined {
  try {
    compileSchema(schema)
    return undefined
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    const [, keyword = ''] = /the keyword '(.*)' is not known$/.exec(error.message) ?? []
    return error.message.replace(/^the schema: /, '') + (keyword === '' ? '' : didYouMean(keyword, KEYWORDS))
  }
}

/** The path as messages show it: `procedures["com.shop.add"].call.args[0].schema`. */
export function pathOf(keys: readonly (string | number)[]): string {
  return keys.reduce<string>((path, key) => (typeof key === 'number' ? `${path}[${key}]` : childPath(path, key)), '')
}

const KEYWORDS =
  'type const enum minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength pattern format items prefixItems contains minContains maxContains minItems maxItems uniqueItems properties patternProperties additionalProperties propertyNames required minProperties maxProperties dependentRequired dependentSchemas allOf anyOf oneOf not if then else title description default examples deprecated contentEncoding'.split(
    ' ',
  )
