// One invocation as its handler sees it. What only `@trunkline/client/calls` can do is refused here by name.

import type { Dict } from '@trunkline/protocol'
import { UsageError } from '@trunkline/protocol'
import type { Registration } from './callee.ts'
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
