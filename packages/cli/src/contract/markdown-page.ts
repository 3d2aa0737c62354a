// A contract as a page for people.

import type { ContractPayload } from '@trunkline/router'
import type { ContractFile, ProcedureOfFile, TopicOfFile } from './contract-file.ts'
import { isDict } from './schema-facts.ts'
import { TypeTexts } from './type-texts.ts'

const WHO = { service: 'the service', client: 'clients', both: 'the service and clients' } as const

/** The page, in Markdown. */
export function markdownPage({ title, prefix, version, procedures, topics, errors }: ContractFile): string {
  const types = new TypeTexts()
  const sections = [
    ...section('Procedures', procedures, (procedure) => ofProcedure(procedure, types)),
    ...section('Topics', topics, (topic) => ofTopic(topic, types)),
    ...section('Errors', errors, ({ doc, ...payload }) => [...(doc === undefined ? [] : [doc]), values('Carries', payload, types)]),
  ]
  const named = [...types.named].map(([name, text]) => `type ${name} = ${text}`)
  if (named.length > 0) sections.push('## Types', `\`\`\`ts\n${named.join('\n')}\n\`\`\``)
  return [`# ${title ?? prefix} ${version}`, ...sections].join('\n\n') + '\n'
}

function section<T>(title: string, entries: Readonly<Record<string, T>>, describe: (entry: T) => readonly string[]): readonly string[] {
  const all = Object.entries(entries).flatMap(([uri, entry]) => [`### \`${uri}\``, ...describe(entry)])
  return all.length === 0 ? [] : [`## ${title}`, ...all]
}

function ofProcedure(procedure: ProcedureOfFile, types: TypeTexts): readonly string[] {
  const { call, chunk, result, progress, errors, idempotent } = procedure
  return [
    ...about(procedure),
    chunk === undefined ? values('Takes', call, types) : values('Takes, piece by piece,', chunk, types),
    ...(progress === undefined ? [] : [values('Sends before the result', progress, types)]),
    values('Returns', result, types),
    ...(errors.length === 0 ? [] : [`Fails with ${errors.map((uri) => `\`${uri}\``).join(', ')}.`]),
    ...(idempotent === true ? ['May be repeated without harm.'] : []),
  ]
}

function ofTopic(topic: TopicOfFile, types: TypeTexts): readonly string[] {
  return [...about(topic), `Published by ${WHO[topic.from]}.`, values('Carries', topic.event, types)]
}

function about({ doc, since, deprecated }: Pick<TopicOfFile, 'doc' | 'since' | 'deprecated'>): readonly string[] {
  const old = deprecated === undefined ? [] : [`**Deprecated**${deprecated === '' ? '' : `: ${deprecated}`}`]
  return [...(doc === undefined ? [] : [doc]), ...old, ...(since === undefined ? [] : [`Since ${since}.`])]
}

/** A table of the values of a payload, or that there are none. */
function values(verb: string, { args, kwargs }: ContractPayload, types: TypeTexts): string {
  const rows = args.flatMap((value, i) => {
    const name = value.name === `arg${i}` ? '' : value.name
    if (!isDescribed(value.schema)) return [row(`${i + 1}`, { ...value, name }, types)]
    return [
      row(`${i + 1}`, { ...value, name, schema: { type: 'dict' } }, types),
      ...members(value.schema, name === '' ? '' : `${name}.`, types),
    ]
  })
  if (kwargs !== undefined) rows.push(...keywords(kwargs, types))
  if (rows.length === 0) return `${verb} nothing.`
  return [`${verb}:`, '', '| | name | type | |', '|---|---|---|---|', ...rows].join('\n')
}

function keywords(kwargs: NonNullable<ContractPayload['kwargs']>, types: TypeTexts): readonly string[] {
  const properties = isDict(kwargs) && isDict(kwargs['properties']) ? kwargs['properties'] : {}
  if (!isDict(kwargs) || Object.keys(properties).length === 0 || JSON.stringify(kwargs).includes('"$ref"')) {
    return [row('keywords', { name: '', schema: kwargs, required: true }, types)]
  }
  const required = (kwargs['required'] ?? []) as readonly string[]
  return Object.entries(properties).map(([key, schema]) =>
    row('keyword', { name: key, schema: schema as boolean, required: required.includes(key) }, types),
  )
}

/** Whether something is said of a member: then each member has a row of its own. */
function isDescribed(schema: unknown): schema is Readonly<Record<string, unknown>> {
  if (!isDict(schema)) return false
  const within = [...Object.values(isDict(schema['properties']) ? schema['properties'] : {}), schema['items']]
  return within.some((each) => isDict(each) && (typeof each['description'] === 'string' || isDescribed(each)))
}

function members(schema: Readonly<Record<string, unknown>>, above: string, types: TypeTexts): readonly string[] {
  const required = (schema['required'] ?? []) as readonly string[]
  return Object.entries(isDict(schema['properties']) ? schema['properties'] : {}).flatMap(([key, each]) => {
    const path = `${above}${key}`
    const [inner, mark] = isDict(each) && isDict(each['items']) ? [each['items'], '[]'] : [each, '']
    const isRequired = required.includes(key)
    if (!isDescribed(inner)) return [row('', { name: path, schema: each as boolean, required: isRequired }, types)]
    const { description } = each as { readonly description?: string }
    const kind = { type: mark === '' ? 'dict' : 'list of dicts', ...(description !== undefined && { description }) }
    return [row('', { name: path, schema: kind, required: isRequired }, types), ...members(inner, `${path}${mark}.`, types)]
  })
}

function row(place: string, { name, schema, required }: ContractPayload['args'][number], types: TypeTexts): string {
  const notes = [required ? '' : 'may be left out', ...limits(schema)].filter((note) => note !== '')
  const shown = types.of(schema).replaceAll('|', '\\|')
  return `| ${place} | ${name === '' ? '' : `\`${name}\``} | \`${shown}\` | ${notes.join(', ').replaceAll('|', '\\|')} |`
}

const LIMITS: Readonly<Record<string, string>> = {
  minimum: 'at least',
  exclusiveMinimum: 'more than',
  maximum: 'at most',
  exclusiveMaximum: 'less than',
  multipleOf: 'a multiple of',
  default: 'default',
  format: 'form',
}

/** What the schema says beyond the type, in words. */
function limits(schema: NonNullable<ContractPayload['kwargs']>): readonly string[] {
  if (!isDict(schema)) return []
  const { description, type } = schema
  const said = Object.entries(LIMITS).flatMap(([keyword, words]) => {
    const limit = schema[keyword]
    return limit === undefined || Math.abs(Number(limit)) === Number.MAX_SAFE_INTEGER ? [] : [`${words} ${JSON.stringify(limit)}`]
  })
  return [...(type === 'integer' ? ['whole'] : []), ...said, ...(typeof description === 'string' ? [description] : [])]
}
