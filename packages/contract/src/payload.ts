// Payloads as lists of values and back: positional values first, then the keywords as one object.

import type { Schema } from './schema.ts'
import { isSchema } from './schema.ts'
import type { ArgsSpec, KwargsSpec, Shape } from './shapes.ts'

/** A declared payload. */
export interface Payload {
  readonly schemas: readonly Schema[]
  readonly kwargs: KwargsSpec | undefined
  /** How many values stand for it: the positional ones, and one for all keywords. */
  readonly size: number
}

export type AnyDict = Readonly<Record<string, unknown>>

/** A payload as it travels. */
export interface Values {
  readonly args: readonly unknown[]
  readonly kwargs: AnyDict
}

interface Both {
  readonly args?: ArgsSpec
  readonly kwargs?: KwargsSpec
}

/** The payload that `args` and `kwargs` declare. */
export function payloadOf({ args = [], kwargs }: Both): Payload {
  const schemas = typeof args === 'function' ? named(args) : args
  return { schemas, kwargs, size: schemas.length + (kwargs === undefined ? 0 : 1) }
}

/** The payload that a result, progressive result or chunk declares. */
export function payloadOfShape(shape: Shape = {}): Payload {
  return payloadOf(isSchema(shape) ? { args: [shape] } : Array.isArray(shape) ? { args: shape as readonly Schema[] } : (shape as Both))
}

/** What functions of {@link ArgsSpec} gave: making schemas takes time, and an entry is used more than once. */
const memo = new WeakMap<object, readonly Schema[]>()
function named(args: () => readonly Schema[]): readonly Schema[] {
  const schemas = memo.get(args) ?? args()
  memo.set(args, schemas)
  return schemas
}

/** From a list of values to a payload. Undefined values at the end are not sent. */
export function split({ schemas, kwargs }: Payload, values: readonly unknown[]): Values {
  const args = values.slice(0, schemas.length)
  while (args.length > 0 && args.at(-1) === undefined) args.pop()
  return { args, kwargs: (kwargs && (values[schemas.length] as Values['kwargs'])) ?? {} }
}

/** From a payload to a list of values. */
export function join({ schemas, kwargs }: Payload, values: Values): readonly unknown[] {
  const list = schemas.map((_, i) => values.args[i])
  return kwargs === undefined ? list : [...list, values.kwargs]
}

/** A list of one stands for its value, an empty one for undefined. */
export function single(list: readonly unknown[]): unknown {
  return list.length < 2 ? list[0] : list
}
