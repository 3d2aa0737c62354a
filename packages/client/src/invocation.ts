// A registration, and one invocation as its handler sees it. Features of `@trunkline/client/session` are refused here with an error.

import type { Dict } from '@trunkline/protocol'
import { UsageError } from '@trunkline/protocol'
import { asyncDispose } from './dispose.ts'
import type { EndInfo } from './ended.ts'
import type { Args, Kwargs } from './results.ts'

/** The arguments that a caller sent in one CALL. */
export interface Chunk {
  readonly args: Args
  readonly kwargs: Kwargs
}

/** One call of a registered procedure. */
export interface Invocation<A extends Args = Args, K extends object = Kwargs> {
  readonly args: A
  readonly kwargs: K
  /** INVOCATION.Details. */
  readonly details: Dict
  /** The URI called, which is not the registered URI of a pattern-based registration. */
  readonly procedure: string
  readonly registration: Registration
  /**
   * Aborts when the caller cancels the call or leaves, when the call times out, and when the session ends. Its reason is an
   * ApplicationError, or a DisconnectedError. Needs `calls()`.
   */
  readonly signal: AbortSignal
  /**
   * Sends a progressive result: a value or a {@link Result}. Returns false, without sending, when the caller did not ask for
   * it or the call has ended. Throws a PayloadError when it cannot be sent. Needs `calls()`.
   */
  readonly progress: (value?: unknown) => boolean
  /**
   * All chunks of the caller in one loop: `args` and `kwargs` above, and the chunks that follow. A last chunk without
   * args and kwargs only ends the loop. Up to 1,000 are queued; with one more the caller gets `trunkline.error.limit_exceeded`.
   * Needs `calls()`.
   */
  readonly chunks: AsyncIterable<Chunk>
}

/**
 * Returns a value, which becomes the one positional result (undefined: none), or a {@link Result}, or a promise of
 * either. Throws an ApplicationError to choose the error that the caller gets. With `calls()` it may be an async generator:
 * its yielded values are progressive results, ignored if the caller did not ask for them; its return value is the final result.
 */
export type InvocationHandler<A extends Args = Args, K extends object = Kwargs> = (invocation: Invocation<A, K>) => unknown

/** A procedure registered by this session. */
export class Registration implements AsyncDisposable {
  /** The id of the registration at the router. */
  readonly id: number
  /** The URI or pattern registered. */
  readonly procedure: string
  /** As sent. */
  readonly options: Dict
  readonly handler: InvocationHandler
  /** Resolves when the registration has ended for any reason; running invocations continue. Never rejects. */
  readonly ended: Promise<EndInfo>
  readonly #callee: Unregisterer
  #unregistering: Promise<void> | undefined

  constructor(callee: Unregisterer, granted: GrantedRegistration) {
    this.#callee = callee
    this.ended = granted.ended
    this.id = granted.id
    this.procedure = granted.procedure
    this.options = granted.options
    this.handler = granted.handler
  }

  /** Unregisters. */
  [asyncDispose](): Promise<void> {
    return this.unregister()
  }

  /** Ends the registration. Invocations that arrive before the router's answer are still answered. */
  unregister(): Promise<void> {
    this.#unregistering ??= this.#callee.unregister(this)
    return this.#unregistering
  }
}

/** What the application sees of a registration. */
type GrantedRegistration = Pick<Registration, 'id' | 'procedure' | 'options' | 'handler' | 'ended'>

/** Ends registrations at the router. */
interface Unregisterer {
  unregister(registration: Registration): Promise<void>
}

/** An invocation without cancelling and without further chunks. */
export class PlainInvocation implements Invocation {
  readonly args: Args
  readonly kwargs: Kwargs
  readonly details: Dict
  readonly procedure: string
  readonly registration: Registration

  constructor({ args, kwargs }: Chunk, details: Dict, procedure: string, registration: Registration) {
    this.args = args
    this.kwargs = kwargs
    this.details = details
    this.procedure = procedure
    this.registration = registration
  }

  get signal(): AbortSignal {
    return needsCalls('signal')
  }

  get progress(): (value?: unknown) => boolean {
    return needsCalls('progress')
  }

  get chunks(): AsyncIterable<Chunk> {
    return needsCalls('chunks')
  }
}

/** @throws {UsageError} always */
export function needsCalls(what: string): never {
  throw new UsageError(`${what} needs calls() of @trunkline/client/session`)
}
