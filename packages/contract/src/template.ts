// URI templates: `com.example.user.{id:int}.orders`, with parameters that stand for whole components.

import type { MatchPolicy } from '@trunkline/protocol'
import { isUri, UsageError } from '@trunkline/protocol'

/** URI parameters by name: a string for `{name}` and `{name*}`, a whole number for `{name:int}`. */
export type Params = Readonly<Record<string, string | number>>

interface Part {
  /** Of a parameter. */
  readonly name: string | undefined
  readonly text: string
  readonly kind: 'text' | 'one' | 'int' | 'rest'
}

/** A URI template, read. */
export interface Template {
  readonly uri: string
  readonly parts: readonly Part[]
  readonly names: readonly string[]
}

const PARAMETER = /^\{(\w+)(:int|\*)?\}$/

const wrong = (uri: string, what: string): UsageError => new UsageError(`${uri}: ${what}`, 'TL_INVALID_URI')

/**
 * Reads a template.
 * @throws {UsageError} with `TL_INVALID_URI`: a parameter is not a whole component or comes twice, or a rest is not last
 */
export function templateOf(uri: string): Template {
  const components = uri.split('.')
  const parts = components.map((text, i): Part => {
    const [, name, mark] = PARAMETER.exec(text) ?? []
    if (name === undefined && (!isUri(text) || /[{}]/.test(text))) throw wrong(uri, `'${text}' is no component`)
    if (mark === '*' && i < components.length - 1) throw wrong(uri, `${text} must be last`)
    return { name, text, kind: name === undefined ? 'text' : mark === '*' ? 'rest' : mark === ':int' ? 'int' : 'one' }
  })
  const names = parts.flatMap(({ name }) => name ?? [])
  if (new Set(names).size < names.length) throw wrong(uri, 'a parameter comes twice')
  return { uri, parts, names }
}

/**
 * The URI for these parameters, all of which are given.
 * @throws {UsageError} with `TL_INVALID_URI`
 */
export function uriOf(template: Template, params: Params = {}): string {
  const { match, uri } = patternOf(template, params)
  if (match === 'exact') return uri
  throw wrong(template.uri, `${template.names.filter((name) => params[name] === undefined).join(' and ')} must be given`)
}

/**
 * The URI or pattern for some of the parameters; those left out match anything.
 * @throws {UsageError} with `TL_INVALID_URI`
 */
export function patternOf({ uri, parts, names }: Template, params: Params = {}): { readonly uri: string; readonly match: MatchPolicy } {
  for (const name of Object.keys(params)) if (!names.includes(name)) throw wrong(uri, `there is no parameter ${name}`)
  let match: MatchPolicy = 'exact'
  const texts = parts.map(({ name, text, kind }) => {
    if (name === undefined) return text
    const value = params[name]
    if (value !== undefined) return componentOf(uri, name, kind, value)
    if (kind === 'rest' && match === 'wildcard') throw wrong(uri, `${name} and another cannot both be left out`)
    match = kind === 'rest' ? 'prefix' : 'wildcard'
    return ''
  })
  return { uri: texts.join('.'), match }
}

function componentOf(uri: string, name: string, kind: Part['kind'], value: string | number): string {
  const text = String(value)
  if (kind === 'int' ? isWhole(text) : isUri(text) && (kind === 'rest' || !text.includes('.'))) return text
  throw wrong(uri, `'${text}' cannot be ${name}`)
}

/** Whether a text is a whole number as numbers are written, so that a number has one URI. */
function isWhole(text: string): boolean {
  return Number.isSafeInteger(Number(text)) && String(Number(text)) === text
}

/** The parameters of a URI; undefined when it does not fit the template. */
export function paramsOf({ parts }: Template, uri: string): Params | undefined {
  const texts = uri.split('.')
  if (parts.at(-1)?.kind === 'rest' ? texts.length < parts.length : texts.length !== parts.length) return undefined
  const params: [string, string | number][] = []
  for (const [i, { name, text, kind }] of parts.entries()) {
    const given = kind === 'rest' ? texts.slice(i).join('.') : (texts[i] ?? '')
    if (kind === 'text' ? given !== text : kind === 'int' && !isWhole(given)) return undefined
    if (name !== undefined) params.push([name, kind === 'int' ? Number(given) : given])
  }
  return Object.fromEntries(params)
}
