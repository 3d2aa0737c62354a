// Calls of a contract's procedures.

import { WITH_SIGNAL } from '@trunkline/protocol'
import type { ProgressLoop, UseOptions } from './api.ts'
import { after, check } from './check.ts'
import type { AnyError, Procedure } from './entries.ts'
import type { AnyDict, Payload, Values } from './payload.ts'
import { join, payloadOf, payloadOfShape, single, split } from './payload.ts'
import type { CheckPolicy, Peer, RawPayload } from './peer.ts'
import { LoopQueue } from './loop-queue.ts'
import { nameError } from './settle.ts'
import type { Params } from './template.ts'
import { templateOf, uriOf } from './template.ts'
import { ContractViolation } from './violation.ts'

/** A call that is about to be made. */
interface Wanted {
  readonly to: string
  readonly values: readonly unknown[]
  readonly options: Readonly<Record<string, unknown>>
}

export function procedureApi(client: Peer, procedure: Procedure, options: UseOptions): unknown {
  const caller = new Caller(client, procedure, options)
  const cancelledBy =
    (signal?: AbortSignal) =>
    (...parameters: unknown[]): Promise<unknown> =>
      caller.call(parameters, signal)
  const progressing = { stream: (...parameters: unknown[]): ProgressLoop<unknown, unknown> => caller.stream(parameters) }
  return Object.assign(cancelledBy(), { uri: procedure.uri, [WITH_SIGNAL]: cancelledBy }, procedure.spec.progress && progressing)
}

class Caller {
  readonly #client: Peer
  readonly #procedure: Procedure
  readonly #policy: CheckPolicy
  readonly #defaults: object
  readonly #retry: boolean | undefined
  readonly #call: Payload
  readonly #result: Payload
  readonly #chunk: Payload | undefined

  constructor(client: Peer, procedure: Procedure, { check: policy = 'incoming', onError: _, retry, ...defaults }: UseOptions) {
    const { spec } = procedure
    this.#client = client
    this.#procedure = procedure
    this.#policy = policy
    this.#defaults = defaults
    this.#retry = retry
    this.#chunk = spec.chunk && payloadOfShape(spec.chunk)
    this.#call = payloadOf(spec)
    this.#result = payloadOfShape(spec.result)
  }

  /** Rejects, and never throws. */
  async call(parameters: readonly unknown[], signal?: AbortSignal): Promise<unknown> {
    return this.#run(this.#wanted(parameters, signal))
  }

  stream(parameters: readonly unknown[]): ProgressLoop<unknown, unknown> {
    const leaving = new AbortController()
    const wanted = this.#wanted(parameters, leaving.signal)
    const progress = payloadOfShape(this.#procedure.spec.progress)
    const queue = new LoopQueue<unknown>(() => leaving.abort())
    const onProgress = (raw: RawPayload): void => {
      try {
        const value = this.#unpack('a progressive result', progress, raw)
        if (!queue.put(value)) leaving.abort(new Error('too many results unread'))
      } catch (error) {
        leaving.abort(error)
      }
    }
    const result = this.#run({ ...wanted, options: { ...wanted.options, onProgress } })
    // The loop throws the error; this also keeps an unused result from being an unhandled rejection.
    result.then(
      () => queue.end(),
      (error: unknown) => queue.end({ error }),
    )
    return { result, [Symbol.asyncIterator]: () => queue }
  }

  /**
   * The URI parameters, the values, and the options behind them.
   * @param signal cancels the call, as that of its options does
   */
  #wanted(parameters: readonly unknown[], signal?: AbortSignal): Wanted {
    const template = templateOf(this.#procedure.uri)
    const first = template.names.length > 0 ? 1 : 0
    const end = first + (this.#chunk === undefined ? this.#call.size : 1)
    const to = uriOf(template, first === 1 ? (parameters[0] as Params) : {})
    const options: { signal?: AbortSignal } = { ...this.#defaults, ...(parameters[end] as object | undefined) }
    if (signal) options.signal = options.signal ? AbortSignal.any([signal, options.signal]) : signal
    return { to, values: parameters.slice(first, end), options }
  }

  async #run({ to, values, options }: Wanted): Promise<unknown> {
    try {
      if (this.#chunk !== undefined)
        return await this.#unpack('the result', this.#result, await this.#sendChunks(to, this.#chunk, values[0], options))
      const { args, kwargs } = await outgoing(this.#policy, 'the arguments', this.#procedure.uri, { payload: this.#call, values })
      return await this.#unpack('the result', this.#result, await this.#send(to, args, { ...options, kwargs }))
    } catch (error) {
      throw await known(error, this.#policy, this.#procedure)
    }
  }

  /** Sends a call, and that of an idempotent procedure once more if its session ended before the answer. */
  #send(to: string, args: readonly unknown[], options: AnyDict): Promise<RawPayload> {
    // Another procedure has no such option, which the client says.
    if (this.#procedure.spec.idempotent !== true) return this.#client.callResult(to, args, options)
    const { retry = this.#retry, ...sent } = options
    const send = (): Promise<RawPayload> => this.#client.callResult(to, args, sent)
    return retry !== true || 'onProgress' in sent
      ? send()
      : send().catch((error: unknown) => (mayHaveRun(error) ? send() : Promise.reject(error)))
  }

  async #sendChunks(to: string, chunk: Payload, source: unknown, options: object): Promise<RawPayload> {
    const call = (await this.#client.session()).openCall(to, options)
    void sendAll(source as AsyncIterable<unknown>, (value) => {
      const { args, kwargs } = split(chunk, chunk.size === 1 ? [value] : (value as unknown[]))
      return call.send(args, { kwargs })
    }).then(
      () => call.end(),
      (error: unknown) => call.cancel('killnowait', error),
    )
    return call.result
  }

  #unpack(what: string, payload: Payload, raw: RawPayload): unknown {
    if (this.#policy === 'none') return single(join(payload, raw))
    return after(check(payload, raw), ({ values, faults }) => {
      if (faults !== undefined) throw new ContractViolation(what, this.#procedure.uri, faults)
      return single(join(payload, values))
    })
  }
}

/** Whether the session of a call ended before the answer. */
function mayHaveRun(error: unknown): boolean {
  return (error as { readonly mayHaveRun?: unknown }).mayHaveRun === true
}

async function sendAll(source: AsyncIterable<unknown>, send: (value: unknown) => boolean): Promise<void> {
  for await (const value of source) if (!send(value)) return
}

/** What is to be sent, checked where the policy says so. */
export async function outgoing(
  policy: CheckPolicy,
  what: string,
  uri: string,
  { payload, values }: { readonly payload: Payload; readonly values: readonly unknown[] },
): Promise<Values> {
  const sent = split(payload, values)
  if (policy !== 'both') return sent
  const { faults } = await check(payload, sent)
  if (faults !== undefined) throw new ContractViolation(what, uri, faults)
  return sent
}

/** A declared error gets its values as declared, and its name for `settle`. */
async function known(error: unknown, policy: CheckPolicy, { spec, uri }: Procedure): Promise<unknown> {
  const errors: Readonly<Record<string, AnyError>> = spec.errors ?? {}
  const entry = Object.values(errors).find((each) => each.is(error))
  if (entry === undefined || !(error instanceof Error)) return error
  if (policy !== 'none') {
    const { values, faults } = await check(payloadOf(entry.spec), error as unknown as Values)
    if (faults !== undefined) return new ContractViolation(`the error ${entry.uri}`, uri, faults, { cause: error })
    Object.assign(error, values)
  }
  nameError(error, spec.errors)
  return error
}
