// From a contract in a program to a contract file.

import { dirname, resolve } from 'node:path'
import type { AnyError, ArgsSpec, Entry, KwargsSpec, Procedure, Schema, Shape, Topic, TopicSpec, Tree } from '@trunkline/contract'
import { contractInfo, isEntry, isSchema } from '@trunkline/contract'
import type { ContractPayload, JsonSchema } from '@trunkline/router'
import type { Comment } from './comments.ts'
import { commentOf, withPlaces } from './comments.ts'
import type { ContractFile, ErrorOfFile, ProcedureOfFile, TopicOfFile } from './contract-file.ts'
import { readContract, schemaFault } from './contract-file.ts'
import { loadContract } from './contract-module.ts'
import { JsonSchemas, NoJsonSchema, sorted } from './json-schemas.ts'

/** A contract file, and what prevents that it is written. */
export interface Built {
  readonly contract: ContractFile
  /** One sentence for each value without a JSON Schema, with its place. */
  readonly faults: readonly string[]
  /** How many values are declared by types alone, of which the file says nothing. */
  readonly typesAlone: number
}

/**
 * Runs the module of a contract and makes its file.
 * @param name the export, if there are several contracts
 * @throws {UsageError} (rejects) when the module cannot be run, or has no such contract
 */
export async function buildContract(module: string, name?: string): Promise<Built> {
  const tree = await withPlaces(() => loadContract(module, name))
  const { file } = contractInfo(tree) ?? {}
  const before = file === undefined ? undefined : readContract(resolve(dirname(module), file))
  return new Building(new JsonSchemas(module), before).build(tree)
}

/** The text of a contract file: the same contract gives the same text. */
export function contractText({ trunkline, prefix, version, title, procedures, topics, errors }: ContractFile): string {
  const parts = { trunkline, prefix, version, title, procedures: sorted(procedures), topics: sorted(topics), errors: sorted(errors) }
  return `${JSON.stringify(parts, undefined, 2)}\n`
}

class Building {
  readonly #procedures: Record<string, ProcedureOfFile> = {}
  readonly #topics: Record<string, TopicOfFile> = {}
  readonly #errors: Record<string, ErrorOfFile> = {}
  readonly #faults: string[] = []
  readonly #schemas: JsonSchemas
  readonly #before: ContractFile | undefined
  #typesAlone = 0

  /** @param before the file that holds the schemas of what is declared by types alone */
  constructor(schemas: JsonSchemas, before: ContractFile | undefined) {
    this.#schemas = schemas
    this.#before = before
  }

  async build(tree: Tree): Promise<Built> {
    await this.#addAll(tree, [])
    const { prefix = '', version = '0.0.0', title } = contractInfo(tree) ?? {}
    const contract: ContractFile = {
      trunkline: 'contract/1',
      prefix,
      version,
      ...(title !== undefined && { title }),
      procedures: this.#procedures,
      topics: this.#topics,
      errors: this.#errors,
    }
    return { contract, faults: this.#faults, typesAlone: this.#typesAlone }
  }

  async #addAll(tree: Tree, above: readonly string[]): Promise<void> {
    for (const [key, node] of Object.entries(tree)) {
      const path = [...above, key]
      if (!isEntry(node)) await this.#addAll(node, path)
      else if (node.kind === 'error') await this.#addError(node)
      else if (node.kind === 'topic') this.#topics[node.uri] = await this.#topic(node, path)
      else this.#procedures[node.uri] = await this.#procedure(node, path)
    }
  }

  async #procedure(entry: Procedure, path: readonly string[]): Promise<ProcedureOfFile> {
    const { uri, spec } = entry
    const { chunk, result, progress, errors = {}, idempotent } = spec
    const before = this.#before?.procedures[uri]
    for (const error of Object.values(errors)) await this.#addError(error)
    return {
      path,
      ...this.#described(entry),
      ...(idempotent === true && { idempotent }),
      call: await this.#payload(chunk === undefined ? spec : {}, [uri], before?.call),
      ...(chunk !== undefined && { chunk: await this.#payload(valuesOf(chunk), [uri, 'chunk'], before?.chunk) }),
      result: await this.#payload(valuesOf(result), [uri, 'result'], before?.result),
      ...(progress !== undefined && { progress: await this.#payload(valuesOf(progress), [uri, 'progress'], before?.progress) }),
      errors: Object.values(errors).map((error) => error.uri),
    }
  }

  async #topic(entry: Topic, path: readonly string[]): Promise<TopicOfFile> {
    const { uri, spec } = entry
    const event = await this.#payload(spec, [uri], this.#before?.topics[uri]?.event)
    return { path, ...this.#described(entry), from: spec.from ?? 'service', event }
  }

  async #addError(entry: AnyError): Promise<void> {
    const { uri, spec } = entry
    if (Object.hasOwn(this.#errors, uri)) return
    const { doc } = this.#described(entry)
    const payload = await this.#payload(spec, [uri], this.#before?.errors[uri])
    this.#errors[uri] = { ...(doc !== undefined && { doc }), ...payload }
  }

  /** What the declaration says goes before what its comment says. */
  #described(entry: Entry): Comment {
    const { doc, since, deprecated } = entry.spec as Pick<TopicSpec, 'doc' | 'since' | 'deprecated'>
    return {
      ...commentOf(entry),
      ...(doc !== undefined && { doc }),
      ...(since !== undefined && { since }),
      ...(deprecated !== undefined && { deprecated: deprecated === true ? '' : deprecated }),
    }
  }

  async #payload({ args: spec = [], kwargs }: Values, at: readonly string[], before?: ContractPayload): Promise<ContractPayload> {
    const schemas = typeof spec === 'function' ? spec() : spec
    const names = namesOf(spec, schemas.length)
    if (before !== undefined && areTypesAlone(schemas, kwargs)) return this.#asBefore(before, schemas.length, kwargs !== undefined, at)
    const args = []
    for (const [i, schema] of schemas.entries()) {
      const place = [...at, 'args', names[i] ?? '']
      args.push({ name: names[i] ?? '', required: !(await mayBeLeftOut(schema)), schema: await this.#schema(schema, place) })
    }
    return { args, ...(kwargs !== undefined && { kwargs: await this.#keywords(kwargs, [...at, 'kwargs']) }) }
  }

  /** A payload as the contract file of a lean contract has it. */
  #asBefore(before: ContractPayload, count: number, hasKeywords: boolean, at: readonly string[]): ContractPayload {
    const isSame = before.args.length === count && (before.kwargs !== undefined) === hasKeywords
    if (!isSame) this.#faults.push(`${at.join(' ')}: the contract file of this contract declares other values`)
    return before
  }

  async #keywords(kwargs: KwargsSpec, at: readonly string[]): Promise<JsonSchema> {
    if (isSchema(kwargs)) return this.#schema(kwargs, at)
    const properties: Record<string, JsonSchema> = {}
    const required: string[] = []
    for (const [key, schema] of Object.entries(kwargs)) {
      const pointer = `/properties/${encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))}`
      properties[key] = await this.#schema(schema, [...at, key], pointer)
      if (!(await mayBeLeftOut(schema))) required.push(key)
    }
    return sorted({ type: 'object', properties, ...(required.length > 0 && { required: required.toSorted() }) }) as JsonSchema
  }

  async #schema(schema: Schema, at: readonly string[], pointer = ''): Promise<JsonSchema> {
    if (isTypeAlone(schema)) {
      this.#typesAlone++
      return {}
    }
    try {
      const json = await this.#schemas.of(schema, pointer)
      const fault = pointer === '' ? schemaFault(json) : undefined
      if (fault !== undefined) this.#faults.push(`${at.join(' ')}: ${fault}`)
      return json
    } catch (error) {
      if (!(error instanceof NoJsonSchema)) throw error
      this.#faults.push(`${at.join(' ')}: ${error.message}`)
      return {}
    }
  }
}

/** `type<T>()`. */
function isTypeAlone(schema: Schema): boolean {
  const { vendor, jsonSchema } = schema['~standard']
  return vendor === 'trunkline' && jsonSchema === undefined
}

function areTypesAlone(schemas: readonly Schema[], kwargs: KwargsSpec = {}): boolean {
  return [...schemas, ...(isSchema(kwargs) ? [kwargs] : Object.values(kwargs))].every(isTypeAlone)
}

interface Values {
  readonly args?: ArgsSpec
  readonly kwargs?: KwargsSpec
}

function valuesOf(shape: Shape = {}): Values {
  if (isSchema(shape)) return { args: [shape] }
  return Array.isArray(shape) ? { args: shape as readonly Schema[] } : (shape as Values)
}

/** The names of `(id = z.int()) => [id]`, from the list that it returns. */
function namesOf(spec: ArgsSpec, count: number): string[] {
  const [, list = ''] = typeof spec === 'function' ? (/\[([\w$\s,]*)\][\s;}]*$/.exec(String(spec)) ?? []) : []
  const names = list.split(',').map((name) => name.trim())
  return Array.from({ length: count }, (_, i) => (/^[A-Za-z_$][\w$]*$/.test(names[i] ?? '') ? (names[i] ?? '') : `arg${i}`))
}

/** What each library says in its own way, asked in the way that all of them have. */
async function mayBeLeftOut(schema: Schema): Promise<boolean> {
  const checked = await schema['~standard'].validate(undefined)
  return checked.issues === undefined
}
