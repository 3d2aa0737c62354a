// Progressive calls as loops for the caller, built on `openCall`.

import { ApplicationError, LIMIT_EXCEEDED, UsageError } from '@trunkline/protocol'
import type { OpenCall } from '../call-parts.ts'
import { checkNamed } from '../checks.ts'
import type { Chunk } from '../invocation.ts'
import type { CallOptions } from '../options.ts'
import type { Args, CallResult } from '../results.ts'
import { Inbox } from './inbox.ts'

/** The most values queued for a loop; one more ends the call. */
const MOST_UNREAD = 1000

/** An open call: its progressive results to loop over, and the final result. */
export interface ProgressiveCall extends AsyncIterable<CallResult> {
  /** The final result. The loop ends with it; if it rejects, the loop throws the same error. */
  readonly result: Promise<CallResult>
}

/** A session, or another object with its `openCall`. */
export interface CallOpener {
  openCall(procedure: string, options?: CallOptions): OpenCall
}

/** Options of a call with a loop over its progressive results. */
export type ProgressiveCallOptions = Omit<CallOptions, 'onProgress'>

/**
 * Calls a procedure and queues its progressive results for a loop. Leaving the loop early cancels the call. Up to 1,000
 * results are queued for a slow loop; one more cancels the call, with `trunkline.error.limit_exceeded`.
 */
export function callProgress(session: CallOpener, procedure: string, args?: Args, options?: ProgressiveCallOptions): ProgressiveCall {
  const { kwargs, ...others } = options ?? {}
  const [call, progressive] = open(session, procedure, others)
  call.end(args, { kwargs })
  return progressive
}

/**
 * Calls a procedure with arguments sent chunk by chunk, and queues its progressive results for a loop. Chunks are sent as fast
 * as the source yields them: if that is too fast, pace the source by the results of the procedure. When the call ends first, the
 * client takes no more chunks.
 */
export function callStream(
  session: CallOpener,
  procedure: string,
  chunks: AsyncIterable<Partial<Chunk>> | Iterable<Partial<Chunk>>,
  options?: ProgressiveCallOptions,
): ProgressiveCall {
  if (!isIterable(chunks)) throw new UsageError('chunks: expected something to iterate over')
  const [call, progressive] = open(session, procedure, options)
  void sendAll(call, chunks)
  return progressive
}

function open(session: CallOpener, procedure: string, options: ProgressiveCallOptions | undefined): [OpenCall, ProgressiveCall] {
  const inbox = new Inbox<CallResult>(MOST_UNREAD, () => call.cancel())
  const call = session.openCall(procedure, {
    ...options,
    onProgress: (result) => {
      if (!inbox.put(result)) call.cancel('killnowait', new ApplicationError(LIMIT_EXCEEDED, ['too many results wait unread']))
    },
  })
  // The loop throws the error; this handler also keeps an unused `result` from being an unhandled rejection.
  call.result.then(
    () => inbox.end(),
    (error: unknown) => inbox.end({ error }),
  )
  return [call, { result: call.result, [Symbol.asyncIterator]: () => inbox }]
}

function isIterable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value)
}

/** Never rejects: an error of the source cancels the call with that error. */
async function sendAll(call: OpenCall, chunks: AsyncIterable<Partial<Chunk>> | Iterable<Partial<Chunk>>): Promise<void> {
  try {
    for await (const chunk of chunks) {
      checkNamed('chunk', chunk, 'args:list kwargs:dict')
      if (!call.send(chunk.args, { kwargs: chunk.kwargs })) return
    }
    call.end()
  } catch (error) {
    call.cancel('killnowait', error)
  }
}
