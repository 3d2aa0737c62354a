// Faults in registrations and calls.

import type { Mutant } from './mutant.ts'

const DEALER = 'router/core/calls/dealer.ts'
const CALLS = 'router/core/calls/calls.ts'

export const CALL_MUTANTS: readonly Mutant[] = [
  {
    name: 'an answer to an invocation never issued is passed over',
    file: CALLS,
    find: 'if (invocation > callee.lastInvocation) throw',
    replace: 'if (invocation > callee.lastInvocation + 1e9) throw',
  },
  {
    name: 'a late answer ends the session',
    file: CALLS,
    find: 'if (invocation > callee.lastInvocation) throw',
    replace: 'if (invocation > 0) throw',
  },
  {
    name: 'ERROR of a callee is taken for any call of anybody with that id',
    file: CALLS,
    find: 'const call = callee.invocations.get(invocation)',
    replace:
      'const all = ((this as any).all ??= new Set<Session>()); all.add(callee); const call = callee.invocations.get(invocation) ?? [...all].map((each: any) => each.invocations.get(invocation)).find((each) => each !== undefined)',
  },
  {
    name: 'invocation ids count per router, not per session',
    file: CALLS,
    find: 'const invocation = nextId(session.lastInvocation)',
    replace: 'const invocation = this.#context.ids.sequential()',
  },
  {
    name: 'a progressive result ends the call',
    file: CALLS,
    find: "const isProgress = options !== EMPTY_DICT && options['progress'] === true",
    replace: 'const isProgress = false',
  },
  {
    name: 'progress that was not asked for is passed on',
    file: CALLS,
    find: 'if (isProgress && !call.wantsProgress)',
    replace: 'if (false)',
  },
  {
    name: 'a callee without progressive results is asked for them',
    file: CALLS,
    find: 'wishes.wantsProgress && session.canProgress && ',
    replace: 'wishes.wantsProgress && ',
  },
  {
    name: 'cancel with mode skip interrupts the callee',
    file: CALLS,
    find: "if (mode === 'killnowait') this.#interrupt",
    replace: 'this.#interrupt',
  },
  {
    name: 'cancel with mode kill answers the caller at once',
    file: CALLS,
    find: "if (mode === 'kill') {",
    replace: "if (mode === 'slay') {",
  },
  {
    name: 'a second kill interrupts again',
    file: CALLS,
    find: 'if (callee.isInterruptible && !call.isKilling) callee',
    replace: 'if (callee.isInterruptible) callee',
  },
  {
    name: 'cancel without a mode is skip',
    file: CALLS,
    find: "(options['mode'] ?? 'killnowait')",
    replace: "(options['mode'] ?? 'skip')",
  },
  {
    name: 'a callee without canceling is interrupted',
    file: CALLS,
    find: 'if (callee.isInterruptible && !call.isKilling) callee',
    replace: 'if (!call.isKilling) callee',
  },
  {
    name: 'a callee that leaves forgets its callers',
    file: CALLS,
    find: 'if (call.caller !== session) sendError(',
    replace: 'if (call.caller === session) sendError(',
  },
  {
    name: 'a caller that leaves does not interrupt its callee',
    file: CALLS,
    find: 'for (const call of session.calls.values()) {\n      this.#end(call)\n      this.#interrupt(call, KILL_NO_WAIT)',
    replace: 'for (const call of session.calls.values()) {\n      this.#end(call)',
  },
  {
    name: 'a session that leaves stays a callee',
    file: DEALER,
    find: 'for (const registration of session.registrations.values()) this.#detach(session, registration)',
    replace: '',
  },
  {
    name: 'a pattern catches calls to the router itself',
    file: DEALER,
    find: 'return isForRouter(procedure) ? this.#index.exact(procedure) : this.#index.best(procedure)',
    replace: 'return this.#index.best(procedure)',
  },
  { name: 'anybody registers under wamp', file: DEALER, find: 'if (isForRouter(procedure) && !session.isInternal)', replace: 'if (false)' },
  {
    name: 'callers are disclosed although the realm forbids it',
    file: DEALER,
    find: 'if (wishes.isDisclosed && !settings.allowsDisclosure)',
    replace: 'if (false)',
  },
  {
    name: 'who registers twice is listed twice',
    file: DEALER,
    find: 'if (existing !== undefined && session.registrations.has(existing.id)) {',
    replace: 'if (false) {',
  },
  {
    name: 'callees with different invoke share a registration',
    file: DEALER,
    find: "(existing.invoke === 'single' || existing.invoke !== invoke)",
    replace: "existing.invoke === 'single'",
  },
  {
    name: 'the bad error URI of a callee reaches the caller',
    file: CALLS,
    find: 'if (isUri(error)) passError',
    replace: 'if (true) passError',
  },
  {
    name: 'one pending call more than the limit',
    file: DEALER,
    find: 'caller.calls.size >= settings.limits.pendingCalls',
    replace: 'caller.calls.size > settings.limits.pendingCalls',
  },
  {
    name: 'a result too large for its caller is lost in silence',
    file: CALLS,
    find: "if (outcome !== 'queued' && outcome !== 'closed') this.#sendUndeliverable(call, outcome)",
    replace: '',
  },
  {
    name: 'a call that does not fit goes to no other callee',
    file: CALLS,
    find: 'next = isShared(registration) ? chooseAnother(registration, asked, this.#context.ids) : undefined',
    replace: 'next = undefined',
  },
  {
    name: 'a callee without room is asked once more',
    file: CALLS,
    find: 'asked = (asked ?? new Set<Session>()).add(next.session)',
    replace: 'asked = asked === undefined ? new Set<Session>() : asked.add(next.session)',
  },
  {
    name: 'a chunk that does not fit is lost in silence',
    file: CALLS,
    find: "} else if (outcome !== 'closed') {",
    replace: "} else if (outcome !== 'closed' && outcome !== 'full') {",
  },
  {
    name: 'a progressive result that does not fit is lost in silence',
    file: CALLS,
    find: "if (outcome === 'queued' || outcome === 'closed') return this.#restartTimer(call)",
    replace: "if (outcome === 'queued' || outcome === 'closed' || outcome === 'full') return this.#restartTimer(call)",
  },
  {
    name: 'round robin always returns to the first',
    file: 'router/core/calls/invocation-policy.ts',
    find: 'registration.next = at + 1\n      return callees[at]',
    replace: 'registration.next = at + 2\n      return callees[at]',
  },
  {
    name: 'a callee that leaves costs another its turn',
    file: 'router/core/calls/invocation-policy.ts',
    find: 'if (index < registration.next) registration.next--',
    replace: '',
  },
  {
    name: 'first and last are confused',
    file: 'router/core/calls/invocation-policy.ts',
    find: 'return callees[callees.length - 1]',
    replace: 'return callees[0]',
  },
  {
    name: 'a procedure is taken over without the right to it',
    file: 'router/core/rights/verdicts.ts',
    find: 'return verdict !== true && verdict.mayForce ? undefined : uris.OPTION_NOT_ALLOWED',
    replace: 'return undefined',
  },
  {
    name: 'who loses a procedure to another keeps it as well',
    file: DEALER,
    find: 'if (isTakeover) for (const callee of held.callees.slice()) this.revoke(callee.session, held, TAKEN_OVER)',
    replace: '',
  },
  {
    name: 'only the first callee of a procedure loses it to another',
    file: DEALER,
    find: 'for (const callee of held.callees.slice()) this.revoke',
    replace: 'for (const callee of held.callees.slice(0, 1)) this.revoke',
  },
]
