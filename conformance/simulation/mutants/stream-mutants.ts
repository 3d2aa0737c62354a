// Faults in the time limits of calls and in calls whose arguments come in chunks.

import { becomes, isDropped, isFalse, isTrue } from '../../mutation/faults.ts'
import { condition, initial, statement } from '../../mutation/marks.ts'
import type { Mutant } from '../../mutation/placing.ts'
import { faultsIn } from './mutant.ts'

export const STREAM_MUTANTS: readonly Mutant[] = [
  ...faultsIn('router', 'CallTimers.start', {
    'the time of a call is never over': [statement('callee.keepsTime'), isDropped],
    'the router keeps a time that its callee wants to keep': [condition('callee.keepsTime'), isTrue],
  }),
  ...faultsIn('router', 'invocationDetails', {
    'a callee that keeps the time is not told of it': [initial('timeout'), becomes('0')],
  }),
  ...faultsIn('router', 'Calls.#passProgress', {
    'the time goes on although there was progress': [statement('this.#timers.restart(call)'), becomes('return')],
  }),
  ...faultsIn('router', 'CallEnds.close', {
    'the time of a call that was answered runs out': [statement('call.timer !== undefined'), isDropped],
  }),
  ...faultsIn('router', 'CallTimers.#expire', {
    'nobody interrupts a callee whose time is over': [statement('this.#ends.interrupt'), isDropped],
  }),
  ...faultsIn('router', 'Deadlines.#sink', {
    'times that were moved lose their order': [condition('below === undefined'), isTrue],
  }),
  ...faultsIn('router', 'Deadlines.run', {
    'the alarm rings once and is not set again': [statement('this.#alarmAt'), isDropped],
  }),
  ...faultsIn('router', 'Calls.takeChunk', {
    'the time goes on although there was a chunk': [statement('this.#timers.restart(call)'), isDropped],
    'a chunk may follow the last one': [condition('stream.isComplete'), becomes('stream === undefined')],
    'a chunk may name another procedure': [condition('stream.procedure'), isFalse],
    'a late chunk ends the session': [statement('this.#context.counters.lateChunksDropped'), becomes("throw new ProtocolError('late')")],
    'the options of the first chunk do not hold for the others': [initial('details'), becomes('isLast ? EMPTY_DICT : PROGRESS')],
    'the callee cannot tell the last chunk': [initial('details'), becomes('{ ...stream.details, ...PROGRESS }')],
    'the id of a progressive call stays taken in a tolerant realm': [condition("'tolerant'"), isFalse],
  }),
  ...faultsIn('router', 'lackingFeature', {
    'chunks go to a callee that takes none': [condition('isStream'), isFalse],
  }),
  ...faultsIn('router', 'Dealer.continue', {
    'the request id of an open call begins another': [
      condition('!caller.calls.has(request)'),
      becomes('$& || (caller as any) !== undefined'),
    ],
  }),
]
