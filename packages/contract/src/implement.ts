// The callee's side of a contract.

import { ApplicationError, INVALID_ARGUMENT, Result } from '@trunkline/protocol'
import type { Caller, Context, Handler, Handlers, Implementation, ImplementOptions, Pending } from './api.ts'
import type { Outcome } from './check.ts'
import { after, check, isPromise } from './check.ts'
import { isEntry } from './contract.ts'
import type { Procedure, Tree } from './entries.ts'
import type { AnyDict, Payload, Values } from './payload.ts'
import { join, payloadOf, payloadOfShape, single, split } from './payload.ts'
import { pending } from './pending.ts'
import type { CheckPolicy, HeldRegistration, Peer, RawInvocation, RawPayload } from './peer.ts'
import { paramsOf, patternOf, templateOf } from './template.ts'
import { ContractViolation, textOf } from './violation.ts'

type AnyHandler = (...parameters: unknown[]) => unknown

/** {@link Implement} as a function of the client. */
export function implement<const P extends Procedure>(
  client: Peer,
  procedure: P,
  handler: P extends { readonly spec: infer D } ? Handler<D> : never,
  options?: ImplementOptions,
): Pending<Implementation>
export function implement<const T extends Tree>(
  client: Peer,
  contract: T,
  handlers: Handlers<T>,
  options?: ImplementOptions,
): Pending<Implementation>
export function implement(
  client: Peer,
  node: Procedure | Tree,
  handlers: unknown,
  options: ImplementOptions = {},
): Pending<Implementation> {
  const { check: _check, around: _around, params, ...registerOptions } = options
  const held = [...pairs(node, handlers, '')].map(([procedure, handler]): HeldRegistration => {
    const { uri, match } = patternOf(templateOf(procedure.uri), params)
    const callee = new ProcedureSide(procedure, handler, options)
    const answer = (invocation: RawInvocation): unknown => callee.answer(invocation)
    return client.register(uri, answer as never, match === 'exact' ? registerOptions : { ...registerOptions, match })
  })
  const withdraw = async (): Promise<void> => void (await Promise.allSettled(held.map((each) => each.unregister())))
  const ready = (): Promise<unknown> =>
    Promise.all(held.map((each) => each.ready)).catch(async (error: unknown) => {
      await withdraw()
      throw error
    })
  return pending({ withdraw, [Symbol.asyncDispose]: withdraw }, ready)
}

/** Each procedure with its handler. */
function* pairs(node: Procedure | Tree, handlers: unknown, at: string): Generator<[Procedure, AnyHandler]> {
  if (isEntry(node)) {
    if (node.kind !== 'procedure') return
    if (typeof handlers !== 'function') throw new TypeError(`${at === '' ? 'the procedure' : at} (${node.uri}) has no handler`)
    return yield [node, handlers as AnyHandler]
  }
  const given = Object(handlers) as Readonly<Record<string, unknown>>
  const path = (key: string): string => (at === '' ? key : `${at}.${key}`)
  for (const key of Object.keys(given))
    if (!Object.hasOwn(node, key)) throw new TypeError(`${path(key)}: the contract has no such procedure`)
  for (const [key, child] of Object.entries(node)) yield* pairs(child as Tree, given[key], path(key))
}

class ProcedureSide {
  readonly #procedure: Procedure
  readonly #handler: AnyHandler
  readonly #policy: CheckPolicy
  readonly #around: ImplementOptions['around']
  readonly #call: Payload
  readonly #result: Payload
  readonly #progress: Payload
  readonly #chunk: Payload | undefined

  constructor(procedure: Procedure, handler: AnyHandler, { check: policy = 'incoming', around }: ImplementOptions) {
    const { spec } = procedure
    this.#procedure = procedure
    this.#handler = handler
    this.#policy = policy
    this.#around = around
    this.#call = payloadOf(spec)
    this.#result = payloadOfShape(spec.result)
    this.#progress = payloadOfShape(spec.progress)
    this.#chunk = spec.chunk && payloadOfShape(spec.chunk)
  }

  answer(invocation: RawInvocation): unknown {
    const context = this.#context(invocation)
    // Without `around` a handler starts in the turn of its invocation.
    const run = (): unknown => after(this.#values(invocation), (values) => this.#run([...values, context], invocation))
    const { uri: procedure } = this.#procedure
    const outcome = this.#around === undefined ? run() : this.#around({ procedure, context }, async () => run())
    return after(outcome, (value) => this.#packed('the result', this.#result, value))
  }

  /** What the handler gets before its context. */
  #values(invocation: RawInvocation): readonly unknown[] | Promise<readonly unknown[]> {
    const template = templateOf(this.#procedure.uri)
    const params = paramsOf(template, invocation.procedure)
    if (params === undefined) throw new ApplicationError(INVALID_ARGUMENT, [`${invocation.procedure} is not of the form ${template.uri}`])
    const first = template.names.length > 0 ? [params] : []
    if (this.#chunk !== undefined) return first
    return after(this.#accepted(this.#call, invocation), (values) => [...first, ...values])
  }

  /** The values that a caller sent, checked. */
  #accepted(payload: Payload, raw: RawPayload): readonly unknown[] | Promise<readonly unknown[]> {
    return this.#policy === 'none' ? join(payload, raw) : after(check(payload, raw), (outcome) => join(payload, right(outcome)))
  }

  #run(parameters: readonly unknown[], invocation: RawInvocation): unknown {
    const outcome = this.#handler(...parameters)
    return isAsyncGenerator(outcome) ? this.#drained(outcome, invocation) : outcome
  }

  #context(invocation: RawInvocation): Context {
    const { details, procedure } = invocation
    const chunk = this.#chunk
    const caller = callerOf(details)
    return {
      details,
      procedure,
      get signal() {
        return invocation.signal
      },
      ...(caller && { caller }),
      ...{ progress: (value: unknown) => this.#sent(invocation, value) },
      ...(chunk && { chunks: this.#chunks(invocation.chunks, chunk) }),
    }
  }

  async *#chunks(chunks: AsyncIterable<RawPayload>, payload: Payload): AsyncGenerator<unknown> {
    for await (const raw of chunks) {
      // A last chunk without values only ends the loop.
      if (raw.args.length > 0 || Object.keys(raw.kwargs).length > 0) yield single(await this.#accepted(payload, raw))
    }
  }

  /** Sends what a handler yields; resolves to what it returns. */
  async #drained(from: AsyncGenerator<unknown>, invocation: RawInvocation): Promise<unknown> {
    for (;;) {
      const { value, done } = await from.next()
      if (done === true) return value
      try {
        this.#sent(invocation, value)
        invocation.signal.throwIfAborted()
      } catch (error) {
        await from.return(undefined)
        throw error
      }
    }
  }

  /** Sends a progressive result. */
  #sent(invocation: RawInvocation, value: unknown): boolean {
    const packed = this.#packed('a progressive result', this.#progress, value)
    if (isPromise(packed)) throw new TypeError(`${this.#procedure.uri}: schemas of progressive results must check at once`)
    return invocation.progress(packed)
  }

  /** @throws {ContractViolation} with `check: 'both'`, for a value that is not as declared */
  #packed(what: string, payload: Payload, value: unknown): Result | Promise<Result> {
    const values = split(payload, listOf(payload, value))
    const pack = (): Result => new Result(values.args, values.kwargs)
    if (this.#policy !== 'both') return pack()
    return after(check(payload, values), ({ faults }) => {
      if (faults !== undefined) throw new ContractViolation(what, this.#procedure.uri, faults)
      return pack()
    })
  }
}

/** The values of a payload, as a handler returned them: nothing, one as it is, several in a list. */
function listOf({ size }: Payload, value: unknown): readonly unknown[] {
  if (size < 2) return size === 0 ? [] : [value]
  if (value === undefined || Array.isArray(value)) return (value ?? []) as readonly unknown[]
  throw new TypeError(`expected a list of the ${size} parts of the result`)
}

function callerOf({ caller: session, caller_authid: authid, caller_authrole: authrole }: AnyDict): Caller | undefined {
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
  return typeof session === 'number' ? { session, authid: text(authid), authrole: text(authrole) } : undefined
}

function right({ values, faults }: Outcome): Values {
  if (faults === undefined) return values
  throw new ApplicationError(INVALID_ARGUMENT, [textOf(faults)], { issues: faults })
}

function isAsyncGenerator(value: unknown): value is AsyncGenerator<unknown> {
  return Object(value) === value && Symbol.asyncIterator in (value as object) && 'next' in (value as object)
}
