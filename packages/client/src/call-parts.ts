// The interface between a session and its caller and callee, with their basic implementation. `@trunkline/client/session` has
// the full one.

import type { CancelMode, InvocationMessage } from '@trunkline/protocol'
import { CALL, RESULT } from '@trunkline/protocol'
import { Callee } from './callee.ts'
import type { ContractMethods } from './contracts.ts'
import type { CloseInfo } from './errors.ts'
import type { Chunk, Invocation, InvocationHandler, Registration } from './invocation.ts'
import { needsCalls, PlainInvocation } from './invocation.ts'
import type { CallOptions, Given, KeywordOptions, PublishOptions, RegisterOptions, SubscribeOptions } from './options.ts'
import { wireOptions } from './options.ts'
import type { Args } from './results.ts'
import { CallResult } from './results.ts'
import type { SessionContext } from './session-context.ts'
import type { EventHandler, Subscription } from './subscriber.ts'

/** A call whose arguments can be sent in chunks. */
export interface OpenCall {
  /** The final result. */
  readonly result: Promise<CallResult>
  /**
   * Sends a chunk. Returns false, without sending, when the call has ended or `end` was called.
   * @throws {PayloadError} when the chunk cannot be sent; if it was the first chunk, the call ends
   */
  send(args?: Args, options?: KeywordOptions): boolean
  /** Sends the last chunk, as `send` does. Without args and kwargs it only ends the chunks. */
  end(args?: Args, options?: KeywordOptions): boolean
  /**
   * Cancels the call. `kill` waits up to 10 s for the callee's answer.
   * @param mode default: `cancelMode` of the options
   * @param reason the error with which `result` rejects
   */
  cancel(mode?: CancelMode, reason?: unknown): void
}

/** What contracts use of a session. */
export interface SessionMethods {
  readonly closed: Promise<CloseInfo>
  callResult(procedure: string, args?: Args, options?: CallOptions): Promise<CallResult>
  openCall(procedure: string, options?: CallOptions): OpenCall
  publish(topic: string, args?: Args, options?: PublishOptions): Promise<number | undefined>
  register(procedure: string, handler: InvocationHandler, options?: RegisterOptions): Promise<Registration>
  subscribe(topic: string, handler: EventHandler, options?: SubscribeOptions): Promise<Subscription>
}

/** The caller and callee of a session. */
export interface CallParts {
  /** The features that it adds, which the session announces for both roles. */
  readonly features: readonly string[]
  call(context: SessionContext, procedure: string, given: Given<CallOptions>): Promise<CallResult>
  openCall(context: SessionContext, procedure: string, options: CallOptions): OpenCall
  createCallee(context: SessionContext): Callee
  /** The methods by which contracts are used and implemented over a session. */
  contracts(session: SessionMethods): ContractMethods
}

class BasicCallee extends Callee {
  protected override createInvocation(
    chunk: Chunk,
    { details }: InvocationMessage,
    procedure: string,
    registration: Registration,
  ): Invocation {
    return new PlainInvocation(chunk, details, procedure, registration)
  }
}

/** Calls with one answer that cannot be cancelled. */
export const basicCalls: CallParts = {
  features: [],
  call({ requests, codec }, procedure, { args, kwargs, options }) {
    const { signal, cancelMode, onProgress, ...wire } = options
    if ((signal ?? cancelMode ?? onProgress) !== undefined) needsCalls('signal, onProgress')
    const sealed = codec.seal({ kind: 'call', uri: procedure }, args, kwargs, wireOptions(CALL, wire))
    return requests.request(
      (request) => ({ type: CALL, request, procedure, ...sealed }),
      RESULT,
      ({ payload, details }) => new CallResult(codec.open({ kind: 'result', uri: procedure }, payload, details), details),
    )
  },
  openCall: () => needsCalls('openCall'),
  createCallee: (context) => new BasicCallee(context),
  contracts: () => needsCalls('a contract'),
}
