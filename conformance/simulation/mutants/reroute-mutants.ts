// Faults in calls that are sent on to another callee.

import { becomes, isDropped, isFalse, isTrue } from '../../mutation/faults.ts'
import { assigned, condition, expression, returned, statement } from '../../mutation/marks.ts'
import type { Mutant } from '../../mutation/placing.ts'
import { faultsIn } from './mutant.ts'

export const REROUTE_MUTANTS: readonly Mutant[] = [
  ...faultsIn('router', 'Calls.error', {
    'that a callee is too busy reaches the caller': [condition('call.route !== undefined'), isFalse],
    'a call goes on although its caller wants it stopped': [expression('!call.isKilling'), isDropped],
  }),
  ...faultsIn('router', 'Calls.open', {
    'a call goes on although its callee did not announce that': [condition('taker.session.canReroute'), isTrue],
  }),
  ...faultsIn('router', 'makeRoute', {
    'a call that goes on loses its arguments': [expression('owned(wanted.payload)'), becomes('undefined')],
  }),
  ...faultsIn('router', 'noteTried', {
    'a callee that was too busy is asked again': [
      expression('(route.tried ?? new Set()).add(callee)'),
      becomes('route.tried ?? new Set()'),
    ],
  }),
  ...faultsIn('router', 'Calls.#reroute', {
    'a caller is not told that no callee is left': [returned('uris.NO_AVAILABLE_CALLEE'), becomes('undefined')],
  }),
  ...faultsIn('router', 'Calls.#passOn', {
    'a call that found no callee stays open': [statement("this.#ends.end(call, 'undelivered')"), isDropped],
    'a call that went on is still answered by the callee of before': [statement('closeCall(call)'), isDropped],
    'a call goes on from one who did not announce that, when one who did had it first': [condition('taker.session.canReroute'), isFalse],
  }),
  ...faultsIn('router', 'CallTimers.move', {
    'the router keeps a time that its next callee wants to keep': [condition('callee.keepsTime'), isFalse],
    'no time is kept of a call that its callee kept the time of before': [condition('timer.place === -1'), isFalse],
    'the time begins anew where a call goes on': [condition('timer.place === -1'), isTrue],
  }),
  ...faultsIn('router', 'Calls.#passProgress', {
    'a call goes on to another callee after a result': [statement('settleRoute'), isDropped],
  }),
  ...faultsIn('router', 'Calls.takeChunk', {
    'a call goes on to another callee after its second chunk': [statement('settleRoute'), isDropped],
  }),
  ...faultsIn('router', 'others', {
    'round robin does not count a turn by which a call went on': [assigned('registration.next'), becomes('next')],
  }),
  ...faultsIn('router', 'placeIn', {
    'first and last are confused where a call goes on': [returned('length - 1'), becomes('0')],
  }),
]
