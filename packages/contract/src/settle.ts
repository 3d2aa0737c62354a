// How a call ended, as a value.

import type { AnyError, ContractError, ErrorEntry } from './entries.ts'
import type { None } from './shapes.ts'

declare const ERRORS: unique symbol
/** The promise of a call of a contract, which knows for {@link settle} the errors that its procedure declares. */
export interface Call<R, E = None> extends Promise<R> {
  readonly [ERRORS]?: E
}

type Failures<E> = {
  [K in keyof E & string]: E[K] extends ErrorEntry<infer D>
    ? { readonly ok: false; readonly failed: K; readonly error: ContractError<D> }
    : never
}[keyof E & string]
/** A call's value, or one of its declared errors by its name in the contract, or another failure: network, rights, faults. */
export type Settled<R, E> =
  | { readonly ok: true; readonly value: R }
  | Failures<E>
  | { readonly ok: false; readonly failed: 'other'; readonly error: unknown }

const names = new WeakMap<object, string>()

/** Notes the name of a declared error with which a call rejects. */
export function nameError(error: Error, errors: Readonly<Record<string, AnyError>> = {}): void {
  const found = Object.entries(errors).find(([, entry]) => entry.is(error))
  if (found !== undefined) names.set(error, found[0])
}

/**
 * How a call of a contract ended, as a value; never rejects. A declared error whose payload is not as declared is `other`, so that
 * the types hold.
 */
export async function settle<R, E>(call: Call<R, E>): Promise<Settled<R, E>>
export async function settle(call: Promise<unknown>): Promise<unknown> {
  try {
    return { ok: true, value: await call }
  } catch (error) {
    return { ok: false, failed: names.get(Object(error) as object) ?? 'other', error }
  }
}
