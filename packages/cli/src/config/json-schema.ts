// The schema of the configuration as JSON Schema 2020-12, for editors. It is less strict than the check: the check
// may refuse a document that it accepts, never the reverse.

import { parse } from 'yaml'
import { FORMATS } from './formats.ts'
import type { DictNode, Node, NumberNode, TextNode } from './nodes.ts'
import { CONFIG_SCHEMA } from './schema.ts'

type Json = Readonly<Record<string, unknown>>

/** The whole schema. */
export function configJsonSchema(): Json {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Configuration of trunkline start',
    ...jsonSchemaOf(CONFIG_SCHEMA),
  }
}

/** One part of it. */
export function jsonSchemaOf(node: Node): Json {
  const about = { description: node.about, ...(node.default === undefined ? {} : { default: parse(node.default) as unknown }) }
  return { ...about, ...typeOf(node) }
}

function typeOf(node: Node): Json {
  switch (node.kind) {
    case 'text':
      return textType(node)
    case 'number':
      return node.word === undefined ? orReference(integer(node)) : { anyOf: [integer(node), { enum: [node.word] }, REFERENCE] }
    case 'flag':
      return orReference({ type: 'boolean' })
    case 'duration':
      return orReference({ type: 'string', pattern: quantity('ms|s|min|h') })
    case 'size':
      return {
        anyOf: [
          { type: 'integer', minimum: node.least, maximum: node.most },
          { type: 'string', pattern: quantity('B|KiB|MiB|GiB') },
          REFERENCE,
        ],
      }
    case 'list':
      return { type: 'array', items: jsonSchemaOf(node.of), ...(node.least === 0 ? {} : { minItems: node.least }) }
    case 'map':
      return { type: 'object', additionalProperties: jsonSchemaOf(node.of), propertyNames: { minLength: 1 } }
    case 'dict':
      return dictType(node)
    case 'choice':
      return { ...membersType(node.keys), minProperties: 1, maxProperties: 1 }
    case 'either':
      return { anyOf: [jsonSchemaOf(node.scalar), jsonSchemaOf(node.dict)] }
    case 'data':
      return { type: 'object' }
  }
}

function textType({ oneOf, format }: TextNode): Json {
  if (oneOf !== undefined) return orReference({ enum: oneOf })
  const pattern = format === undefined ? undefined : FORMATS[format].pattern
  return pattern === undefined ? { type: 'string' } : orReference({ type: 'string', pattern })
}

function dictType({ keys, required, exactlyOneOf, onlyWith, needs }: DictNode): Json {
  return {
    ...membersType(keys),
    ...(required.length === 0 ? {} : { required }),
    ...(exactlyOneOf === undefined ? {} : { oneOf: exactlyOneOf.map((key) => ({ required: [key] })) }),
    ...(onlyWith === undefined
      ? {}
      : { dependentSchemas: mapValues(onlyWith, (others) => ({ anyOf: others.map((other) => ({ required: [other] })) })) }),
    ...(needs === undefined ? {} : { dependentRequired: needs }),
  }
}

function membersType(keys: Readonly<Record<string, Node>>): Json {
  return { type: 'object', properties: mapValues(keys, jsonSchemaOf), additionalProperties: false }
}

function integer({ least, most }: NumberNode): Json {
  return { type: 'integer', minimum: least, maximum: most }
}

function orReference(type: Json): Json {
  return { anyOf: [type, REFERENCE] }
}

function quantity(units: string): string {
  return `^\\d{1,12}(\\.\\d{1,6})? ?(${units})$`
}

function mapValues<From, To>(members: Readonly<Record<string, From>>, map: (member: From) => To): Readonly<Record<string, To>> {
  return Object.fromEntries(Object.entries(members).map(([key, member]) => [key, map(member)]))
}

/** A text with a reference may replace any value. */
const REFERENCE: Json = { type: 'string', pattern: '\\$\\{(env|file):[^}]+\\}' }
