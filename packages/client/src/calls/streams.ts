// Calls as loops, for their callers. Built on `openCall`; sends nothing itself.

import { ApplicationError, LIMIT_EXCEEDED, UsageError } from '@trunkline/protocol'
import type { OpenCall } from '../call-parts.ts'
import { checkNamed } from '../checks.ts'
import type { Chunk } from '../invocation.ts'
import type { CallOptions } from '../options.ts'
import type { Args, CallResult, Kwargs } from '../results.ts'
import { Inbox } from './inbox.ts'

/** So many values wait for a loop that does not take them; one more ends the call. */
const MOST_UNREAD = 1000

/** What a call in progress gives: a loop over its progressive results, and the final one. */
export interface ProgressiveCall extends AsyncIterable<CallResult> {
  /** The final result. The loop ends with it, and throws what it rejects with. */
  readonly result: Promise<CallResult>
}

/** A session, or whatever opens calls as one does. */
export interface CallOpener {
  openCall(procedure: string, options?: CallOptions): OpenCall
}

/** Options of a call whose progressive results are taken in a loop. */
export type ProgressiveCallOptions = Omit<CallOptions, 'onProgress'>

/**
 * Calls a procedure and gives its progressive results to a loop. Leaving the loop early cancels the call. Up to 1,000
 * results wait for a slow loop; one more cancels the call, with `trunkline.error.limit_exceeded`.
 */
export function callProgress(
  session: CallOpener,
  procedure: string,
  args?: Args,
  kwargs?: Kwargs,
  options?: ProgressiveCallOptions,
): ProgressiveCall {
  const [call, progressive] = open(session, procedure, options)
  call.end(args, kwargs)
  return progressive
}

/**
 * Calls a procedure with arguments that go out chunk by chunk, and gives its progressive results to a loop. The chunks are
 * taken as fast as they come: let the procedure pace them by its results where that is too fast. When the call ends first,
 * no more are taken.
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
  // Whoever loops learns of a failure there; `result` is for those who ask.
  call.result.then(
    () => inbox.end(),
    (error: unknown) => inbox.end({ error }),
  )
  return [call, { result: call.result, [Symbol.asyncIterator]: () => inbox }]
}

function isIterable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value)
}

/** Never rejects: a source that fails cancels the call, with its error. */
async function sendAll(call: OpenCall, chunks: AsyncIterable<Partial<Chunk>> | Iterable<Partial<Chunk>>): Promise<void> {
  try {
    for await (const chunk of chunks) {
      checkNamed('chunk', chunk, 'args:list kwargs:dict')
      if (!call.send(chunk.args, chunk.kwargs)) return
    }
    call.end()
  } catch (error) {
    call.cancel('killnowait', error)
  }
}
