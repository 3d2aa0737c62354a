// Faults in registrations and calls.

import { becomes, isDropped, isFalse, isNegated, isTrue, operator } from '../../mutation/faults.ts'
import { assigned, condition, expression, initial, returned, statement } from '../../mutation/marks.ts'
import type { Mutant } from '../../mutation/placing.ts'
import { faultsIn } from './mutant.ts'

export const CALL_MUTANTS: readonly Mutant[] = [
  ...faultsIn('router', 'Calls.#openInvocation', {
    'an answer to an invocation never issued is passed over': [expression('callee.numbering.lastInvocation'), becomes('$& + 1e9')],
    'a late answer ends the session': [expression('callee.numbering.lastInvocation'), becomes('0')],
    'ERROR of a callee is taken for any call of anybody with that id': [
      statement('callee.invocations.get(invocation)'),
      becomes(
        'const all = ((this as any).all ??= new Set<Session>()); all.add(callee); $& ?? [...all].map((each: any) => each.invocations.get(invocation)).find((each) => each !== undefined)',
      ),
    ],
  }),
  ...faultsIn('router', 'Calls.#invoke', {
    'invocation ids count per router, not per session': [initial('invocation'), becomes('this.#context.ids.sequential()')],
    'a callee without progressive results is asked for them': [expression('session.canProgress'), isDropped],
  }),
  ...faultsIn('router', 'Calls.yield', {
    'a progressive result ends the call': [initial('isProgress'), isFalse],
    'progress that was not asked for is passed on': [condition('call.wantsProgress'), isFalse],
  }),
  ...faultsIn('router', 'Calls.cancel', {
    'cancel with mode skip interrupts the callee': [condition("mode === 'killnowait'"), isTrue],
    'cancel with mode kill answers the caller at once': [condition("mode === 'kill'"), becomes("mode === 'slay'")],
    'cancel without a mode is skip': [expression("options['mode'] ?? 'killnowait'"), becomes("options['mode'] ?? 'skip'")],
  }),
  ...faultsIn('router', 'CallEnds.interrupt', {
    'a second kill interrupts again': [expression('!call.isKilling'), isDropped],
    'a callee without canceling is interrupted': [expression('callee.isInterruptible'), isDropped],
  }),
  ...faultsIn('router', 'LeavingCalls.#endInvocation', {
    'a callee that leaves forgets its callers': [condition('call.caller !== callee'), isNegated],
  }),
  ...faultsIn('router', 'LeavingCalls.parts', {
    'a caller that leaves does not interrupt its callee': [statement('this.#ends.interrupt'), isDropped],
  }),
  ...faultsIn('router', 'Calls.error', {
    'the bad error URI of a callee reaches the caller': [condition('isUri(error)'), isTrue],
  }),
  ...faultsIn('router', 'Calls.#passResult', {
    'a result too large for its caller is lost in silence': [statement('sendUndeliverable(counters, call, outcome)'), isDropped],
  }),
  ...faultsIn('router', 'Calls.#passProgress', {
    'a progressive result that does not fit is lost in silence': [condition("outcome === 'closed'"), becomes("$& || outcome === 'full'")],
  }),
  ...faultsIn('router', 'Calls.#offer', {
    'a call that does not fit goes to no other callee': [assigned('next'), becomes('undefined')],
    'a callee without room is asked once more': [
      assigned('asked'),
      becomes('asked === undefined ? new Set<Session>() : asked.add(next.session)'),
    ],
  }),
  ...faultsIn('router', 'Calls.takeChunk', {
    'a chunk that does not fit is lost in silence': [condition("outcome !== 'closed'"), becomes("$& && outcome !== 'full'")],
  }),
  ...faultsIn('router', 'Dealer.withdraw', {
    'a session that leaves stays a callee': [statement('session.registrations'), isDropped],
  }),
  ...faultsIn('router', 'RegistrationTable.match', {
    'a pattern catches calls to the router itself': [condition('isForRouter(procedure)'), isFalse],
  }),
  ...faultsIn('router', 'registrationFault', {
    'anybody registers under wamp': [condition('isForRouter(procedure)'), isFalse],
    'callees with different invoke share a registration': [expression('shared.invoke !== invoke'), isDropped],
  }),
  ...faultsIn('router', 'Dealer.register', {
    'who registers twice is listed twice': [condition('session.registrations.has(shared.id)'), isFalse],
  }),
  ...faultsIn('router', 'Claims.takeOver', {
    'who loses a procedure to another keeps it as well': [statement('registration.callees.slice()'), isDropped],
    'only the first callee of a procedure loses it to another': [
      expression('registration.callees.slice()'),
      becomes('registration.callees.slice(0, 1)'),
    ],
  }),
  ...faultsIn('router', 'reachedByCalling', {
    'one pending call more than the limit': [expression('calls.size >= limits.pendingCalls'), operator('>')],
  }),
  ...faultsIn('router', 'Dealer.call', {
    'callers are disclosed although the realm forbids it': [condition('wishes.isDisclosed'), isFalse],
  }),
  ...faultsIn('router', 'chooseCallee', {
    'round robin always returns to the first': [assigned('registration.next'), becomes('at + 2')],
    'first and last are confused': [returned('callees.length - 1'), becomes('callees[0]')],
  }),
  ...faultsIn('router', 'removeCallee', {
    'a callee that leaves costs another its turn': [statement('index < registration.next'), isDropped],
  }),
  ...faultsIn('router', 'refusalOf', {
    'a procedure is taken over without the right to it': [returned('verdict.mayForce'), becomes('undefined')],
  }),
]
