// Faults in rights, in opening and ending sessions, and in queues.

import { becomes, isDropped, isFalse, isTrue, operator } from '../../mutation/faults.ts'
import { argument, call, condition, expression, initial, inside, property, returned, statement } from '../../mutation/marks.ts'
import type { Mutant } from '../../mutation/placing.ts'
import { faultsIn } from './mutant.ts'

export const SESSION_MUTANTS: readonly Mutant[] = [
  ...faultsIn('router', 'judgePattern', {
    'a deny under a pattern is not looked at': [statement('rule.verdicts[action] === false'), isDropped],
  }),
  ...faultsIn('router', 'RuleSet.#decide', {
    'whoever may do all may kill': [initial('mustNameRouter'), isFalse],
  }),
  ...faultsIn('router', 'Realm.#route', {
    'publications are not authorized': [returned("'publish'"), becomes('this.#perform(session, message)')],
  }),
  ...faultsIn('router', 'Gate.#ask', {
    'the late verdict of an authorizer is always yes': [argument(4, '#resume'), isTrue],
  }),
  ...faultsIn('router', 'Realm.receive', {
    'input overtakes a message that waits for the authorizer': [
      condition('session.pending === undefined'),
      becomes('$& || message.type === PUBLISH'),
    ],
  }),
  ...faultsIn('protocol', 'addFeatures', {
    'the other spelling of a feature is not known': [call('some'), becomes("features[row.spellings[0] ?? ''] === true")],
  }),
  ...faultsIn('router', 'SessionLife.answerGoodbye', {
    'GOODBYE is answered as if the router had begun': [property('reason'), becomes('uris.CLOSE_REALM')],
  }),
  ...faultsIn('protocol', 'RequestSequence.#mayJump', {
    'a repeated request id passes': [expression('request > this.#last'), operator('>=')],
    'a gap in request ids passes in a strict realm': [expression("this.#rule !== 'strict'"), isDropped],
    'a chunk counts as the request sent last': [inside(statement('this.#isStream'), returned('false')), isTrue],
    'a smaller request id ends a session in a tolerant realm': [condition("this.#rule === 'tolerant'"), becomes('request > 1e15')],
  }),
  ...faultsIn('router', 'SessionLife.#receiveClosing', {
    'messages are taken while GOODBYE is awaited': [condition('message.type === GOODBYE'), isTrue],
  }),
  ...faultsIn('router', 'SessionLife.#expireOpening', {
    'a transport without HELLO stays open': [
      statement('this.wish === undefined'),
      becomes("if (this.wish !== undefined) this.#refuse(LOGIN_TOOK_TOO_LONG, 'policy')"),
    ],
  }),
  ...faultsIn('router', 'SessionLife.#forget', {
    'the session of a lost connection stays': [statement('this.#realm?.leave(session)'), becomes("if (this.#phase !== 'dead') $&")],
  }),
  ...faultsIn('router', 'SessionLife.cutOff', {
    'a slow consumer is not told why': [argument(1, '#end'), becomes('undefined')],
  }),
  ...faultsIn('router', 'SessionLife.#join', {
    'no session is replaced': [expression('replaces === undefined'), becomes('true')],
  }),
  ...faultsIn('router', 'sessionProcedures', {
    'kill reaches also who calls it': [initial('others'), becomes('sessions')],
  }),
  ...faultsIn('router', 'members', {
    'the router counts its own session': [returned('isOfClient'), becomes('[...everyone(realm)]')],
  }),
  ...faultsIn('router', 'weightOf', {
    'who reads goes before who does not': [expression('SLOW_WEIGHT'), becomes('1 / $&')],
  }),
  ...faultsIn('router', 'goesBefore', {
    'the lightest goes when all together hold too much': [expression('ofA > ofB'), operator('<')],
  }),
  ...faultsIn('router', 'Outbox.#fits', {
    'calls are refused although little waits': [expression('this.#limits.hard'), becomes('$& / 2')],
  }),
  ...faultsIn('router', 'OutboxQueue.fits', {
    'calls are refused for what else waits': [
      expression('isWithin(call.messages, call.bytes + octets, most)'),
      becomes('isWithin(this.size, this.bytes + octets, most)'),
    ],
  }),
  ...faultsIn('router', 'Outbox.push', {
    'a message overtakes those that wait': [expression('this.#queue === undefined'), isDropped],
  }),
  ...faultsIn('router', 'Outbox.#hasRoomFor', {
    'a queue has no limit': [argument(2, 'canFit'), becomes('1e9')],
  }),
  ...faultsIn('router', 'Outbox.#enqueue', {
    'calls and results have no limit': [condition('MAY_REFUSE.has(kind)'), isFalse],
    'all queues together have no limit': [statement('this.#total.relieve()'), isDropped],
  }),
  ...faultsIn('router', 'Outbox.#noRoom', {
    'what is beyond the limit is dropped in silence': [statement("this.overflow('queue')"), isDropped],
  }),
  ...faultsIn('router', 'Outbox.#stall', {
    'who takes nothing is never given up': [statement("this.overflow('stall')"), isDropped],
  }),
  ...faultsIn('router', 'NetworkPeer.onSlow', {
    'a closing connection that takes nothing stays for ever': [statement('this.#transport.destroy()'), isDropped],
  }),
  ...faultsIn('router', 'Realm.replace', {
    'a session is replaced by that of another principal': [expression('isSamePrincipal(session.identity, successor)'), becomes('true')],
  }),
  ...faultsIn('router', 'isSamePrincipal', {
    'a session is replaced by one of another role': [expression('a.authrole === b.authrole'), isDropped],
  }),
]
