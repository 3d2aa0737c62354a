// Values that programs for autobahn-js give and get.

import { ApplicationError, RUNTIME_ERROR } from '@trunkline/protocol'
import { DisconnectedError } from '../errors.ts'
import type { Invocation as ClientInvocation } from '../invocation.ts'
import * as results from '../results.ts'
import type { Args, CallResult, Kwargs } from '../results.ts'
import type { ReceivedEvent } from '../subscriber.ts'

/** Several positional values, or named ones: what a procedure returns, and what a call of such a procedure resolves to. */
export class Result {
  readonly args: Args
  readonly kwargs: Kwargs

  constructor(args?: Args | null, kwargs?: Kwargs | null) {
    this.args = args ?? []
    this.kwargs = kwargs ?? {}
  }
}

/** What a procedure throws, and what a call rejects with: `error` is its URI. */
export class AutobahnError extends Error {
  override readonly name = 'AutobahnError'
  readonly error: string
  readonly args: Args
  readonly kwargs: Kwargs

  constructor(error: string, args?: Args | null, kwargs?: Kwargs | null, options?: { cause?: unknown }) {
    super(typeof args?.[0] === 'string' ? `${error}: ${args[0]}` : error, options)
    this.error = error
    this.args = args ?? []
    this.kwargs = kwargs ?? {}
  }
}

/** An acknowledged publication. */
export class Publication {
  readonly id: number

  constructor(id: number) {
    this.id = id
  }
}

/** The third parameter of a handler. */
export interface Event {
  readonly publication: number
  readonly topic: string
  readonly publisher: unknown
  readonly publisher_authid: unknown
  readonly publisher_authrole: unknown
  readonly retained: unknown
}

/** The third parameter of an endpoint. */
export interface Invocation {
  readonly procedure: string
  /** Sends a progressive result; null when the caller wants none. */
  readonly progress: ((args?: Args | null, kwargs?: Kwargs | null) => void) | null
  readonly caller: unknown
  readonly caller_authid: unknown
  readonly caller_authrole: unknown
}

export function eventOf({ publication, topic, details }: ReceivedEvent): Event {
  const { publisher, publisher_authid, publisher_authrole, retained } = details
  return { publication, topic, publisher, publisher_authid, publisher_authrole, retained }
}

export function invocationOf({ procedure, details, progress }: ClientInvocation): Invocation {
  const { caller, caller_authid, caller_authrole } = details
  const send = (args?: Args | null, kwargs?: Kwargs | null): void => void progress(new results.Result(args ?? [], kwargs ?? {}))
  return { procedure, progress: details['receive_progress'] === true ? send : null, caller, caller_authid, caller_authrole }
}

/** One positional value as it is, none as null, anything else as a {@link Result}. */
export function valueOf({ args, kwargs }: CallResult): unknown {
  return args.length > 1 || Object.keys(kwargs).length > 0 ? new Result(args, kwargs) : (args[0] ?? null)
}

/** What an endpoint returned, as a procedure of the client returns it. */
export function answerOf(value: unknown): unknown {
  return value instanceof Result ? new results.Result(value.args, value.kwargs) : new results.Result([value])
}

/** What an endpoint threw, as its caller gets it. The text of an error of JavaScript stays here, as with every procedure of the client. */
export function refusalOf(thrown: unknown): unknown {
  if (thrown instanceof AutobahnError) return new ApplicationError(thrown.error, thrown.args, thrown.kwargs)
  return thrown instanceof Error ? thrown : new ApplicationError(RUNTIME_ERROR, [thrown])
}

/** The error of a request. */
export function errorOf(error: unknown): unknown {
  if (error instanceof ApplicationError) return new AutobahnError(error.uri, error.args, error.kwargs, { cause: error })
  if (error instanceof DisconnectedError) return new AutobahnError(error.reason, [error.message], {}, { cause: error })
  return error
}
