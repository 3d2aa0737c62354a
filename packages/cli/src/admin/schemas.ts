// The schemas of the admin API: few kinds, each with its check and its JSON Schema, so that neither router nor page loads a library.

import type { Checked, Issue, Out, Schema } from '@trunkline/contract'

type Json = Readonly<Record<string, unknown>>
type Properties = Readonly<Record<string, Schema>>
type Dict<P extends Properties> = { readonly [K in keyof P]: Out<P[K]> }
type Choices<P extends Properties> = { readonly [K in keyof P]?: Out<P[K]> | undefined }

/** A value that its check accepts as it is. */
function schema<T>(check: (value: unknown) => readonly Issue[], json: Json): Schema<T, T> {
  const validate = (value: unknown): Checked<T> => {
    const issues = check(value)
    return issues.length === 0 ? { value: value as T } : { issues }
  }
  return withJson(validate, json)
}

function withJson<T>(validate: (value: unknown) => Checked<T>, json: Json): Schema<T, T> {
  const jsonSchema = { input: () => json, output: () => json }
  return { '~standard': { version: 1, vendor: 'trunkline', validate, jsonSchema } }
}

function simple<T>(expected: string, fits: (value: unknown) => boolean, json: Json): Schema<T, T> {
  return schema((value) => (fits(value) ? [] : [{ message: `must be ${expected}` }]), json)
}

/** A text of any length; of a few words with `oneOf`. */
export function text(about?: string): Schema<string, string> {
  return simple('a text', (value) => typeof value === 'string', { type: 'string', ...described(about) })
}

/** A text of so many characters at most: what is given to a search, a log or many sessions must not be long. */
export function shortText(about?: string, most = MOST_CHARACTERS): Schema<string, string> {
  // JSON Schema counts characters beyond the first plane once.
  const isShort = (value: string): boolean => value.length <= most || (value.length <= 2 * most && Array.from(value).length <= most)
  const fits = (value: unknown): boolean => typeof value === 'string' && isShort(value)
  return simple(`a text of at most ${most} characters`, fits, { type: 'string', maxLength: most, ...described(about) })
}

const MOST_CHARACTERS = 1_000

export function oneOf<const Word extends string>(words: readonly Word[], about?: string): Schema<Word, Word> {
  return simple(`one of ${words.join(', ')}`, (value) => words.some((word) => word === value), { enum: words, ...described(about) })
}

export function flag(about?: string): Schema<boolean, boolean> {
  return simple('true or false', (value) => typeof value === 'boolean', { type: 'boolean', ...described(about) })
}

/** A number that need not be whole. */
export function number(about?: string): Schema<number, number> {
  return simple('a number', (value) => typeof value === 'number', { type: 'number', ...described(about) })
}

/** A whole number in bounds. */
export function count(about?: string, least = 0, most = Number.MAX_SAFE_INTEGER): Schema<number, number> {
  const fits = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most
  const bounds = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `from ${least} to ${most}`
  const json = { type: 'integer', minimum: least, ...(most === Number.MAX_SAFE_INTEGER ? {} : { maximum: most }), ...described(about) }
  return simple(`a whole number, ${bounds}`, fits, json)
}

/** Any JSON. */
export function anything(about?: string): Schema<unknown, unknown> {
  return schema(() => [], { ...described(about) })
}

export function orNull<T>(of: Schema<T, T>): Schema<T | null, T | null> {
  return schema((value) => (value === null ? [] : issuesOf(of, value)), { anyOf: [jsonOf(of), { type: 'null' }] })
}

export function list<T>(of: Schema<T, T>, about?: string): Schema<readonly T[], readonly T[]> {
  const check = (value: unknown): readonly Issue[] => {
    if (!Array.isArray(value)) return [{ message: 'must be a list' }]
    return value.flatMap((each, i) => issuesAt(i, of, each))
  }
  return schema(check, { type: 'array', items: jsonOf(of), ...described(about) })
}

/** A dict with all of these keys; further ones are ignored, so that later versions can add some. */
export function dict<const P extends Properties>(properties: P, about?: string): Schema<Dict<P>, Dict<P>> {
  const json = { type: 'object', properties: jsonsOf(properties), required: Object.keys(properties), ...described(about) }
  return schema((value) => (isDict(value) ? issuesIn(properties, value) : [{ message: 'must be a dict' }]), json)
}

/** A dict whose keys are names. */
export function byName<T>(of: Schema<T, T>, about?: string): Schema<Readonly<Record<string, T>>, Readonly<Record<string, T>>> {
  const check = (value: unknown): readonly Issue[] => {
    if (!isDict(value)) return [{ message: 'must be a dict' }]
    return Object.entries(value).flatMap(([name, each]) => issuesAt(name, of, each))
  }
  return schema(check, { type: 'object', additionalProperties: jsonOf(of), ...described(about) })
}

/** Keyword arguments, none of which must be given; null is as good as absent. Others are a mistake. */
export function choices<const P extends Properties>(properties: P): Schema<Choices<P>, Choices<P>> {
  const json = { type: 'object', properties: jsonsOf(properties), additionalProperties: false }
  const validate = (value: unknown): Checked<Choices<P>> => {
    if (!isDict(value)) return { issues: [{ message: 'must be a dict' }] }
    const given = Object.entries(value).filter(([, each]) => each !== undefined && each !== null)
    const issues = given.flatMap(([key, each]) =>
      Object.hasOwn(properties, key) ? issuesAt(key, properties[key], each) : [unknown(key, properties)],
    )
    return issues.length === 0 ? { value: Object.fromEntries(given) as Choices<P> } : { issues }
  }
  return withJson(validate, json)
}

function unknown(key: string, properties: Properties): Issue {
  return { message: `unknown; known are ${Object.keys(properties).join(', ')}`, path: [key] }
}

function issuesIn(properties: Properties, value: Json): readonly Issue[] {
  return Object.entries(properties).flatMap(([key, each]) => issuesAt(key, each, value[key]))
}

function issuesAt(key: PropertyKey, schema: Schema | undefined, value: unknown): readonly Issue[] {
  return schema === undefined ? [] : issuesOf(schema, value).map((issue) => below(key, issue))
}

/** The schemas of this file check at once. */
function issuesOf({ '~standard': { validate } }: Schema, value: unknown): readonly Issue[] {
  return (validate(value) as Checked<unknown>).issues ?? []
}

function below(key: PropertyKey, { message, path = [] }: Issue): Issue {
  return { message, path: [key, ...path] }
}

function jsonOf({ '~standard': { jsonSchema } }: Schema): Json {
  return jsonSchema?.input({ target: 'draft-2020-12' }) ?? {}
}

function jsonsOf(properties: Properties): Json {
  return Object.fromEntries(Object.entries(properties).map(([key, each]) => [key, jsonOf(each)]))
}

function described(description: string | undefined): Json {
  return description === undefined ? {} : { description }
}

function isDict(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
