// Progressive calls as loops for the caller, and calls with arguments in chunks.

import { ApplicationError, LIMIT_EXCEEDED, UsageError } from '@trunkline/protocol'
import { Aborts } from '../aborts.ts'
import type { OpenCall } from '../call-parts.ts'
import { check, checkNamed } from '../checks.ts'
import { Inbox } from '../inbox.ts'
import type { Chunk } from '../invocation.ts'
import type { CallOptions } from '../options.ts'
import { dictOf } from '../options.ts'
import type { Args, CallResult } from '../results.ts'
import { valueOf } from '../results.ts'
import { checkLocal } from './outgoing-call.ts'

/** The most values queued for a loop; one more ends the call. */
const MOST_UNREAD = 1000

/** A call in progress: its progressive results to loop over, and the final result. */
export interface ProgressCall<Progress = unknown, Value = unknown> extends AsyncIterable<Progress> {
  /** The final result. The loop ends with it; if it rejects, the loop throws the same error. */
  readonly result: Promise<Value>
}

/** Options of a call with a loop over its progressive results. */
export type StreamCallOptions<Options extends CallOptions = CallOptions> = Omit<Options, 'onProgress'>

/** What makes a call: a session or a client. */
export type MakeCall<Options extends CallOptions> = (options: Options) => Promise<CallResult>

/** Chunks of a call: for each the positional values, or those and the keyword values. */
export type Chunks = AsyncIterable<Args | Partial<Chunk>> | Iterable<Args | Partial<Chunk>>

/**
 * Makes a call and queues the values of its progressive results for a loop. Leaving the loop early cancels the call. Up to 1,000
 * results are queued for a slow loop; one more cancels the call, with `trunkline.error.limit_exceeded`.
 */
export function progressOf<Options extends CallOptions>(
  make: MakeCall<Options>,
  options: Options | undefined,
  aborts: Aborts,
): ProgressCall {
  const leaving = new AbortController()
  const inbox = new Inbox<unknown>(MOST_UNREAD, () => leaving.abort())
  const onProgress = ({ value }: CallResult): void => {
    if (!inbox.put(value)) leaving.abort(new ApplicationError(LIMIT_EXCEEDED, ['too many results wait unread']))
  }
  const run = async (): Promise<unknown> => {
    const given = dictOf(options) as Options
    const { signal } = given
    check('onProgress', given.onProgress, 'undefined')
    checkLocal(given)
    const abort = (): void => leaving.abort(signal?.reason)
    if (signal?.aborted === true) abort()
    const ignore = signal === undefined ? undefined : aborts.on(signal, abort)
    try {
      return valueOf(await make({ ...given, signal: leaving.signal, onProgress }))
    } finally {
      ignore?.()
    }
  }
  const result = run()
  // The loop throws the error; this handler also keeps an unused `result` from being an unhandled rejection.
  result.then(
    () => inbox.end(),
    (error: unknown) => inbox.end({ error }),
  )
  return { result, [Symbol.asyncIterator]: () => inbox }
}

/**
 * Sends the arguments of a call chunk by chunk, as fast as the source yields them: if that is too fast, pace the source by the progress of
 * the procedure. When the call ends first, no more chunks are taken.
 * @throws {UsageError} when the chunks are nothing to iterate over
 */
export function sendChunks(call: OpenCall, chunks: Chunks): Promise<unknown> {
  void sendAll(call, chunks)
  return call.result.then(valueOf)
}

/** @throws {UsageError} when the chunks are nothing to iterate over */
export function checkChunks(chunks: unknown): void {
  const isIterable = typeof chunks === 'object' && chunks !== null && (Symbol.asyncIterator in chunks || Symbol.iterator in chunks)
  if (!isIterable) throw new UsageError('chunks: expected something to iterate over')
}

/** A session, or another object with its calls. */
export interface CallMaker {
  callResult(procedure: string, args?: Args, options?: CallOptions): Promise<CallResult>
  openCall(procedure: string, options?: CallOptions): OpenCall
}

/** As `stream` of a client, for a session with `calls()`. */
export function stream<Progress = unknown, Value = unknown>(
  session: Pick<CallMaker, 'callResult'>,
  procedure: string,
  args?: Args,
  options?: StreamCallOptions,
): ProgressCall<Progress, Value> {
  const make = (callOptions: CallOptions): Promise<CallResult> => session.callResult(procedure, args, callOptions)
  return progressOf(make, options, new Aborts()) as ProgressCall<Progress, Value>
}

/** As `send` of a client, for a session with `calls()`. */
export async function send<Value = unknown>(
  session: Pick<CallMaker, 'openCall'>,
  procedure: string,
  chunks: Chunks,
  options?: Omit<CallOptions, 'kwargs'>,
): Promise<Value> {
  checkChunks(chunks)
  return (await sendChunks(session.openCall(procedure, options), chunks)) as Value
}

/** Never rejects: an error of the source cancels the call with that error. */
async function sendAll(call: OpenCall, chunks: Chunks): Promise<void> {
  try {
    for await (const chunk of chunks) {
      const { args, kwargs } = isArgs(chunk) ? { args: chunk } : checked(chunk)
      if (!call.send(args, { kwargs })) return
    }
    call.end()
  } catch (error) {
    call.cancel('killnowait', error)
  }
}

function isArgs(chunk: Args | Partial<Chunk>): chunk is Args {
  return Array.isArray(chunk)
}

function checked(chunk: Partial<Chunk>): Partial<Chunk> {
  checkNamed('chunk', chunk, 'args:list kwargs:dict')
  return chunk
}
