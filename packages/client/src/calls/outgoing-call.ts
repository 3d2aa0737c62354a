// One call of this session, from its first CALL until it settles: answers, cancelling and timeouts. It settles every
// promise, even when the router does not answer.

import type { CancelMode, Dict, ResultMessage } from '@trunkline/protocol'
import { ApplicationError, CALL, CANCEL, EMPTY_DICT, RESULT, UsageError } from '@trunkline/protocol'
import type { Aborts } from '../aborts.ts'
import { checkSignal } from '../aborts.ts'
import type { OpenCall } from '../call-parts.ts'
import { check, checkNamed } from '../checks.ts'
import type { SessionContext } from '../session-context.ts'
import { settlable } from '../settlable.ts'
import { remember } from './ids-seen.ts'
import type { CallOptions, KeywordOptions } from '../options.ts'
import { dictOf, given, wireOptions } from '../options.ts'
import type { Pending } from '../pending.ts'
import type { Args } from '../results.ts'
import { CallResult } from '../results.ts'

/** The error of a call that timed out (specification: "Call Timeouts"). */
export const TIMEOUT = 'wamp.error.timeout'
/** The milliseconds by which the client waits longer than the router before it ends a call that timed out. */
const ROUTER_GRACE_MS = 2000
/** The time that a callee has to answer a cancelled call (`kill`). */
const KILL_LIMIT_MS = 10_000

/**
 * - `unsent`: no CALL was sent.
 * - `sending`: more chunks may follow.
 * - `sent`: the last CALL was sent.
 * - `stopping`: cancelled by `kill`; the callee has not answered yet.
 * - `over`: settled.
 */
type State = 'unsent' | 'sending' | 'sent' | 'stopping' | 'over'

export class OutgoingCall implements OpenCall, Pending {
  readonly answerType = RESULT
  readonly result: Promise<CallResult>
  /** Absent unless the application asked for progressive results. */
  readonly progress?: (answer: ResultMessage) => void
  readonly #context: SessionContext
  readonly #procedure: string
  readonly #options: Dict
  readonly #local: Pick<CallOptions, 'signal' | 'cancelMode' | 'timeout'>
  readonly #answer = settlable<CallResult>()
  #state: State = 'unsent'
  #request = 0
  #stopTimer: (() => void) | undefined
  #leaveSignal: (() => void) | undefined

  constructor(
    context: SessionContext,
    aborts: Aborts,
    procedure: string,
    { signal, cancelMode, onProgress, timeout, ...options }: CallOptions = {},
  ) {
    this.#context = context
    this.#procedure = procedure
    this.#local = { signal, cancelMode, timeout }
    checkLocal({ signal, cancelMode, onProgress })
    if (timeout !== undefined && !(Number.isSafeInteger(timeout) && timeout >= 0)) throw new UsageError('timeout: whole milliseconds')
    this.#options = dictOf({
      ...wireOptions(CALL, options),
      // Options that the router did not announce are not sent: then there is one result, and only the client keeps the timeout.
      receive_progress: (onProgress !== undefined && context.supports('dealer', 'progressive_call_results')) || undefined,
      timeout: timeout !== undefined && timeout > 0 && context.supports('dealer', 'call_timeout') ? timeout : undefined,
    })
    if (onProgress !== undefined) this.progress = (answer) => this.#progressed(answer, onProgress)
    this.result = this.#answer.promise
    if (signal?.aborted === true) this.#onAbort()
    else if (signal !== undefined) this.#leaveSignal = aborts.on(signal, this.#onAbort)
  }

  send(args?: Args, options?: KeywordOptions): boolean {
    return this.#transmit(args, options, true)
  }

  end(args?: Args, options?: KeywordOptions): boolean {
    return this.#transmit(args, options, false)
  }

  cancel(mode: CancelMode = this.#local.cancelMode ?? 'killnowait', reason: unknown = new DOMException('cancelled', 'AbortError')): void {
    checkMode(mode)
    const state = this.#state
    if (state === 'over' || (state === 'stopping' && mode === 'kill')) return
    if (state === 'unsent' || !this.#context.supports('dealer', 'call_canceling')) return this.#abandon(reason)
    this.#context.requests.reply({ type: CANCEL, request: this.#request, options: { mode } })
    if (mode !== 'kill') return this.#abandon(reason)
    this.#state = 'stopping'
    this.#limit(KILL_LIMIT_MS, () => this.#abandon(reason))
  }

  accept({ payload, details }: ResultMessage): void {
    const result = new CallResult(this.#context.codec.open({ kind: 'result', uri: this.#procedure }, payload, details), details)
    this.#close()
    this.#answer.resolve(result)
  }

  /** Rejects the call; has no effect on a call that has settled. */
  reject(error: unknown): void {
    this.#close()
    this.#answer.reject(error)
  }

  /** Ends the call in the client before its answer. A later answer is ignored for as long as the id is remembered. */
  #abandon(error: unknown): void {
    const { abandoned, requests } = this.#context
    const forgotten = this.#request === 0 ? undefined : remember(abandoned, this.#request)
    if (forgotten !== undefined) requests.forget(forgotten)
    this.reject(error)
  }

  readonly #onAbort = (): void => this.cancel(undefined, this.#local.signal?.reason)

  #transmit(values: Args | undefined, keywords: KeywordOptions | undefined, progress: boolean): boolean {
    const procedure = this.#procedure
    const { args, kwargs, options: others } = given(values, keywords)
    checkNamed('options', others, 'kwargs')
    const isFirst = this.#state === 'unsent'
    if (!isFirst && this.#state !== 'sending') return false
    try {
      const { options, payload } = this.#context.codec.seal({ kind: 'call', uri: procedure }, args, kwargs, this.#options)
      const { requests } = this.#context
      if (isFirst) {
        const first = progress ? { ...options, progress } : options
        this.#request = requests.open((request) => ({ type: CALL, request, options: first, procedure, payload }), this)
      } else {
        requests.reply({ type: CALL, request: this.#request, options: progress ? { progress } : EMPTY_DICT, procedure, payload })
      }
    } catch (error) {
      if (isFirst) {
        this.result.catch(() => undefined)
        this.reject(error)
      }
      throw error
    }
    this.#state = progress ? 'sending' : 'sent'
    this.#keepTime()
    return true
  }

  #progressed({ payload, details }: ResultMessage, onProgress: (result: CallResult) => void): void {
    if (this.#state === 'over') return
    this.#keepTime()
    let result: CallResult
    try {
      result = new CallResult(this.#context.codec.open({ kind: 'result', uri: this.#procedure }, payload, details), details)
    } catch (error) {
      return this.cancel('killnowait', error)
    }
    try {
      onProgress(result)
    } catch (error) {
      this.#context.report(error, 'event_handler', { uri: this.#procedure })
    }
  }

  /** Specification, "Call Timeouts" and "Progressive Call Results": the timeout begins again with each chunk and each result. */
  #keepTime(): void {
    const { timeout = 0 } = this.#local
    if (timeout === 0 || this.#state === 'stopping') return
    const grace = 'timeout' in this.#options ? ROUTER_GRACE_MS : 0
    this.#limit(timeout + grace, () => this.cancel('killnowait', new ApplicationError(TIMEOUT, [`no answer within ${timeout} ms`])))
  }

  #limit(ms: number, expire: () => void): void {
    this.#stopTimer?.()
    this.#stopTimer = this.#context.clock.setTimer(expire, ms)
  }

  #close(): void {
    this.#state = 'over'
    this.#stopTimer?.()
    this.#leaveSignal?.()
  }
}

const MODES: readonly unknown[] = ['skip', 'kill', 'killnowait']

/** @throws {UsageError} for an unknown mode, for which a router ends the session */
function checkMode(mode: unknown): void {
  if (!MODES.includes(mode)) throw new UsageError(`cancelMode: expected one of ${MODES.join(', ')}`)
}

/** @throws {UsageError} for options of the wrong kind among those that are not sent */
export function checkLocal({ signal, cancelMode, onProgress }: Pick<CallOptions, 'signal' | 'cancelMode' | 'onProgress'>): void {
  if (signal !== undefined) checkSignal(signal)
  if (cancelMode !== undefined) checkMode(cancelMode)
  check('onProgress', onProgress, 'function|undefined')
}
