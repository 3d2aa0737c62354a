// What `use` and `implement` make of a contract. Types only. Those of a page may lack AsyncDisposable, so it names its library.

/// <reference lib="esnext.disposable" preserve="true" />

import type {
  SharedCallOptions,
  SharedLoopOptions,
  SharedPublishOptions,
  SharedRegisterOptions,
  SharedSubscribeOptions,
} from '@trunkline/protocol'
import type { Procedure, Tree } from './entries.ts'
import type { CheckPolicy } from './peer.ts'
import type { AnyDict } from './payload.ts'
import type { Call } from './settle.ts'
import type { ArgsIn, ArgsOut, KwargsIn, KwargsOut, KwOut, None, ParamsOf, ShapeIn, ShapeOut, SomeUriParams, UriParams } from './shapes.ts'

/** Options of a call; those of the client, and they are sent as it sends them. */
export interface CallOptions extends SharedCallOptions {
  /** Cancels the call when it is aborted. */
  readonly signal?: AbortSignal | undefined
  /** Milliseconds to wait for a callee where there is none. Not for sessions. */
  readonly waitForCallee?: number | undefined
}
/** Options of a publication; those of the client. */
export interface PublishOptions extends SharedPublishOptions {
  /** For durable topics: one event, also when it is published again in the next session; with your key or one of its own. Not for sessions. */
  readonly once?: boolean | string | undefined
}
/** Options of a call that may be repeated: its procedure is declared `idempotent`. */
export interface RepeatableCallOptions extends CallOptions {
  /** Whether the call is sent once more when its session ends before the answer. Default false. */
  readonly retry?: boolean | undefined
}

/** Options of a loop over events. */
export interface LoopOptions extends SharedLoopOptions {
  /** Ends the loop when it aborts, with its reason. */
  readonly signal?: AbortSignal | undefined
}

type ErrorsOf<D> = D extends { readonly errors: infer E } ? E : None
type OptionsOf<D> = D extends { readonly idempotent: true } ? RepeatableCallOptions : CallOptions
type CallParameters<D> = D extends { readonly chunk: infer C }
  ? [...UriParams<D>, chunks: Iterable<ShapeIn<C>> | AsyncIterable<ShapeIn<C>>, options?: CallOptions]
  : [...UriParams<D>, ...ArgsIn<D>, ...KwargsIn<D>, options?: OptionsOf<D>]
type ResultOf<D> = D extends { readonly result: infer R } ? ShapeOut<R> : void

interface Callable<D> {
  (...parameters: CallParameters<D>): Call<ResultOf<D>, ErrorsOf<D>>
  /** The template of its URI. */
  readonly uri: string
}
interface Progressing<D, P> {
  /** Asks for results on the way. Leaving the loop cancels the call. */
  stream(...parameters: CallParameters<D>): ProgressLoop<ShapeOut<P>, ResultOf<D>, ErrorsOf<D>>
}
/** The values of progressive results, and the final result. */
export interface ProgressLoop<P, R, E = None> extends AsyncIterable<P> {
  /** The loop ends with it; if it rejects, the loop throws the same error. */
  readonly result: Call<R, E>
}
/** A procedure as its caller has it. */
export type ProcedureApi<D> = D extends { readonly progress: infer P } ? Callable<D> & Progressing<D, P> : Callable<D>

type Value<L extends readonly unknown[]> = L extends readonly [] ? undefined : L extends readonly [infer V] ? V : L
/** An event of a contract's topic. */
export interface TopicEvent<D> {
  /** The one value; of several the list, then the keywords. */
  readonly value: Value<[...ArgsOut<D>, ...KwargsOut<D>]>
  readonly args: ArgsOut<D>
  readonly kwargs: D extends { readonly kwargs: infer K } ? KwOut<K> : None
  /** The URI parameters. */
  readonly params: D extends { readonly uri: infer U } ? ParamsOf<U> : None
  readonly topic: string
  readonly publication: number
  /** EVENT.Details. */
  readonly details: AnyDict
  /** In a loop: how many events before this one were dropped; absent: none. */
  readonly lost?: number
  /** In a loop: the client has subscribed again, and events may be missing. */
  readonly reconnected?: true
}
/** What holds at once; awaited, the router has agreed, or refused. */
export type Pending<T> = T & PromiseLike<T>
export interface TopicSubscription extends AsyncDisposable {
  unsubscribe(): Promise<void>
}
/** Events for one `for await` loop, which unsubscribes when it is left. */
export interface EventLoop<D> extends AsyncIterableIterator<TopicEvent<D>, undefined>, AsyncDisposable {}

/** A topic as publishers and subscribers have it. */
export interface TopicApi<D> {
  publish(...parameters: [...UriParams<D>, ...ArgsIn<D>, ...KwargsIn<D>, options?: PublishOptions]): Promise<number | undefined>
  /** URI parameters left out match anything. An event that is not as declared is dropped and reported. */
  subscribe(
    ...parameters: [...SomeUriParams<D>, handler: (event: TopicEvent<D>) => unknown, options?: SharedSubscribeOptions]
  ): Pending<TopicSubscription>
  /** The same as a loop over the events. */
  subscribe(...parameters: [...SomeUriParams<D>, options?: LoopOptions]): Pending<EventLoop<D>>
  /** The template of its URI. */
  readonly uri: string
}

/** A contract as its user has it: a function for each procedure. */
export type Api<T> = { readonly [K in keyof T]: ApiOf<T[K]> }
type ApiOf<N> = N extends { readonly kind: 'procedure'; readonly spec: infer D }
  ? ProcedureApi<D>
  : N extends { readonly kind: 'topic'; readonly spec: infer D }
    ? TopicApi<D>
    : N extends { readonly kind: 'error' }
      ? N
      : Api<N>

/** Options of `use`; those of calls are defaults for each call, `retry` for those of idempotent procedures. */
export interface UseOptions extends RepeatableCallOptions {
  /** Default `incoming`. With `none`, schemas that transform do not. */
  readonly check?: CheckPolicy | undefined
  /** Gets events that are not as declared. Default: they are dropped without a word. */
  readonly onError?: ((error: unknown) => void) | undefined
}

/** `use` of a client and of a session. */
export interface Use {
  /**
   * Makes a contract, or a part of it, callable. Nothing is sent before an entry is used; several uses with other options are cheap.
   * @param options defaults for each call of it, and what is checked
   */
  <const T extends Tree>(contract: T, options?: UseOptions): Api<T>
}

/** Who calls, and what can be done meanwhile: the last parameter of a handler. */
export interface Context {
  /** Aborts when the caller cancelled or left. */
  readonly signal: AbortSignal
  /** INVOCATION.Details. */
  readonly details: AnyDict
  /** The URI called. */
  readonly procedure: string
  /** Who calls, if the router disclosed it. */
  readonly caller?: Caller | undefined
}
/** A caller that the router disclosed. */
export interface Caller {
  /** The id of its session. */
  readonly session: number
  readonly authid?: string | undefined
  readonly authrole?: string | undefined
}
interface ProgressContext<P> extends Context {
  /** Sends a result on the way; false when the caller wants none. */
  progress(value: P): boolean
}
interface ChunkContext<C> {
  readonly chunks: AsyncIterable<C>
}
type ContextOf<D> = (D extends { readonly progress: infer P } ? ProgressContext<ShapeIn<P>> : Context) &
  (D extends { readonly chunk: infer C } ? ChunkContext<ShapeOut<C>> : unknown)
type Returned<D> = D extends { readonly result: infer R } ? ShapeIn<R> : void
type Outcomes<D> =
  | Returned<D>
  | Promise<Returned<D>>
  | (D extends { readonly progress: infer P } ? AsyncGenerator<ShapeIn<P>, Returned<D>, void> : never)

/** The function that answers a procedure; with `progress` it may be an async generator. */
export type Handler<D> = (...parameters: [...UriParams<D>, ...ArgsOut<D>, ...KwargsOut<D>, context: ContextOf<D>]) => Outcomes<D>
type KindOf<N> = N extends { readonly kind: infer K extends string } ? K : 'group'
type NoHandlers = 'topic' | 'error'
/** A handler for each procedure; a group of topics or errors is left out. */
export type Handlers<T> = {
  readonly [
    K in keyof T as KindOf<T[K]> extends 'procedure'
      ? K
      : KindOf<T[K]> extends 'group'
        ? KindOf<T[K][keyof T[K]]> extends NoHandlers
          ? never
          : K
        : never
  ]: T[K] extends { readonly kind: 'procedure'; readonly spec: infer D } ? Handler<D> : Handlers<T[K]>
}

/** A call that is being answered. */
export interface Answering {
  /** The URI as the contract has it, with the names of its parameters. */
  readonly procedure: string
  readonly context: Context
}

export interface ImplementOptions extends SharedRegisterOptions {
  /**
   * Runs in place of each handler: for logging, measuring, rights. `next` checks what the caller sent and runs the handler; it resolves to
   * the value that the handler returned, and rejects with what the caller would get. What `around` returns is the result.
   */
  readonly around?: ((call: Answering, next: () => Promise<unknown>) => unknown) | undefined
  /** Default `incoming`. With `none`, schemas that transform do not. */
  readonly check?: CheckPolicy | undefined
  /** URI parameters that this service answers for; those left out are taken from the call. */
  readonly params?: Readonly<Record<string, string | number>> | undefined
}
export interface Implementation extends AsyncDisposable {
  /** Takes all registrations back. */
  withdraw(): Promise<void>
}

/**
 * `implement` of a client and of a session: registers a handler for each procedure of a contract, or of a part of it. It holds at once;
 * awaited, the router has agreed to all. If it refuses one, the others are taken back, and awaiting rejects with the refusal.
 * @throws {TypeError} for a handler that is missing or that has no procedure
 */
export interface Implement {
  <const P extends Procedure>(
    procedure: P,
    handler: P extends { readonly spec: infer D } ? Handler<D> : never,
    options?: ImplementOptions,
  ): Pending<Implementation>
  <const T extends Tree>(contract: T, handlers: Handlers<T>, options?: ImplementOptions): Pending<Implementation>
}
