// What a contract is made of: procedures, topics and errors. Data only; nothing is sent from here.

import { made } from '#made'
import { ApplicationError } from '@trunkline/protocol'
import { payloadOf, split } from './payload.ts'
import type { ArgsIn, ArgsOut, ArgsSpec, KwargsIn, KwargsSpec, KwOut, None, Shape } from './shapes.ts'

interface Described {
  /**
   * The URI below the contract's prefix; by default the path of keys. `{name}` is a parameter of one component, `{name:int}` a whole
   * number, `{name*}` all components that are left, which only the last may be.
   */
  readonly uri?: string
  /** What people should know of it; by default the comment above the entry. */
  readonly doc?: string
  /** The version that brought it. */
  readonly since?: string
  /** What to use in its place. */
  readonly deprecated?: string | true
}

/** What {@link procedure} takes. */
export interface ProcedureSpec extends Described {
  readonly args?: ArgsSpec
  readonly kwargs?: KwargsSpec
  /** What it returns; absent: nothing. */
  readonly result?: Shape
  /** What it may send before the result. */
  readonly progress?: Shape
  /** What the caller sends piece by piece, in place of `args` and `kwargs`. */
  readonly chunk?: Shape
  /** The errors that it throws, by the names that `settle` gives them. */
  readonly errors?: Readonly<Record<string, AnyError>>
  /** Whether repeating it does no harm, so that a call may be repeated after a lost connection. */
  readonly idempotent?: boolean
}

/** What {@link topic} takes. */
export interface TopicSpec extends Described {
  readonly args?: ArgsSpec
  readonly kwargs?: KwargsSpec
  /** Which side publishes: the one that implements the contract (default), the other, or both. For documents and comparisons. */
  readonly from?: 'service' | 'client' | 'both'
}

/** What {@link error} takes. */
export interface ErrorSpec {
  readonly args?: ArgsSpec
  readonly kwargs?: KwargsSpec
  readonly doc?: string
}

export interface Procedure<out D extends ProcedureSpec = ProcedureSpec> {
  readonly kind: 'procedure'
  readonly spec: D
  /** The template of its URI with the contract's prefix; empty until a contract holds it. */
  readonly uri: string
}

export interface Topic<out D extends TopicSpec = TopicSpec> {
  readonly kind: 'topic'
  readonly spec: D
  /** The template of its URI with the contract's prefix; empty until a contract holds it. */
  readonly uri: string
}

/** An error of the application. Called, it makes an error to throw. */
export interface ErrorEntry<D extends ErrorSpec = ErrorSpec> {
  (...values: [...ArgsIn<D>, ...KwargsIn<D>]): ContractError<D>
  readonly kind: 'error'
  readonly spec: D
  readonly uri: string
  /** Whether an error that was caught is this one, wherever it was thrown. Compares the URI. */
  is(caught: unknown): caught is ContractError<D>
}

/** Any error entry. */
export interface AnyError {
  (...values: never[]): Error
  readonly kind: 'error'
  readonly spec: ErrorSpec
  readonly uri: string
  is(caught: unknown): boolean
}

/** An `ApplicationError` whose payload is known. */
export interface ContractError<D extends ErrorSpec = ErrorSpec> extends Error {
  readonly uri: string
  readonly args: ArgsOut<D>
  readonly kwargs: D extends { readonly kwargs: infer K } ? KwOut<K> : Readonly<Record<string, unknown>>
}

export type Entry = Procedure | Topic | AnyError
/** Entries by name, in groups. */
export type Tree = { readonly [key: string]: Entry | Tree }

/**
 * Declares a procedure.
 *
 * @example
 * import { procedure } from '@trunkline/contract'
 * import { z } from 'zod'
 *
 * const add = procedure({ args: (a = z.number(), b = z.number()) => [a, b], result: z.number() })
 * console.log(add.kind) // procedure
 */
export function procedure<const D extends ProcedureSpec = None>(spec: D = {} as D): Procedure<D> {
  return made({ kind: 'procedure', spec, uri: '' })
}

/** Declares a topic; `args` and `kwargs` are those of its events. */
export function topic<const D extends TopicSpec = None>(spec: D = {} as D): Topic<D> {
  return made({ kind: 'topic', spec, uri: '' })
}

/**
 * Declares an error.
 *
 * @param uri complete, without the contract's prefix: an error is the same in every contract that names it
 *
 * @example
 * import { error } from '@trunkline/contract'
 * import { z } from 'zod'
 *
 * const soldOut = error('com.example.error.sold_out', { args: [z.string()], kwargs: { next: z.string() } })
 * try {
 *   throw soldOut('no pears today', { next: 'Friday' })
 * } catch (caught) {
 *   if (soldOut.is(caught)) console.log(caught.kwargs.next) // Friday
 * }
 */
export function error<const D extends ErrorSpec = None>(uri: string, spec: D = {} as D): ErrorEntry<D> {
  const make = (...values: unknown[]): ApplicationError => {
    const { args, kwargs } = split(payloadOf(spec), values)
    return new ApplicationError(uri, args, kwargs)
  }
  const is = (caught: unknown): boolean => caught instanceof Error && (caught as { uri?: unknown }).uri === uri
  return made(Object.assign(make, { kind: 'error', spec, uri, is })) as unknown as ErrorEntry<D>
}
