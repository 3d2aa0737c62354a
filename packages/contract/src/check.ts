// Checks payloads against what is declared. Knows no session.

import type { Payload, Values } from './payload.ts'
import type { Checked, Issue, Schema } from './schema.ts'
import { isSchema } from './schema.ts'

/** One fault of a payload. */
export interface Fault {
  /** A JSON Pointer into the payload: `/args/0/name`, `/kwargs/limit`. */
  readonly path: string
  readonly message: string
}
/** The values as their receiver gets them, or what is wrong with them. */
export type Outcome =
  | { readonly values: Values; readonly faults?: undefined }
  | { readonly values?: undefined; readonly faults: readonly Fault[] }

/** The most faults reported of one payload, and the most characters of each: the sender chooses how wrong a payload is. */
const MOST_FAULTS = 20
const MOST_CHARACTERS = 200

/**
 * Checks and transforms a payload; a promise only if one of its schemas gives one. Positional values beyond those declared are
 * left out, and keywords too unless one schema stands for all of them.
 */
export function check(payload: Payload, values: Values): Outcome | Promise<Outcome> {
  const results = [
    ...payload.schemas.map((schema, i) => positional(schema, values.args[i])),
    ...keywords(payload, values.kwargs).map(([schema, value]) => validate(schema, value)),
  ]
  const finish = (done: readonly Checked<unknown>[]): Outcome => outcomeOf(payload, done)
  return results.some(isPromise)
    ? Promise.all(results.map((each) => Promise.resolve(each))).then(finish)
    : finish(results as Checked<unknown>[])
}

/** The next step after a value, at once if the value is there. */
export function after<T, R>(value: T | Promise<T>, step: (value: T) => R | Promise<R>): R | Promise<R> {
  return isPromise(value) ? value.then(step) : step(value)
}

export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | undefined)?.then === 'function'
}

function validate(schema: Schema, value: unknown): Checked<unknown> | Promise<Checked<unknown>> {
  return schema['~standard'].validate(value)
}

/** WAMP has no undefined: a position that was left out before others travels as null. */
function positional(schema: Schema, value: unknown): Checked<unknown> | Promise<Checked<unknown>> {
  const checked = validate(schema, value)
  if (value !== null) return checked
  return after<Checked<unknown>, Checked<unknown>>(checked, (asNull) => {
    if (asNull.issues === undefined) return asNull
    return after(validate(schema, undefined), (asNone) => (asNone.issues === undefined ? asNone : asNull))
  })
}

function keywords({ kwargs }: Payload, values: Values['kwargs']): (readonly [schema: Schema, value: unknown])[] {
  if (kwargs === undefined) return []
  if (isSchema(kwargs)) return [[kwargs, values]]
  return Object.entries(kwargs).map(([key, schema]) => [schema, Object.hasOwn(values, key) ? values[key] : undefined])
}

function outcomeOf({ schemas, kwargs }: Payload, results: readonly Checked<unknown>[]): Outcome {
  const faults: Fault[] = []
  const take = (checked: Checked<unknown> | undefined, at: string): unknown => {
    if (checked?.issues === undefined) return checked?.value
    for (const issue of checked.issues) if (faults.length < MOST_FAULTS) faults.push(faultOf(issue, at))
    return undefined
  }
  const args = schemas.map((_, i) => take(results[i], `/args/${i}`))
  let dict: unknown = {}
  if (isSchema(kwargs)) dict = take(results[args.length], '/kwargs')
  else if (kwargs !== undefined) {
    const entries = Object.keys(kwargs).map((key, i) => [key, take(results[args.length + i], `/kwargs${pointer([key])}`)] as const)
    dict = Object.fromEntries(entries.filter(([, value]) => value !== undefined))
  }
  return faults.length > 0 ? { faults } : { values: { args, kwargs: dict as Values['kwargs'] } }
}

function faultOf({ message, path = [] }: Issue, at: string): Fault {
  // Not `path.map`: arktype's path is a class of its own, which cannot be made of a length.
  const keys = Array.from(path, (key) => (typeof key === 'object' ? key.key : key))
  return { path: at + pointer(keys), message: message.slice(0, MOST_CHARACTERS) }
}

function pointer(keys: readonly PropertyKey[]): string {
  return keys.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}
