// A callee whose invocations can be stopped, go on in chunks and answer step by step. Never answers what nobody waits for.

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
  /** Invocations that were over while chunks of them were still to come: those begin no new one. */
  readonly #finished = new Set<number>()

  /** Starts a handler, or hands a further chunk to the one that runs. */
  override receive(message: InvocationMessage): void {
    const { request, details } = message
    const invocation = this.#running(request)
    if (invocation?.isReceiving === true) return this.#follow(invocation, message)
    // Specification, "Progressive Call Invocations": a chunk for a finished invocation is discarded.
    if (!this.#finished.has(request)) return super.receive(message)
    if (details['progress'] !== true) this.#finished.delete(request)
  }

  /** Those unknown or finished are none of our business any more. */
  override interrupt({ request, options }: InterruptMessage): true {
    const { mode, reason } = options
    const invocation = this.#running(request)
    // Nobody waits for an answer: none is sent (specification: "Call Canceling").
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

  /** Whatever a handler throws when it was told to stop says that it stopped. */
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
    // The Details of the first chunk hold for all (specification: "Progressive Call Invocations").
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

  /** What an async generator yields is progress, what it returns the result. */
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

  /** A limit of time that the router left to us holds to the first result and then between results. */
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
