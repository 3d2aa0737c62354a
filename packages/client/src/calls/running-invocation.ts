// One invocation as its handler uses it, with a signal to stop, progressive results and further chunks. The callee sends
// its messages.

import type { Dict } from '@trunkline/protocol'
import type { Registration } from '../invocation.ts'
import type { Chunk, Invocation } from '../invocation.ts'
import type { Args, Kwargs } from '../results.ts'
import { Inbox } from '../inbox.ts'

/** The most chunks queued for a handler; one more ends the invocation. */
const MOST_UNREAD = 1000

export class RunningInvocation implements Invocation {
  readonly args: Args
  readonly kwargs: Kwargs
  readonly details: Dict
  readonly procedure: string
  readonly registration: Registration
  readonly #sendProgress: (value: unknown) => boolean
  readonly #chunks = new Inbox<Chunk>(MOST_UNREAD)
  #controller: AbortController | undefined
  #stopReason: unknown
  #isReceiving: boolean
  #stopTimer: (() => void) | undefined

  // oxlint-disable-next-line max-params -- Runs for each invocation: an object that only carries its parts would be garbage.
  constructor(
    { args, kwargs }: Chunk,
    details: Dict,
    procedure: string,
    registration: Registration,
    sendProgress: (value: unknown) => boolean,
  ) {
    this.args = args
    this.kwargs = kwargs
    this.details = details
    this.procedure = procedure
    this.registration = registration
    this.#sendProgress = sendProgress
    this.#isReceiving = details['progress'] === true
    this.#chunks.put({ args, kwargs })
    if (!this.#isReceiving) this.#chunks.end()
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.isStopped) this.#controller.abort(this.#stopReason)
    return this.#controller.signal
  }

  get progress(): (value?: unknown) => boolean {
    return this.#sendProgress
  }

  get chunks(): AsyncIterable<Chunk> {
    return this.#chunks
  }

  /** Whether more chunks may arrive. */
  get isReceiving(): boolean {
    return this.#isReceiving
  }

  /** Whether the handler was asked to stop. */
  get isStopped(): boolean {
    return this.#stopReason !== undefined
  }

  /**
   * Takes a further message of the invocation.
   * @param chunk undefined when the message only ends the chunks
   * @returns false when too many chunks are queued
   */
  follow(chunk: Chunk | undefined, isLast: boolean): boolean {
    const fits = chunk === undefined || this.#chunks.put(chunk)
    this.#isReceiving = !isLast
    if (isLast) this.#chunks.end()
    return fits
  }

  /** Asks the handler to stop, by its signal. */
  stop(reason: unknown): void {
    this.#stopReason ??= reason
    this.#controller?.abort(reason)
    this.#chunks.end({ error: reason })
  }

  /** Replaces the timer. */
  watch(cancelTimer: (() => void) | undefined): void {
    this.#stopTimer?.()
    this.#stopTimer = cancelTimer
  }
}
