// Faults in registrations and calls.

import type { Mutant } from './mutant.ts'

const DEALER = 'router/core/dealer.ts'

export const CALL_MUTANTS: readonly Mutant[] = [
  {
    name: 'an answer to an invocation never issued is passed over',
    file: DEALER,
    find: 'if (invocation > callee.lastInvocation) throw',
    replace: 'if (invocation > callee.lastInvocation + 1e9) throw',
  },
  {
    name: 'a late answer ends the session',
    file: DEALER,
    find: 'if (invocation > callee.lastInvocation) throw',
    replace: 'if (invocation > 0) throw',
  },
  {
    name: 'ERROR of a callee is taken for any call of anybody with that id',
    file: DEALER,
    find: 'const call = callee.invocations.get(invocation)',
    replace:
      'const call = callee.invocations.get(invocation) ?? [...this.registrations.values()].flatMap((each) => each.callees).map((each) => each.session.invocations.get(invocation)).find((each) => each !== undefined)',
  },
  {
    name: 'invocation ids count per router, not per session',
    file: DEALER,
    find: 'const invocation = nextId(session.lastInvocation)',
    replace: 'const invocation = this.#context.ids.sequential()',
  },
  {
    name: 'a progressive result ends the call',
    file: DEALER,
    find: "if (options['progress'] === true) this.#passProgress",
    replace: "if (options['progress'] === 'never') this.#passProgress",
  },
  { name: 'progress that was not asked for is passed on', file: DEALER, find: 'if (!call.wantsProgress) {', replace: 'if (false) {' },
  {
    name: 'a callee without canceling is asked for progress',
    file: 'router/core/tables.ts',
    find: 'this.canProgress = this.isInterruptible && ',
    replace: 'this.canProgress = ',
  },
  {
    name: 'cancel with mode skip interrupts the callee',
    file: DEALER,
    find: "if (mode === 'killnowait' && !call.isKilling)",
    replace: 'if (!call.isKilling)',
  },
  {
    name: 'cancel with mode kill answers the caller at once',
    file: DEALER,
    find: "if (mode === 'kill') {",
    replace: "if (mode === 'slay') {",
  },
  {
    name: 'a second kill interrupts again',
    file: DEALER,
    find: 'if (!call.isKilling) call.callee.link.send',
    replace: 'call.callee.link.send',
  },
  {
    name: 'cancel without a mode is skip',
    file: DEALER,
    find: "(options['mode'] ?? 'killnowait')",
    replace: "(options['mode'] ?? 'skip')",
  },
  {
    name: 'a callee without canceling is interrupted',
    file: DEALER,
    find: "const mode = call.callee.isInterruptible ? (options['mode'] ?? 'killnowait') : 'skip'",
    replace: "const mode = options['mode'] ?? 'killnowait'",
  },
  {
    name: 'a callee that leaves forgets its callers',
    file: DEALER,
    find: 'if (call.caller !== session) sendError(',
    replace: 'if (call.caller === session) sendError(',
  },
  {
    name: 'a caller that leaves does not interrupt its callee',
    file: DEALER,
    find: 'if (call.callee.isInterruptible && !call.isKilling) {',
    replace: 'if (call.callee.isInterruptible && call.isKilling) {',
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
    find: 'if (isDisclosed && !settings.allowsDisclosure)',
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
    file: DEALER,
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
    file: DEALER,
    find: "if (outcome === 'unencodable' || outcome === 'too_large') this.#answerUndeliverable(call, outcome)",
    replace: '',
  },
  {
    name: 'round robin always returns to the first',
    file: 'router/core/invocation-policy.ts',
    find: 'registration.next = at + 1',
    replace: 'registration.next = at + 2',
  },
  {
    name: 'a callee that leaves costs another its turn',
    file: 'router/core/invocation-policy.ts',
    find: 'if (index < registration.next) registration.next--',
    replace: '',
  },
  {
    name: 'first and last are confused',
    file: 'router/core/invocation-policy.ts',
    find: 'return callees[callees.length - 1]',
    replace: 'return callees[0]',
  },
]
