// How payloads are declared, and what the declarations mean as types. Types only.
// Conditional types stand at the leaves alone, never over a whole contract: that keeps editors fast with hundreds of procedures.

import type { In, Out, Schema } from './schema.ts'

/** Positional values: schemas in order, or a function whose parameters give them names in the editor: `(id = z.int()) => [id]`. */
export type ArgsSpec = readonly Schema[] | ((...schemas: never[]) => readonly Schema[])
/** Keyword values: a schema for each, or one schema of an object. */
export type KwargsSpec = Schema | Readonly<Record<string, Schema>>
/** A payload: a schema is one positional value, a list several of them; or both kinds by name. */
export type Shape = Schema | readonly Schema[] | { readonly args?: ArgsSpec; readonly kwargs?: KwargsSpec }

/** Nothing declared. */
export type None = Record<never, never>

// A union with `void` lets a caller leave a position out; it costs less than a walk over the list.
type AcceptsUndefined<T> = undefined extends T ? T | void : T
type SchemasOf<A> = A extends (...schemas: infer P) => readonly Schema[] ? Required<P> : A extends readonly Schema[] ? A : []
type InTuple<A extends readonly unknown[]> = { -readonly [K in keyof A]: AcceptsUndefined<In<A[K]>> }
type OutTuple<A extends readonly unknown[]> = { -readonly [K in keyof A]: Out<A[K]> }
/** The positional values as they are sent. */
export type ArgsIn<D> = D extends { readonly args: infer A } ? InTuple<SchemasOf<A>> : []
/** The positional values as the receiver gets them. */
export type ArgsOut<D> = D extends { readonly args: infer A } ? OutTuple<SchemasOf<A>> : []

type KwRecordIn<R> = { readonly [K in keyof R as undefined extends In<R[K]> ? never : K]: In<R[K]> } & {
  readonly [K in keyof R as undefined extends In<R[K]> ? K : never]?: In<R[K]>
}
type KwRecordOut<R> = { readonly [K in keyof R as undefined extends Out<R[K]> ? never : K]: Out<R[K]> } & {
  readonly [K in keyof R as undefined extends Out<R[K]> ? K : never]?: Out<R[K]>
}
// `infer O` shows one object in the editor, in place of an intersection.
/** The keyword values as they are sent. */
export type KwIn<K> = K extends Schema ? In<K> : KwRecordIn<K> extends infer O ? { readonly [P in keyof O]: O[P] } : never
/** The keyword values as the receiver gets them. */
export type KwOut<K> = K extends Schema ? Out<K> : KwRecordOut<K> extends infer O ? { readonly [P in keyof O]: O[P] } : never
/** A list with the keyword values, which may be left out where all of them may; empty if none are declared. */
export type KwargsIn<D> = D extends { readonly kwargs: infer K } ? (None extends KwIn<K> ? [kwargs?: KwIn<K>] : [kwargs: KwIn<K>]) : []
export type KwargsOut<D> = D extends { readonly kwargs: infer K } ? [kwargs: KwOut<K>] : []

/** A list of one stands for its value, an empty one for nothing. */
type Single<L extends readonly unknown[]> = L extends readonly [] ? void : L extends readonly [infer V] ? V : L
/** The value of a result, a progressive result or a chunk as it is given. */
export type ShapeIn<S> = S extends Schema
  ? In<S>
  : S extends readonly Schema[]
    ? Single<InTuple<S>>
    : S extends { readonly args?: unknown; readonly kwargs?: unknown }
      ? Single<[...ArgsIn<S>, ...KwargsIn<S>]>
      : void
/** The value of a result, a progressive result or a chunk as the receiver gets it. */
export type ShapeOut<S> = S extends Schema
  ? Out<S>
  : S extends readonly Schema[]
    ? Single<OutTuple<S>>
    : S extends { readonly args?: unknown; readonly kwargs?: unknown }
      ? Single<[...ArgsOut<S>, ...KwargsOut<S>]>
      : void

type ParamOf<P extends string> = P extends `${infer N}:int`
  ? { readonly [K in N]: number }
  : P extends `${infer N}*`
    ? { readonly [K in N]: string }
    : { readonly [K in P]: string }
/** The parameters of a URI template: those of `user.{id:int}.files.{path*}` are `{ id: number } & { path: string }`. */
export type ParamsOf<U> = U extends `${string}{${infer P}}${infer Rest}`
  ? Rest extends `${string}{${string}`
    ? ParamOf<P> & ParamsOf<Rest>
    : ParamOf<P>
  : None
/** A list with the URI parameters of an entry; empty if its URI has none. */
export type UriParams<D> = D extends { readonly uri: infer U extends `${string}{${string}` } ? [params: ParamsOf<U>] : []
/** The same where those left out match anything. */
export type SomeUriParams<D> = D extends { readonly uri: infer U extends `${string}{${string}` } ? [params: Partial<ParamsOf<U>>] : []
