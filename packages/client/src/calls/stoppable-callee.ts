// A callee with call canceling, progressive call invocations and progressive call results.

import type { InterruptMessage, InvocationMessage } from '@trunkline/protocol'
import { ApplicationError, CANCELED, INVALID_ARGUMENT, isUri, LIMIT_EXCEEDED } from '@trunkline/protocol'
import type { Registration } from '../invocation.ts'
import { Callee } from '../callee.ts'
import type { CloseInfo } from '../errors.ts'
import { DisconnectedError } from '../errors.ts'
import { remember } from './ids-seen.ts'
import type { Chunk, Invocation } from '../invocation.ts'
import { isAsyncIterable } from '../results.ts'
import { TIMEOUT } from './outgoing-call.ts'
import { RunningInvocation } from './running-invocation.ts'

export class StoppableCallee extends Callee {
  /** Invocations that ended before their last chunk: later chunks do not begin a new invocation. */
  readonly #finished = new Set<number>()

  /** Starts a handler, or passes a further chunk to the running one. */
  override receive(message: InvocationMessage): void {
    const { request, details } = message
    const invocation = this.#running(request)
    if (invocation?.isReceiving === true) return this.#follow(invocation, message)
    // Specification, "Progressive Call Invocations": a chunk for a finished invocation is discarded.
    if (!this.#finished.has(request)) return super.receive(message)
    if (details['progress'] !== true) this.#finished.delete(request)
  }

  /** Ignores unknown and finished invocations. */
  override interrupt({ request, options }: InterruptMessage): true {
    const { mode, reason } = options
    const invocation = this.#running(request)
    // The caller does not wait, so the callee sends no answer (specification: "Call Canceling").
    if (mode === 'killnowait') this.finish(request)
    invocation?.stop(new ApplicationError(typeof reason === 'string' && isUri(reason) ? reason : CANCELED))
    return true
  }

  override close(info: CloseInfo): void {
    const running = [...this.running.keys()].map((request) => [request, this.#running(request)] as const)
    for (const [request] of running) this.finish(request)
    super.close(info)
    for (const [, invocation] of running) invocation?.stop(new DisconnectedError(true, info))
  }

  protected override createInvocation(chunk: Chunk, message: InvocationMessage, procedure: string, registration: Registration): Invocation {
    const { request, details } = message
    const invocation: RunningInvocation = new RunningInvocation(chunk, details, procedure, registration, (value) =>
      this.#progress(request, invocation, value),
    )
    this.#keepTime(request, invocation)
    return invocation
  }

  protected override outcomeOf(outcome: unknown, request: number, invocation: Invocation): unknown {
    return isAsyncIterable(outcome) && invocation instanceof RunningInvocation ? this.#drain(outcome, request, invocation) : outcome
  }

  /** Every exception of a handler that was asked to stop counts as cancelled. */
  protected override explain(error: unknown, invocation: Invocation): unknown {
    const isStopped = invocation instanceof RunningInvocation && invocation.isStopped
    return isStopped && !(error instanceof ApplicationError) ? new ApplicationError(CANCELED) : error
  }

  protected override finish(request: number): void {
    const invocation = this.#running(request)
    invocation?.watch(undefined)
    if (invocation?.isReceiving === true) remember(this.#finished, request)
    super.finish(request)
  }

  #running(request: number): RunningInvocation | undefined {
    const invocation = this.running.get(request)
    return invocation instanceof RunningInvocation ? invocation : undefined
  }

  #follow(invocation: RunningInvocation, message: InvocationMessage): void {
    const { request, payload } = message
    const isLast = message.details['progress'] !== true
    const isEmpty = isLast && payload === undefined
    // The Details of the first chunk apply to all chunks (specification: "Progressive Call Invocations").
    const chunk = isEmpty ? undefined : this.chunkOf(message, invocation.procedure, invocation.details)
    const isReadable = isEmpty || chunk !== undefined
    const isTaken = invocation.follow(chunk, isLast)
    if (isReadable && isTaken) return this.#keepTime(request, invocation)
    const error = isReadable
      ? new ApplicationError(LIMIT_EXCEEDED, ['too many chunks wait unread'])
      : new ApplicationError(INVALID_ARGUMENT, ['a chunk cannot be read'])
    this.fail(request, invocation, error)
    invocation.stop(error)
  }

  /** Sends the values that an async generator yields as progressive results, and returns its return value as the result. */
  async #drain(values: AsyncIterable<unknown>, request: number, invocation: RunningInvocation): Promise<unknown> {
    const iterator = values[Symbol.asyncIterator]()
    for (;;) {
      const { value, done } = await iterator.next()
      if (done === true) return value
      try {
        this.#progress(request, invocation, value)
        if (invocation.isStopped) throw new ApplicationError(CANCELED)
      } catch (error) {
        await iterator.return?.()
        throw error
      }
    }
  }

  #progress(request: number, invocation: RunningInvocation, value: unknown): boolean {
    if (invocation.details['receive_progress'] !== true || this.running.get(request) !== invocation) return false
    this.yield(request, invocation.procedure, value, { progress: true })
    this.#keepTime(request, invocation)
    return true
  }

  /** Applies a timeout that the router forwarded: to the first result, and then between results. */
  #keepTime(request: number, invocation: RunningInvocation): void {
    const { timeout } = invocation.details
    if (typeof timeout !== 'number' || timeout === 0) return
    invocation.watch(
      this.context.clock.setTimer(() => {
        const error = new ApplicationError(TIMEOUT, [`no answer within ${timeout} ms`])
        this.fail(request, invocation, error)
        invocation.stop(error)
      }, timeout),
    )
  }
}
