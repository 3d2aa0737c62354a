// The results of calls and procedures: positional and keyword values.

import type { Dict } from '@trunkline/protocol'
import { Result } from '@trunkline/protocol'

export { Result }

/** Positional arguments. */
export type Args = readonly unknown[]
/** Keyword arguments. */
export type Kwargs = Readonly<Record<string, unknown>>

/** The answer to a call. A procedure may return it to pass the answer on. */
export class CallResult extends Result {
  /** RESULT.Details. */
  readonly details: Dict

  constructor({ args, kwargs }: { readonly args?: Args; readonly kwargs?: Kwargs } = {}, details: Dict) {
    super(args, kwargs)
    this.details = details
  }

  /** The first positional value; undefined when there is none. */
  get value(): unknown {
    return this.args[0]
  }
}

/** The value of a result. */
export function valueOf({ value }: CallResult): unknown {
  return value
}

/** Whether a handler returned an async generator, or another async iterable. */
export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

/** Whether a handler returned a promise. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
