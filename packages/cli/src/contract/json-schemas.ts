// JSON Schemas of the schemas in a contract, whichever library made them.

import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Schema } from '@trunkline/contract'
import type { JsonSchema } from '@trunkline/router'

type Json = Readonly<Record<string, unknown>>
type Convert = (schema: Schema) => Json

const TARGET = { target: 'draft-2020-12' }
const DATES = 'for dates, octets and long integers @trunkline/contract has date(), bytes() and int64()'

/** Why there is no JSON Schema of something. */
export class NoJsonSchema extends Error {}

/** Asks schemas for JSON Schemas of what travels; for libraries that cannot answer it asks their converters, found from the module. */
export class JsonSchemas {
  readonly #module: string
  readonly #converters = new Map<string, Convert | undefined>()

  /** @param module the file of the contract */
  constructor(module: string) {
    this.#module = resolve(module)
  }

  /**
   * The JSON Schema of a value as it is sent, its keys sorted.
   * @param at where it will be in the schema of the payload, for its references
   * @throws {NoJsonSchema} (rejects) when its library has none
   */
  async of(schema: Schema, at = ''): Promise<JsonSchema> {
    const { jsonSchema, vendor } = schema['~standard']
    const convert: Convert | undefined = jsonSchema === undefined ? await this.#converter(vendor) : () => jsonSchema.input(TARGET)
    if (convert === undefined) throw new NoJsonSchema(`${vendor} gives no JSON Schema${ADVICE[vendor] ?? ''}`)
    try {
      // As data: libraries attach functions to what they give.
      const { $schema: _, ...rest } = JSON.parse(JSON.stringify(convert(schema))) as Json
      return sorted(moved(rest, at)) as JsonSchema
    } catch (error) {
      throw new NoJsonSchema(`${error instanceof Error ? error.message : String(error)}; ${DATES}`)
    }
  }

  async #converter(vendor: string): Promise<Convert | undefined> {
    if (!this.#converters.has(vendor)) this.#converters.set(vendor, await this.#load(vendor))
    return this.#converters.get(vendor)
  }

  async #load(vendor: string): Promise<Convert | undefined> {
    if (vendor === 'zod') {
      const { toJSONSchema } = ((await this.#import('zod/v4/core')) ?? {}) as { toJSONSchema?: (schema: Schema, options: object) => Json }
      return toJSONSchema && ((schema) => toJSONSchema(schema, { io: 'input' }))
    }
    if (vendor !== 'valibot') return undefined
    const { toJsonSchema } = ((await this.#import('@valibot/to-json-schema')) ?? {}) as { toJsonSchema?: Convert }
    return toJsonSchema
  }

  /** A package as the module of the contract finds it; undefined when it is not installed. */
  async #import(name: string): Promise<unknown> {
    try {
      return await import(pathToFileURL(createRequire(this.#module).resolve(name)).href)
    } catch {
      return undefined
    }
  }
}

const ADVICE: Readonly<Record<string, string>> = {
  valibot: '; install @valibot/to-json-schema beside it',
  zod: '; it needs zod 4.2 or later',
}

/** A schema whose references lead to the same parts when it stands at a place in a larger one. */
export function moved(value: unknown, at: string): unknown {
  if (Array.isArray(value)) return value.map((each) => moved(each, at))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, each]) => {
    const isReference = key === '$ref' && typeof each === 'string' && each.startsWith('#')
    return [key, isReference ? `#${at}${each.slice(1)}` : moved(each, at)]
  })
  return Object.fromEntries(entries) as unknown
}

/** With the keys of each dict in order, so that a file changes only where its contract does. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  )
}
