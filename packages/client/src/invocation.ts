// A registration, and one invocation as its handler sees it. What only `@trunkline/client/calls` can do is refused here by name.

import type { Dict } from '@trunkline/protocol'
import { UsageError } from '@trunkline/protocol'
import type { EndInfo } from './ended.ts'
import type { Args, Kwargs } from './results.ts'

/** What a caller sent in one CALL. */
export interface Chunk {
  readonly args: Args
  readonly kwargs: Kwargs
}

/** One call of a registered procedure. */
export interface Invocation {
  readonly args: Args
  readonly kwargs: Kwargs
  /** INVOCATION.Details. */
  readonly details: Dict
  /** The URI called; with a pattern registration not that registered. */
  readonly procedure: string
  readonly registration: Registration
  /**
   * Aborts when the caller cancelled the call or left, when time is over, and when the session ends. Its reason is an
   * ApplicationError, or a DisconnectedError. Needs `calls()`.
   */
  readonly signal: AbortSignal
  /**
   * Sends a progressive result: a value or a {@link Result}. Returns false when none is wanted: the caller did not ask, or
   * the call is over. Throws a PayloadError when it cannot be sent. Needs `calls()`.
   */
  readonly progress: (value?: unknown) => boolean
  /**
   * All that the caller sends, in one loop: `args` and `kwargs` above, and the chunks that follow. A last chunk without
   * args and kwargs only ends the loop. Up to 1,000 wait unread, then the caller gets `trunkline.error.limit_exceeded`.
   * Needs `calls()`.
   */
  readonly chunks: AsyncIterable<Chunk>
}

/**
 * Returns a value, which becomes the one positional result (undefined: none), or a {@link Result}, or a promise of
 * either. Throws an ApplicationError to choose the error that the caller gets. With `calls()` it may be an async generator:
 * what it yields are progressive results, dropped if the caller did not ask for them, and what it returns is the final one.
 */
export type InvocationHandler = (invocation: Invocation) => unknown

/** A procedure registered by this session. */
export class Registration {
  /** The id of the registration at the router. */
  readonly id: number
  /** The URI or pattern registered. */
  readonly procedure: string
  /** As sent. */
  readonly options: Dict
  readonly handler: InvocationHandler
  /** Resolves when it has ended, whoever ended it; invocations that run go on. Never rejects. */
  readonly ended: Promise<EndInfo>
  readonly #callee: Unregisterer
  #unregistering: Promise<void> | undefined

  constructor(callee: Unregisterer, id: number, procedure: string, options: Dict, handler: InvocationHandler, ended: Promise<EndInfo>) {
    this.ended = ended
    this.#callee = callee
    this.id = id
    this.procedure = procedure
    this.options = options
    this.handler = handler
  }

  /** Takes the procedure back. Invocations that come before the router agreed are still answered. */
  unregister(): Promise<void> {
    this.#unregistering ??= this.#callee.unregister(this)
    return this.#unregistering
  }
}

/** Who takes a registration back at the router. */
interface Unregisterer {
  unregister(registration: Registration): Promise<void>
}

/** An invocation that its caller can neither stop nor continue. */
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
  throw new UsageError(`${what} needs calls() of @trunkline/client/calls`)
}
