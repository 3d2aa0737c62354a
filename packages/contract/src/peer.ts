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

/** Options of a call; those of the client, and they are sent as it sends them. */
export interface CallOptions {
  /** Cancels the call when it is aborted. */
  readonly signal?: AbortSignal | undefined
  /** Milliseconds to the first result, and between results; 0: no limit. */
  readonly timeout?: number | undefined
  readonly cancelMode?: 'skip' | 'kill' | 'killnowait' | undefined
  /** Asks the router to disclose the caller to the callee. */
  readonly discloseMe?: boolean | undefined
  /** Milliseconds to wait for a callee where there is none. */
  readonly waitForCallee?: number | undefined
  readonly rkey?: unknown
}
export interface PublishOptions {
  /** Wait for the router's acknowledgement. */
  readonly acknowledge?: boolean | undefined
  /** Whether this session does not get the event itself. Default true. */
  readonly excludeMe?: boolean | undefined
  readonly discloseMe?: boolean | undefined
  readonly exclude?: readonly number[] | undefined
  readonly excludeAuthid?: readonly string[] | undefined
  readonly excludeAuthrole?: readonly string[] | undefined
  readonly eligible?: readonly number[] | undefined
  readonly eligibleAuthid?: readonly string[] | undefined
  readonly eligibleAuthrole?: readonly string[] | undefined
  /** Keep the event for later subscribers with `getRetained`. */
  readonly retain?: boolean | undefined
  readonly rkey?: unknown
}
export interface SubscribeOptions {
  /** Get the retained event first. */
  readonly getRetained?: boolean | undefined
  readonly nkey?: string | undefined
}
/** Options of a loop over events. */
export interface LoopOptions extends SubscribeOptions {
  /** The most events queued for the loop. Default 1000. */
  readonly buffer?: number | undefined
  /** What becomes of an event when `buffer` are queued. Default `fail`: the loop throws. */
  readonly overflow?: 'fail' | 'drop_oldest' | 'drop_newest' | 'latest' | undefined
  /** Ends the loop when it aborts, with its reason. */
  readonly signal?: AbortSignal | undefined
}
export interface RegisterOptions {
  /** Which of several callees gets a call. Default `single`: there is only one. */
  readonly invoke?: 'single' | 'roundrobin' | 'random' | 'first' | 'last' | undefined
  readonly discloseCaller?: boolean | undefined
  /** Take the procedures over from the callees that have them now. Most routers require a right for it. */
  readonly forceReregister?: boolean | undefined
}

/** Which payloads are checked: those that come in (default), those that go out as well, or none. */
export type CheckPolicy = 'incoming' | 'both' | 'none'
