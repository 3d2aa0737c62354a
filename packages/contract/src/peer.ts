// What a contract needs of a client. Types only: the client of @trunkline/client has it.

import type { AnyDict } from './payload.ts'

/** A result, progressive result or chunk. */
export interface RawPayload {
  readonly args: readonly unknown[]
  readonly kwargs: AnyDict
}
export interface RawEvent extends RawPayload {
  readonly details: AnyDict
  readonly topic: string
  readonly publication: number
  readonly lost?: number
  readonly reconnected?: true
}
export interface RawInvocation extends RawPayload {
  readonly details: AnyDict
  readonly procedure: string
  readonly signal: AbortSignal
  readonly progress: (value?: unknown) => boolean
  readonly chunks: AsyncIterable<RawPayload>
}
/** A declaration: it holds at once; awaited, the router has agreed. */
export interface Held extends PromiseLike<unknown> {
  readonly ready: Promise<unknown>
}
/** A subscription with a handler. */
export interface HeldSubscription extends Held {
  unsubscribe(): Promise<void>
}
export interface HeldRegistration extends Held {
  unregister(): Promise<void>
}
export interface RawLoop extends AsyncIterator<RawEvent, undefined>, PromiseLike<unknown> {
  return(): Promise<IteratorResult<RawEvent, undefined>>
}
export interface RawCall {
  readonly result: Promise<RawPayload>
  send(args: readonly unknown[], options: { readonly kwargs: AnyDict }): boolean
  end(): boolean
  cancel(mode: 'killnowait', reason: unknown): void
}

/** A client. */
export interface Peer {
  callResult(procedure: string, args?: readonly unknown[], options?: object): Promise<RawPayload>
  session(): Promise<{ openCall(procedure: string, options?: object): RawCall }>
  publish(topic: string, args?: readonly unknown[], options?: object): Promise<number | undefined>
  /** With a handler a declaration, without one a loop. */
  subscribe(topic: string, handlerOrOptions?: never, options?: never): object
  register(procedure: string, handler: never, options?: object): HeldRegistration
}

/** Which payloads are checked: those that come in (default), those that go out as well, or none. */
export type CheckPolicy = 'incoming' | 'both' | 'none'
