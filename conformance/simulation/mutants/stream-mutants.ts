// Faults in the time limits of calls and in calls whose arguments come in chunks.

import type { Mutant } from './mutant.ts'

const CALLS = 'router/core/calls/calls.ts'
const DEADLINES = 'router/core/state/deadlines.ts'

export const STREAM_MUTANTS: readonly Mutant[] = [
  {
    name: 'the time of a call is never over',
    file: CALLS,
    find: 'if (!callee.keepsTime) this.#context.deadlines.set(timer, this.#context.clock.monotonic() + milliseconds)',
    replace: '',
  },
  {
    name: 'the router keeps a time that its callee wants to keep',
    file: CALLS,
    find: 'if (!callee.keepsTime) this.#context.deadlines.set(timer,',
    replace: 'this.#context.deadlines.set(timer,',
  },
  {
    name: 'a callee that keeps the time is not told of it',
    file: CALLS,
    find: 'const timeout = callee.keepsTime ? wishes.timeout : 0',
    replace: 'const timeout = 0',
  },
  {
    name: 'the time goes on although there was progress',
    file: CALLS,
    find: "if (outcome === 'queued' || outcome === 'closed') return this.#restartTimer(call)",
    replace: "if (outcome === 'queued' || outcome === 'closed') return",
  },
  {
    name: 'the time goes on although there was a chunk',
    file: CALLS,
    find: 'stream.isComplete = isLast\n      this.#restartTimer(call)',
    replace: 'stream.isComplete = isLast',
  },
  {
    name: 'the time of a call that was answered runs out',
    file: CALLS,
    find: 'if (call.timer !== undefined) this.#context.deadlines.clear(call.timer)',
    replace: '',
  },
  {
    name: 'nobody interrupts a callee whose time is over',
    file: CALLS,
    find: 'this.#interrupt(call, TIME_IS_OVER)',
    replace: '',
  },
  {
    name: 'times that were moved lose their order',
    file: DEADLINES,
    find: 'if (below === undefined || below.at >= deadline.at) return',
    replace: 'return',
  },
  {
    name: 'the alarm rings once and is not set again',
    file: DEADLINES,
    find: 'this.#alarmAt = Number.POSITIVE_INFINITY\n    let next',
    replace: 'let next',
  },
  {
    name: 'a chunk may follow the last one',
    file: CALLS,
    find: 'if (stream === undefined || stream.isComplete) throw',
    replace: 'if (stream === undefined) throw',
  },
  {
    name: 'a chunk may name another procedure',
    file: CALLS,
    find: 'if (procedure !== stream.procedure) throw',
    replace: 'if (false) throw',
  },
  {
    name: 'a late chunk ends the session',
    file: CALLS,
    find: 'if (call === undefined) return void this.#context.counters.lateChunksDropped++',
    replace: "if (call === undefined) throw new ProtocolError('late')",
  },
  {
    name: 'the options of the first chunk do not hold for the others',
    file: CALLS,
    find: 'const details = isLast ? stream.details : { ...stream.details, ...PROGRESS }',
    replace: 'const details = isLast ? EMPTY_DICT : PROGRESS',
  },
  {
    name: 'the callee cannot tell the last chunk',
    file: CALLS,
    find: 'const details = isLast ? stream.details : { ...stream.details, ...PROGRESS }',
    replace: 'const details = { ...stream.details, ...PROGRESS }',
  },
  {
    name: 'chunks go to a callee that takes none',
    file: CALLS,
    find: "if (isStream && !(callee.isInterruptible && callee.announced('callee', 'progressive_call_invocations'))) {",
    replace: 'if (false) {',
  },
  {
    name: 'a chunk counts as the request sent last',
    file: 'protocol/session-rules.ts',
    find: 'this.#isStream?.(request) === true) return false',
    replace: 'this.#isStream?.(request) === true) return true',
  },
  {
    name: 'the id of a progressive call stays taken in a tolerant realm',
    file: CALLS,
    find: "if (isLast && this.#context.settings.requestIds === 'tolerant')",
    replace: 'if (false)',
  },
  {
    name: 'a smaller request id ends a session in a tolerant realm',
    file: 'protocol/session-rules.ts',
    find: "if (this.#rule === 'tolerant') {",
    replace: 'if (request > 1e15) {',
  },
  {
    name: 'the request id of an open call begins another',
    file: 'router/core/calls/dealer.ts',
    find: 'if (!caller.calls.has(request)) return false',
    replace: 'if (!caller.calls.has(request) || (caller as any) !== undefined) return false',
  },
]
