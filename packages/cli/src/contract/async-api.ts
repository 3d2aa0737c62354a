// A contract as a document of AsyncAPI 3.0: a channel for each topic and procedure, seen from the service.

import type { ContractPayload } from '@trunkline/router'
import type { ContractFile, ProcedureOfFile, TopicOfFile } from './contract-file.ts'
import { moved } from './json-schemas.ts'
import { escaped } from './inclusion-dicts.ts'
import { isDict } from './schema-facts.ts'

type Json = Readonly<Record<string, unknown>>

/** The document, as data. */
export function asyncApi(contract: ContractFile): Json {
  const { title, prefix, version, procedures, topics, errors } = contract
  const document = new Document()
  for (const [uri, error] of Object.entries(errors)) document.message(uri, 'error', error, error.doc)
  for (const [uri, topic] of Object.entries(topics)) document.topic(uri, topic)
  for (const [uri, procedure] of Object.entries(procedures)) document.procedure(uri, procedure)
  const { channels, operations, messages, schemas } = document
  return { asyncapi: '3.0.0', info: { title: title ?? prefix, version }, channels, operations, components: { messages, schemas } }
}

class Document {
  readonly channels: Record<string, Json> = {}
  readonly operations: Record<string, Json> = {}
  readonly messages: Record<string, Json> = {}
  readonly schemas: Record<string, unknown> = {}

  topic(uri: string, { event, from, ...entry }: TopicOfFile): void {
    const id = idOf(uri)
    this.#channel(uri, { event: this.message(uri, 'event', event) })
    const actions = { service: ['send'], client: ['receive'], both: ['send', 'receive'] }[from]
    for (const action of actions) {
      this.operations[`${id}.${action}`] = { action, channel: channelOf(id), messages: [messageOf(id, 'event')], ...about(entry) }
    }
  }

  procedure(uri: string, { call, chunk, result, progress, errors, ...entry }: ProcedureOfFile): void {
    const id = idOf(uri)
    const failures = Object.fromEntries(errors.map((error) => [`error.${idOf(error)}`, reference('messages', `${idOf(error)}.error`)]))
    this.#channel(uri, {
      call: this.message(uri, 'call', chunk ?? call),
      result: this.message(uri, 'result', result),
      ...(progress && { progress: this.message(uri, 'progress', progress) }),
      ...failures,
    })
    const answers = ['result', ...(progress ? ['progress'] : []), ...Object.keys(failures)]
    this.operations[id] = {
      action: 'receive',
      channel: channelOf(id),
      messages: [messageOf(id, 'call')],
      reply: { channel: channelOf(id), messages: answers.map((answer) => messageOf(id, answer)) },
      ...about(entry),
    }
  }

  /** Adds a message, and gives a reference to it. */
  message(uri: string, kind: string, payload: ContractPayload, doc?: string): Json {
    const name = `${idOf(uri)}.${kind}`
    this.schemas[name] = payloadSchema(payload, `/components/schemas/${escaped(name)}`)
    this.messages[name] = {
      name,
      title: `${kind} of ${uri}`,
      ...(doc !== undefined && { summary: doc }),
      payload: reference('schemas', name),
    }
    return reference('messages', name)
  }

  #channel(uri: string, messages: Json): void {
    const names = [...uri.matchAll(/\{(\w+)(:int|\*)?\}/g)].map(
      ([, name = '', mark]) => [name, { description: KINDS[mark ?? ''] }] as const,
    )
    this.channels[idOf(uri)] = {
      address: uri.replaceAll(/(:int|\*)\}/g, '}'),
      messages,
      ...(names.length > 0 && { parameters: Object.fromEntries(names) }),
    }
  }
}

const KINDS: Readonly<Record<string, string>> = { '': 'One component.', ':int': 'A whole number.', '*': 'All components that follow.' }

/** A name that AsyncAPI takes as the key of a component. */
function idOf(uri: string): string {
  return uri.replaceAll(/[^\w.-]+/g, '_')
}

const reference = (kind: string, name: string): Json => ({ $ref: `#/components/${kind}/${name}` })
const channelOf = (id: string): Json => ({ $ref: `#/channels/${id}` })
const messageOf = (id: string, name: string): Json => ({ $ref: `#/channels/${id}/messages/${name}` })

function about({ doc, deprecated }: Pick<TopicOfFile, 'doc' | 'deprecated'>): Json {
  const old = deprecated === undefined ? [] : [`Deprecated${deprecated === '' ? '.' : `: ${deprecated}`}`]
  const lines = [...(doc === undefined ? [] : [doc]), ...old]
  return lines.length === 0 ? {} : { description: lines.join('\n\n') }
}

/** Arguments and keyword arguments as one object. */
function payloadSchema({ args, kwargs }: ContractPayload, at: string): unknown {
  const required = args.reduce((most, each, i) => (each.required ? i + 1 : most), 0)
  const items = args.map(({ name, required: isRequired, schema }, i) => {
    const place = `${at}/properties/args/items/${i}${isRequired ? '' : '/anyOf/0'}`
    const value = older(moved(schema, place))
    return isRequired ? value : { title: name, anyOf: [value, { type: 'null' }] }
  })
  const list = { type: 'array', ...(items.length > 0 && { items }), ...(required > 0 && { minItems: required }) }
  return {
    type: 'object',
    properties: {
      ...(items.length > 0 && { args: list }),
      ...(kwargs !== undefined && { kwargs: older(moved(kwargs, `${at}/properties/kwargs`)) }),
    },
    ...(required > 0 && { required: ['args'] }),
  }
}

/** A schema by the dialect of AsyncAPI, which is that of draft 7. */
function older(schema: unknown): unknown {
  if (!isDict(schema)) return schema
  const { prefixItems, items, dependentRequired, dependentSchemas, $defs, ...rest } = schema
  const isTuple = prefixItems !== undefined
  return {
    ...Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, olderValue(key, value)])),
    ...(isTuple && { items: olderList(prefixItems) }),
    ...(items !== undefined && { [isTuple ? 'additionalItems' : 'items']: older(items) }),
    ...($defs !== undefined && { definitions: olderMembers($defs) }),
    ...((dependentRequired ?? dependentSchemas) !== undefined && {
      dependencies: { ...(dependentRequired as Json | undefined), ...olderMembers(dependentSchemas) },
    }),
  }
}

function olderValue(key: string, value: unknown): unknown {
  if (key === '$ref') return String(value).replaceAll('/$defs/', '/definitions/').replaceAll('/prefixItems/', '/items/')
  if (['properties', 'patternProperties'].includes(key)) return olderMembers(value)
  if (['allOf', 'anyOf', 'oneOf'].includes(key)) return olderList(value)
  return ['additionalProperties', 'propertyNames', 'contains', 'not', 'if', 'then', 'else'].includes(key) ? older(value) : value
}

function olderMembers(schemas: unknown): Json {
  return Object.fromEntries(Object.entries((schemas ?? {}) as Json).map(([key, schema]) => [key, older(schema)]))
}

function olderList(schemas: unknown): readonly unknown[] {
  return (schemas as readonly unknown[]).map(older)
}
